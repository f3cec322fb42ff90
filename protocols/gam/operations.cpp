// The operations of threads that take messages or waiting, as coroutines.
//
// A thread's own CPU time comes first and its step second, at one moment: no state changes before
// the thread has got that far, and nothing is posted before it has changed.

#include <algorithm>

#include "protocols/gam/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using gam::Access;
using gam::AccessKind;
using gam::GlobalAddress;
using gam::Node;
using gam::Outcome;
using gam::Path;
using gam::Step;
using gam::ThreadContext;
using gam::Waiting;

namespace {

/// Until all accesses that are waited for have ended.
struct Answered {
  Waiting& waiting;
  bool await_ready() const { return waiting.left == 0; }
  void await_suspend(std::coroutine_handle<> handle) const { waiting.handle = handle; }
  void await_resume() const {}
};

/// Until none of the thread's asynchronous writes is under way.
struct Drained {
  ThreadContext& context;
  bool await_ready() const { return context.pending_writes == 0; }
  void await_suspend(std::coroutine_handle<> handle) const { context.draining = handle; }
  void await_resume() const {}
};

}  // namespace

Task<> GamEngine::drain_writes(Thread& thread, ThreadContext& context) {
  co_await Drained{context};
  co_await queue_.until(context.drained_at);
  thread.tally().charge(Category::acks, queue_.now());
  context.fenced = false;
}

/// Ends when the accesses have; charges what nobody on their way has charged.
Task<> GamEngine::wait_for(Thread& thread, ThreadContext& context, Waiting& waiting) {
  context.waiting = &waiting;
  co_await Answered{waiting};
  context.waiting = nullptr;
  co_await queue_.until(waiting.ended_at);
  if (waiting.ended_at > Time()) {
    thread.tally().charge(Category::acks, waiting.ended_at - options_.costs.wake);
  }
  thread.tally().charge(Category::cpu, queue_.now());
}

/// Spins until no other thread holds the lock of the block; what has become of the block by then
/// decides what the access costs.
Task<> GamEngine::wait_for_lock(Node& node, GlobalAddress address) {
  const GlobalAddress block = address.block(options_.block);
  while (node.desk().lock_free_at(block) > queue_.now()) {
    co_await queue_.until(node.desk().lock_free_at(block));
  }
}

Task<> GamEngine::access(Thread& thread, Op& op) {
  ThreadContext& context = context_of(thread);
  Node& node = node_of(thread);
  if (context.fenced && context.pending_writes > 0) {
    Task<> drained = drain_writes(thread, context);
    co_await drained;
  }
  if (const MaybeDuration at_once = try_access(thread, op, context)) {
    co_await queue_.delay(*at_once);
    thread.tally().charge(Category::cpu, queue_.now());
    co_return;
  }
  const Range range = range_of(op);
  const bool plain_write = op.kind == OpKind::write;
  const bool tso = options_.consistency == GamConsistency::tso;
  const bool asynchronous = plain_write && !tso;
  const bool single = next_block(range.begin) >= range.end;
  Task<> turn = wait_for_lock(node, range.begin);
  co_await turn;
  Step path;
  for (GlobalAddress at = range.begin; at < range.end; at = next_block(at)) {
    node.run(access_to(op, at, length_at(op, range, at), &context), context, path);
  }
  const Duration fence = plain_write && tso ? options_.costs.fence : Duration{};
  co_await queue_.delay(path.spent + copying(op.length) + fence);
  thread.tally().charge(Category::cpu, queue_.now());

  Waiting waiting;
  Step step;
  for (GlobalAddress at = range.begin; at < range.end; at = next_block(at)) {
    Access access = access_to(op, at, length_at(op, range, at), &context);
    access.atomic = plain_write || op.kind == OpKind::read ? nullptr : &op;
    access.waiting = asynchronous ? nullptr : &waiting;
    access.tally = single && !asynchronous ? &thread.tally() : nullptr;
    const Outcome outcome = node.start(access, step);
    if (outcome.kind == Outcome::pending) {
      ++(asynchronous ? context.pending_writes : waiting.left);
    }
    waiting.version = std::max(waiting.version, outcome.version);
  }
  node.arm_timer(step);
  co_await queue_.delay(step.spent);
  if (asynchronous || !single) {
    thread.tally().charge(Category::cpu, queue_.now());
  }
  Task<> answered = wait_for(thread, context, waiting);
  co_await answered;
  end_access(op, range, context, waiting.version, false);
}

