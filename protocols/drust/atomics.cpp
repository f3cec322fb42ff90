#include "protocols/drust/atomics.hpp"

#include <algorithm>

namespace dsmsim::drust {
namespace {

AtomicBody request_of(const Op& op) {
  return {.call = 0,
          .compare = op.kind == OpKind::atomic_cas ? 1U : 0U,
          .object = op.object,
          .offset = op.offset,
          .operand = op.operand(),
          .expected = op.expected()};
}

}  // namespace

/// Works on the word; gives its old value.
std::uint64_t Atomics::apply(const AtomicBody& request) {
  std::uint64_t& word = words_[{request.object, request.offset}];
  const OpKind kind = request.compare == 0 ? OpKind::atomic_add : OpKind::atomic_cas;
  return apply_atomic(kind, word, request.operand, request.expected);
}

MaybeDuration Atomics::try_here(Thread& thread, Op& op) {
  const GlobalAddress home = objects_[op.object].box.target.address();
  if (!heap_.is_local(home, thread.node())) {
    return std::nullopt;
  }
  op.result = apply(request_of(op));
  return runtime_.costs().check + runtime_.local_atomic();
}

Task<> Atomics::perform(Thread& thread, Op& op) {
  const NodeId host = heap_.host(objects_[op.object].box.target.address());
  const AtomicBody request = request_of(op);
  if (host == thread.node()) {
    op.result = apply(request);
    co_await runtime_.spend(thread, Category::cpu,
                            runtime_.costs().check + runtime_.local_atomic());
  } else if (runtime_.options().atomics == DrustAtomics::message) {
    const Sender sender{thread.node(), runtime_.costs().check};
    op.result = co_await runtime_.call(thread, sender, host, MessageKind::atomic_request, request,
                                       Category::cpu, runtime_.asks_for(thread, kPointer));
  } else {
    const MessageKind kind =
        op.kind == OpKind::atomic_cas ? MessageKind::atomic_cas : MessageKind::atomic_add;
    Fabric::Operation operation =
        runtime_.request(thread, {.kind = kind,
                                  .object = op.object,
                                  .to = host,
                                  .payload = kPointer,
                                  .data = runtime_.asks_for(thread, kPointer),
                                  .before = runtime_.costs().check,
                                  .effect = [this, asked = &request] { return apply(*asked); }});
    op.result = co_await operation;
  }
}

bool Atomics::any_at(NodeId server) const {
  return std::any_of(words_.begin(), words_.end(), [&](const auto& word) {
    const ObjectState& object = objects_[word.first.object];
    return object.live && heap_.host(object.box.target.address()) == server;
  });
}

void Atomics::handle(const Delivery& message, Sender& host) {
  const auto request = message.body.as<AtomicBody>();
  host.spent += runtime_.local_atomic();
  runtime_.send(host, message.from, MessageKind::atomic_reply, runtime_.options().control,
                ReplyBody{request.call, apply(request)}, message.tally);
}

}  // namespace dsmsim::drust
