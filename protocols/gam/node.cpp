#include "protocols/gam/node.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim::gam {
namespace {

/// Whether a transaction can get such an answer.
bool may_answer(MessageKind kind, Transaction::Role role) {
  using Role = Transaction::Role;
  switch (row_of(kind).number) {
    case Number::requester:
      return role == Role::requester;
    case Number::home:
      return role == Role::home || role == Role::forward;
    case Number::asked:
      return role == Role::requester || role == Role::home || role == Role::forward;
    case Number::write_back:
      return role == Role::write_back;
    case Number::allocation:
      return role == Role::allocation;
    case Number::none:
    case Number::sender:
      break;
  }
  return false;
}

}  // namespace

Node::Node(System& system, NodeId id, std::uint64_t cache_limit)
    : system_(system),
      id_(id),
      memory_(system.options.block),
      cache_(cache_limit, system.options.lru_lists,
             system.simulation.random("gam.lru", id.value())),
      block_locks_(kBlockLocks),
      warm_list_hold_(std::min({costs().list_lock, costs().warm_read / 2, costs().warm_write / 2,
                                costs().warm_lock / 2})) {
  if (system.fabric != nullptr) {
    worker_ =
        std::make_unique<WorkerPool>(*system.fabric, id, 1, static_cast<MessageHandler&>(*this));
    send_locks_.resize(system.fabric->servers());
  }
}

Bytes Node::table_size(std::size_t servers) {
  return Bytes(sizeof(Node) + kBlockLocks * sizeof(BlockLock) + servers * sizeof(FifoServer));
}

// ---- posting

/// Charges the posting to the step. Messages to one server leave in the order of posting, whichever
/// thread posts them: they take turns at the queue pair's send lock, and spin for it.
Post Node::make_post(NodeId to, const Message& message, Tally* tally, Step& step) {
  const MessageShape& s = row_of(message.kind);
  hold(send_locks_[to.index()], system_.post, step);
  return {.from = id_,
          .to = to,
          .verb = s.verb,
          .type = system_.types[message.kind],
          .payload = s.bytes == kBlock ? system_.options.block : Bytes(s.bytes),
          .after = step.spent,
          .tally = tally,
          .body = message};
}

void Node::send(NodeId to, const Message& message, Tally* tally, Step& step) {
  system_.fabric->post(make_post(to, message, tally, step));
}

Post Node::make_block_post(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                           Tally* tally, Step& step) {
  Post post = make_post(to, message, tally, step);
  post.data = {cause, system_.options.block};
  post.effect = store(to, message, version, cause);
  post.content = version;
  return post;
}

void Node::send_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                      Tally* tally, Step& step) {
  system_.fabric->post(make_block_post(to, message, version, cause, tally, step));
}

/// As send_block(), and tells the worker when the block has left this server.
void Node::ship_block(NodeId to, const Message& message, Line& line, Cause cause, Tally* tally,
                      Step& step) {
  Post post = make_block_post(to, message, line.version, cause, tally, step);
  post.after = post.after - system_.post;  // Fabric::perform adds it
  const std::uint32_t slot = shipments_.take();
  Shipment& shipment = shipments_[slot];
  shipment.buffer = line.buffer();
  shipment.task = ship(post, slot);
  shipment.task.await_suspend(std::noop_coroutine()).resume();  // posts now, in order
}

Task<> Node::ship(Post post, std::uint32_t shipment) {
  Fabric::Operation operation = system_.fabric->perform(post);
  co_await operation;
  worker_->submit({.from = id_,
                   .to = id_,
                   .verb = post.verb,
                   .type = post.type,
                   .payload = {},
                   .tally = nullptr,
                   .body = Shipped{shipment}});
}

/// What the data does when it reaches the other server's memory.
Effect Node::store(NodeId to, const Message& message, std::uint64_t version, Cause cause) const {
  Node& there = *system_.nodes[to.index()];
  if (message.kind == MessageKind::grant_data || message.kind == MessageKind::data_reply) {
    Line* const line = &there.cache_.buffer(message.buffer);
    return [line, version, cause, traffic = system_.traffic, block = system_.options.block] {
      line->data.came(*traffic, cause, block);
      line->version = version;
      line->early = false;  // overwritten; written again when the write is granted
    };
  }
  HomeMemory* const memory = &there.memory_;
  const GlobalAddress block = message.block;
  return [memory, block, version] { memory->store(block, version); };
}

// ---- the worker

Duration Node::service_time(const Delivery&) { return costs().service; }

Duration Node::handle(const Delivery& delivery) {
  Step step;
  if (delivery.from == id_) {
    on_shipped(delivery.body.as<Shipped>().shipment, step);
    arm_timer(step);
    return step.spent;
  }
  receive({delivery.body.as<Message>(), delivery.from, delivery.tally}, step);
  arm_timer(step);
  return step.spent;
}