Task<> GamEngine::lock(Thread& thread, Op& op) {
  ThreadContext& context = context_of(thread);
  Node& node = node_of(thread);
  if (context.pending_writes > 0) {
    Task<> drained = drain_writes(thread, context);
    co_await drained;
  }
  const Range range = range_of(op);
  bool failed = false;
  GlobalAddress at = range.begin;
  for (; at < range.end && !failed; at = next_block(at)) {  // one block after the other
    Access access = access_to(op, at, length_at(op, range, at), &context);
    Waiting waiting;
    context.at = at;
    access.waiting = &waiting;
    access.tally = &thread.tally();
    Task<> turn = wait_for_lock(node, at);
    co_await turn;
    Step path;
    node.run(access, context, path);
    co_await queue_.delay(path.spent);
    thread.tally().charge(Category::cpu, queue_.now());
    Step step;
    const Outcome outcome = node.start(access, step);
    waiting.left = outcome.kind == Outcome::pending ? 1 : 0;
    waiting.failed = outcome.kind == Outcome::failed;
    node.arm_timer(step);
    co_await queue_.delay(step.spent);
    Task<> answered = wait_for(thread, context, waiting);
    co_await answered;
    failed = waiting.failed;
  }
  context.at = {};
  end_access(op, range, context, 0, failed);
  if (failed) {
    Task<> given_up = give_up_locks(thread, op, at);
    co_await given_up;
  }
}

/// A try-lock has failed at the block before `end`: unlocks those before it
/// (gam/src/gallocator.cc:198-262).
Task<> GamEngine::give_up_locks(Thread& thread, const Op& op, GlobalAddress end) {
  ThreadContext& context = context_of(thread);
  Node& node = node_of(thread);
  const Range range = range_of(op);
  Step step;
  for (GlobalAddress at = range.begin; next_block(at) < end; at = next_block(at)) {
    const Access access = access_to(op, at, length_at(op, range, at), &context);
    node.desk().run(Path::unlock, access.block, context, step);
    node.unlock(access.block, access.offset, step);
  }
  node.arm_timer(step);
  co_await queue_.delay(step.spent);
  thread.tally().charge(Category::cpu, queue_.now());
}

Task<> GamEngine::unlock(Thread& thread, const Op& op) {
  ThreadContext& context = context_of(thread);
  Node& node = node_of(thread);
  if (context.pending_writes > 0) {
    Task<> drained = drain_writes(thread, context);
    co_await drained;
  }
  Step step;
  release_locks(node, op, context, step);
  node.arm_timer(step);
  co_await queue_.delay(step.spent);
  thread.tally().charge(Category::cpu, queue_.now());
}

Task<> GamEngine::allocate(Thread& thread, Op& op) {
  const Bytes size = std::max(op.length, Bytes(1));
  Node& node = node_of(thread);
  const Bytes cached = options_.block * node.cache().size();
  ThreadContext& context = context_of(thread);
  context.candidates = placement_.candidates(thread.node(), op.node, cached);
  GlobalAddress address;
  while (!address.valid() && !context.candidates.empty()) {
    const NodeId server = context.candidates.front();
    if (server == thread.node()) {
      address = placement_.allocate_at(server, size);
      Step step;
      node.desk().allocate(step);
      co_await queue_.delay(step.spent + copying(size));  // the memory is zeroed
      thread.tally().charge(Category::cpu, queue_.now());
    } else {
      Waiting waiting;
      waiting.left = 1;
      Step step;
      const Access access{.kind = AccessKind::read,
                          .thread = &context,
                          .waiting = &waiting,
                          .tally = &thread.tally()};
      node.desk().ask_for_memory(server, size, access, step);
      co_await queue_.delay(step.spent);
      Task<> answered = wait_for(thread, context, waiting);
      co_await answered;
      address = GlobalAddress::from_value(waiting.version);
    }
    context.candidates.erase(context.candidates.begin());
  }
  context.candidates.clear();
  if (!address.valid()) {
    refuse(op, placement_.want_text(size));
  }
  if (objects_.size() <= op.object.index()) {
    objects_.resize(op.object.index() + 1);
  }
  objects_[op.object.index()] = {address, size};
}

Task<> GamEngine::release(Thread& thread, const Op& op) {
  const GlobalAddress address = range_of(op).begin;
  Placed& object = objects_[op.object.index()];
  if (address.home() == thread.node()) {
    placement_.release(address, object.size);
    object.address = {};
    Step step;
    node_of(thread).desk().allocate(step);
    co_await queue_.delay(step.spent);
  } else {
    Step step;
    node_of(thread).desk().free_elsewhere(address, object.size, step);
    object.address = {};
    co_await queue_.delay(step.spent);
  }
  thread.tally().charge(Category::cpu, queue_.now());
}

}  // namespace dsmsim
