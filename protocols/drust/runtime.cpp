#include "protocols/drust/runtime.hpp"

#include <utility>

#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::drust {

Runtime::Runtime(EngineContext context, DrustOptions options, Objects& objects)
    : cluster_(context.cluster),
      objects_(objects),
      queue_(context.cluster.simulation().queue()),
      mutant_(context.mutant, drust_mutants()),
      options_(std::move(options)),
      policy_(policy_of(options_)),
      threads_(cluster_.servers()),
      lost_(queue_, cluster_.servers()),
      calls_(queue_) {
  if (cluster_.has_fabric()) {
    types_ = MessageTypes<MessageKind>(cluster_.fabric().ledger());
  }
}

Task<> Runtime::spend(Thread& thread, Category category, Duration duration) {
  co_await queue_.delay(duration);
  co_await thread.stop_if_lost();
  thread.tally().charge(category, queue_.now());
}

Task<> Runtime::recovered(Thread& thread, NodeId lost) {
  if (lost_.contains(lost)) {
    co_await lost_.told(thread.node(), lost).wait();
  }
  co_await thread.stop_if_lost();
  thread.tally().charge(Category::lock_wait, queue_.now());
}

Post Runtime::post_of(NodeId from, const OneSided& request) const {
  return {.from = from,
          .to = request.to,
          .verb = row_of(request.kind).verb,
          .type = types_[request.kind],
          .payload = request.payload,
          .data = request.data,
          .after = request.before,
          .effect = request.effect,
          .body = ObjectBody{request.object},
          .content = request.content};
}

Fabric::Operation Runtime::request(Thread& thread, const OneSided& request) {
  threads_.count_request(thread.id(), request.to);
  Post post = post_of(thread.node(), request);
  post.tally = &thread.tally();
  return policy_.flags_requests ? perform_with_flag(post) : cluster_.fabric().perform(post);
}

void Runtime::post(NodeId from, const OneSided& request) {
  cluster_.fabric().post(post_of(from, request));
}

void Runtime::send(Sender& sender, NodeId to, MessageKind kind, Bytes payload, const Body& body,
                   Tally* tally, const DataBytes& data) {
  Fabric& fabric = cluster_.fabric();
  sender.spent += fabric.nic().post + policy_.call;
  fabric.post({.from = sender.node,
               .to = to,
               .verb = Verb::send,
               .type = types_[kind],
               .payload = payload,
               .data = data,
               .after = sender.spent,
               .tally = tally,
               .body = body});
}

DataBytes Runtime::asks_for(const Thread& thread, Bytes data) {
  const Cause cause = thread.tally().cause();
  if (cause != Cause::none) {
    traffic().missed(cause, thread.waiting_in()->length);
  }
  return {cause, data};
}

DataBytes Runtime::brings(const Thread& thread, ObjectId object, Bytes data) {
  const bool asked = thread.tally().cause() != Cause::none && thread.waiting_in()->object == object;
  const Cause cause = asked ? thread.tally().cause() : Cause::none;
  if (cause != Cause::none && options_.replication.backups == 0) {
    if (std::exchange(objects_[object].tracked, false)) {
      brought_.erase(object);
    }
    return asks_for(thread, data);
  }
  brought_[object].came(traffic(), cause, data);
  objects_[object].tracked = true;
  return {cause, data};
}

void Runtime::use(const Op& op) {
  const auto at = brought_.try_emplace(op.object).first;
  at->second.access(cluster_.has_fabric() ? &traffic() : nullptr, cause_of(op), op.length);
  if (options_.replication.backups == 0) {
    brought_.erase(at);
    objects_[op.object].tracked = false;
  }
}

void Runtime::remember(const Thread& thread) {
  if (thread.id().index() >= node_of_thread_.size()) {
    node_of_thread_.resize(thread.id().index() + 1);
  }
  node_of_thread_[thread.id().index()] = thread.node();
}

std::string Runtime::name_of(ThreadId thread) const {
  return thread_name(thread, node_of_thread_[thread.index()]);
}

void Runtime::reject(const Thread& thread, const Op& op, const std::string& why) const {
  throw Error("drust: " + std::string(to_string(op.kind)) + " of " + object_name(op.object) +
              " by " + thread_name(thread.id(), thread.node()) + " at " + to_string(queue_.now()) +
              ": " + why);
}

}  // namespace dsmsim::drust