void Node::receive(const Request& request, Step& step) {
  const Message& message = request.message;
  switch (message.kind) {
    case MessageKind::read:
    case MessageKind::write:
    case MessageKind::write_permission_only:
    case MessageKind::active_invalidate:
    case MessageKind::write_back:
      return on_request(request, step);
    case MessageKind::fetch_and_shared:
    case MessageKind::fetch_and_invalidate:
    case MessageKind::invalidate:
    case MessageKind::read_forward:
    case MessageKind::write_forward:
    case MessageKind::invalidate_forward:
      return on_order(request, step);
    case MessageKind::fetched_data:
    case MessageKind::home_copy:
    case MessageKind::invalidate_ack:
    case MessageKind::forward_ack:
      return on_answer(answered(message), request, step);
    case MessageKind::read_reply:
    case MessageKind::write_reply:
      return on_reply(answered(message), request, step);
    case MessageKind::data_reply:
      return on_data(answered(message), step);
    case MessageKind::ownership_ack:
      return on_home_agreed(answered(message), step);
    case MessageKind::write_back_ack:
      return on_written_back(answered(message), step);
    case MessageKind::malloc:
    case MessageKind::malloc_reply:
    case MessageKind::free:
      return on_memory(request, step);
    case MessageKind::grant_data:
    case MessageKind::write_back_data:
      break;  // one-sided: no software sees it
  }
}

/// The transaction that the message is an answer in.
Transaction& Node::answered(const Message& message) {
  if (!transactions_.is_in_use(message.id) ||
      !may_answer(message.kind, transactions_[message.id].role)) {
    throw Error(ExitCode::incoherent, "gam: server " + std::to_string(id_.value()) + " gets " +
                                          std::string(row_of(message.kind).name) +
                                          ", but waits for nothing of the kind");
  }
  return transactions_[message.id];
}

Transaction& Node::begin(Transaction::Role role, MessageKind sent, GlobalAddress block) {
  const std::uint32_t slot = transactions_.take();
  Transaction& transaction = transactions_[slot];
  transaction = Transaction{};
  transaction.slot = slot;
  transaction.role = role;
  transaction.sent = sent;
  transaction.block = block;
  return transaction;
}

// ---- accesses and the queues

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

Duration Node::cost_of(Path path, bool home, bool warm) const {
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

void Node::run(Path path, GlobalAddress block, ThreadContext& thread, Step& step) {
  run(block, cost_of(path, is_home(block), is_warm(block, thread)), thread, step);
}

Duration Node::work_of(const Access& access, bool warm, Time start) {
  const bool home = is_home(access.block);
  if (home || cache_.find(access.block) != nullptr) {
    return cost_of(path_of(access.kind), home, warm);
  }
  const Duration held = std::min(costs().allocate, costs().miss);
  return allocator_.reserve(start, held) - start + costs().miss;
}

void Node::run(const Access& access, ThreadContext& thread, Step& step) {
  const bool warm = is_warm(access.block, thread);
  run(access.block, work_of(access, warm, now() + step.spent), thread, step);
}

void Node::run(GlobalAddress block, Duration work, ThreadContext& thread, Step& step) {
  BlockLock& lock = lock_of(block);
  hold(lock.lock, work, step);
  lock.user = thread.id;
  thread.used = block;
}

bool Node::answers(const Access& access) const {
  return is_home(access.block) ? answers_at_home(access) : answers_at_cache(access);
}

Outcome Node::attempt(const Access& access, Step& step) {
  return is_home(access.block) ? attempt_at_home(access) : attempt_at_cache(access, step);
}

Outcome Node::start(const Access& access, Step& step) {
  return is_home(access.block) ? start_at_home(access, step) : start_at_cache(access, step);
}

Outcome Node::wait(const Access& access) {
  ++counters_.queued_local;
  queues_.push(access);
  return {Outcome::pending};
}

void Node::wait(const Request& request) {
  ++counters_.queued_remote;
  queues_.push(request);
}

/// An access that somebody waits for, or that is counted as pending, has ended.
void Node::finish(const Access& access, Outcome outcome, const Step& step) {
  const Time told = now() + step.spent + costs().wake;
  EventQueue& queue = system_.simulation.queue();
  system_.last_ended = told;
  if (access.waiting == nullptr) {
    ThreadContext& thread = *access.thread;
    system_.settled = std::max(system_.settled, now() + step.spent);
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

/// A transaction of the block, or a lock of it, has ended.
void Node::drain(GlobalAddress block, Step& step) {
  rerun(block, step);
  if (!system_.options.caching && !is_home(block)) {
    forget(block, step);
  }
}

/// Tries everything that waits at the block once, in order; what must wait again goes to the end of
/// the queue. An access goes its whole path again, on the worker's core.
void Node::rerun(GlobalAddress block, Step& step) {
  BlockQueue* const queue = queues_.take(block);
  if (queue == nullptr) {
    return;
  }
  for (const Access& access : queue->local) {
    step.spent += work_of(access, false, now() + step.spent);
    ++counters_.reruns;
    charge(access.tally, Category::lock_wait, now());
    const Outcome outcome = start(access, step);
    if (outcome.kind != Outcome::pending) {
      finish(access, outcome, step);
    }
  }
  if (mutated("gam.forget_queue")) {
    queue->remote.clear();
  }
  for (const Request& request : queue->remote) {
    step.spent += costs().rerun;
    ++counters_.reruns;
    charge(request.tally, Category::lock_wait, now());
    receive(request, step);
  }
  queues_.give_back(*queue);
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

void Node::reset_counters() {
  counters_ = {};
  cache_.reset_peak();
}

}  // namespace dsmsim::gam
