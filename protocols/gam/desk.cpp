#include "protocols/gam/desk.hpp"

#include <algorithm>
#include <utility>

namespace dsmsim::gam {

Desk::Desk(System& system, NodeId id, Port& port, Underway& underway, Counters& counters)
    : system_(system),
      id_(id),
      port_(port),
      underway_(underway),
      counters_(counters),
      block_locks_(kBlockLocks),
      warm_list_hold_(std::min({costs().list_lock, costs().warm_read / 2, costs().warm_write / 2,
                                costs().warm_lock / 2})) {}

// ---- the way of an access

Path path_of(AccessKind kind) {
  switch (kind) {
    case AccessKind::read:
      return Path::read;
    case AccessKind::write:
      return Path::write;
    case AccessKind::rlock:
    case AccessKind::wlock:
      return Path::lock;
  }
  return Path::lock;
}

Duration Desk::cost_of(Path path, bool home, bool warm) const {
  const GamCosts& c = costs();
  switch (path) {
    case Path::read:
      return warm ? c.warm_read : home ? c.home_read : c.cached_read;
    case Path::write:
      return warm ? c.warm_write : home ? c.home_write : c.cached_write;
    case Path::lock:
      return warm ? c.warm_lock : home ? c.home_lock : c.cached_lock;
    case Path::unlock:
      return warm ? c.warm_unlock : home ? c.home_unlock : c.cached_unlock;
  }
  return {};
}

Duration Desk::work_of_miss(Time start) {
  const Duration held = std::min(costs().allocate, costs().miss);
  return allocator_.reserve_in_turn(start, held) - start + costs().miss;
}

void Desk::run(GlobalAddress block, Duration work, ThreadContext& thread, Step& step) {
  BlockLock& lock = lock_of(block);
  hold(lock.lock, work, system_.now(), step);
  lock.user = thread.id;
  thread.used = block;
}

void Desk::finish(const Access& access, Outcome outcome, const Step& step) {
  const Time told = system_.now() + step.spent + costs().wake;
  EventQueue& queue = system_.simulation.queue();
  system_.last_ended = told;
  if (access.waiting == nullptr) {
    ThreadContext& thread = *access.thread;
    system_.settled = std::max(system_.settled, system_.now() + step.spent);
    if (--thread.pending_writes == 0) {
      thread.drained_at = told;
      if (thread.draining) {
        queue.schedule(told, std::exchange(thread.draining, nullptr));
      }
    }
    return;
  }
  Waiting& waiting = *access.waiting;
  waiting.failed = waiting.failed || outcome.kind == Outcome::failed;
  waiting.version = std::max(waiting.version, outcome.version);
  waiting.ended_at = std::max(waiting.ended_at, told);
  if (--waiting.left == 0 && waiting.handle) {
    queue.schedule(waiting.ended_at, waiting.handle);
  }
}

// ---- memory of other servers

void Desk::ask_for_memory(NodeId server, Bytes size, const Access& access, Step& step) {
  Transaction& transaction =
      underway_.begin(Transaction::Role::allocation, MessageKind::malloc, GlobalAddress());
  transaction.access = access;
  port_.send(server, {.kind = MessageKind::malloc, .id = transaction.slot, .size = size},
             access.tally, step);
}

void Desk::free_elsewhere(GlobalAddress object, Bytes size, Step& step) {
  port_.send(object.home(), {.kind = MessageKind::free, .block = object, .size = size}, nullptr,
             step);
}

void Desk::on_memory(Transaction& transaction, const Message& reply, const Step& step) {
  const Access access = transaction.access;
  underway_.end(transaction);
  finish(access, {Outcome::done, reply.block.value()}, step);
}

void Counters::add(const Counters& other) {
  for (std::size_t remote : {0, 1}) {
    for (std::size_t write : {0, 1}) {
      for (std::size_t hit : {0, 1}) {
        accesses[remote][write][hit] += other.accesses[remote][write][hit];
      }
    }
  }
  evicted_clean += other.evicted_clean;
  evicted_dirty += other.evicted_dirty;
  invalidated += other.invalidated;
  queued_local += other.queued_local;
  queued_remote += other.queued_remote;
  reruns += other.reruns;
  lock_failures += other.lock_failures;
  late_evictions += other.late_evictions;
}

}  // namespace dsmsim::gam
