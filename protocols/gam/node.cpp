#include "protocols/gam/node.hpp"

namespace dsmsim::gam {

Node::Node(System& system, NodeId id, std::uint64_t cache_limit)
    : system_(system),
      id_(id),
      port_(system, id, *this),
      underway_(id, counters_),
      desk_(system, id, port_, underway_, counters_),
      home_({system, id, port_, underway_, desk_, counters_, *this}),
      cache_({system, id, port_, underway_, desk_, counters_, *this}, cache_limit) {}

Bytes Node::table_size(std::size_t servers) {
  return Bytes(sizeof(Node) + servers * sizeof(FifoServer)) + Desk::table_size();
}

void Node::reset_counters() {
  counters_ = {};
  cache_.reset_peak();
}

// ---- threads

bool Node::answers(const Access& access) const {
  return is_home(access.block) ? home_.answers(access) : cache_.answers(access);
}

Outcome Node::attempt(const Access& access, Step& step) {
  return is_home(access.block) ? home_.attempt(access) : cache_.attempt(access, step);
}

Outcome Node::start(const Access& access, Step& step) {
  return is_home(access.block) ? home_.start(access, step) : cache_.start(access, step);
}

Duration Node::work_of(const Access& access, bool warm, Time start) {
  const bool here = is_home(access.block) || cache().find(access.block) != nullptr;
  return here ? desk_.work_of(access, warm) : desk_.work_of_miss(start);
}

void Node::run(const Access& access, ThreadContext& thread, Step& step) {
  const bool warm = desk_.is_warm(access.block, thread);
  desk_.run(access.block, work_of(access, warm, system_.now() + step.spent), thread, step);
}

bool Node::holds_lock(GlobalAddress block, std::uint32_t offset) const {
  return is_home(block) ? home_.holds_lock(block, offset) : cache_.holds_lock(block, offset);
}

void Node::unlock(GlobalAddress block, std::uint32_t offset, Step& step) {
  is_home(block) ? home_.unlock(block, offset) : cache_.unlock(block, offset);
  drain(block, step);
}

// ---- messages

Effect Node::landing(const Message& message, std::uint64_t version, Cause cause) {
  return row_of(message.kind).buffer == Buffer::receiver
             ? cache_.landing(message.buffer, version, cause)
             : home_.landing(message.block, version);
}

Duration Node::service_time(const Delivery&) { return system_.options.costs.service; }

/// From this server itself comes only the news that a block has left.
Duration Node::handle(const Delivery& delivery) {
  Step step;
  if (delivery.from == id_) {
    cache_.on_shipped(delivery.body.as<Shipped>(), step);
  } else {
    receive({delivery.body.as<Message>(), delivery.from, delivery.tally}, step);
  }
  arm_timer(step);
  return step.spent;
}

void Node::receive(const Request& request, Step& step) {
  const Message& message = request.message;
  switch (message.kind) {
    case MessageKind::read:
      return home_.serve(request, &HomeSide::on_read, step);
    case MessageKind::write:
    case MessageKind::write_permission_only:
      return home_.serve(request, &HomeSide::on_write, step);
    case MessageKind::active_invalidate:
      return home_.serve(request, &HomeSide::on_clean_eviction, step);
    case MessageKind::write_back:
      return home_.serve(request, &HomeSide::on_write_back, step);
    case MessageKind::fetched_data:
    case MessageKind::home_copy:
    case MessageKind::invalidate_ack:
    case MessageKind::forward_ack:
      return home_.on_answer(underway_.answered(message), request, step);
    case MessageKind::malloc:
      return home_.on_malloc(request, step);
    case MessageKind::free:
      return home_.on_free(message, step);
    case MessageKind::fetch_and_shared:
    case MessageKind::fetch_and_invalidate:
    case MessageKind::invalidate:
    case MessageKind::read_forward:
    case MessageKind::write_forward:
    case MessageKind::invalidate_forward:
      return cache_.on_order(request, step);
    case MessageKind::data_reply:
      return cache_.on_data(underway_.answered(message), step);
    case MessageKind::ownership_ack:
      return cache_.on_home_agreed(underway_.answered(message), step);
    case MessageKind::write_back_ack:
      return cache_.on_written_back(underway_.answered(message), step);
    case MessageKind::read_reply:
    case MessageKind::write_reply:
      return on_reply(request, step);
    case MessageKind::malloc_reply:
      return desk_.on_memory(underway_.answered(message), message, step);
    case MessageKind::grant_data:
    case MessageKind::write_back_data:
      break;  // one-sided: no software sees it
  }
}

/// To whoever has asked: this server's cache a home, or this home an owner or sharers.
void Node::on_reply(const Request& request, Step& step) {
  Transaction& transaction = underway_.answered(request.message);
  if (transaction.role == Transaction::Role::requester) {
    cache_.on_reply(transaction, request, step);
  } else {
    home_.on_answer(transaction, request, step);
  }
}

// ---- what waits

void Node::drain(GlobalAddress block, Step& step) {
  rerun(block, step);
  if (!system_.options.caching && !is_home(block)) {
    cache_.forget(block, step);
  }
}

/// Tries everything that waits at the block once, in order; what must wait again goes to the end of
/// the queue. An access goes its whole path again, on the worker's core.
void Node::rerun(GlobalAddress block, Step& step) {
  BlockQueue* const queue = underway_.take(block);
  if (queue == nullptr) {
    return;
  }
  for (const Access& access : queue->local) {
    step.spent += work_of(access, false, system_.now() + step.spent);
    ++counters_.reruns;
    charge(access.tally, Category::lock_wait, system_.now());
    const Outcome outcome = start(access, step);
    if (outcome.kind != Outcome::pending) {
      desk_.finish(access, outcome, step);
    }
  }
  if (system_.mutant.is("gam.forget_queue")) {
    queue->remote.clear();
  }
  for (const Request& request : queue->remote) {
    step.spent += system_.options.costs.rerun;
    ++counters_.reruns;
    charge(request.tally, Category::lock_wait, system_.now());
    receive(request, step);
  }
  underway_.give_back(*queue);
}

}  // namespace dsmsim::gam
