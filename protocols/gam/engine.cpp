#include "protocols/gam/engine.hpp"

#include <algorithm>
#include <string>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using gam::Access;
using gam::AccessKind;
using gam::GlobalAddress;
using gam::Node;
using gam::Outcome;
using gam::Path;
using gam::Step;
using gam::ThreadContext;

namespace {

Bytes cache_size(const GamOptions& options, Bytes memory) {
  if (options.cache > memory) {
    throw Misfit("/cache", "gam: a cache of " + to_string(options.cache) +
                               " does not fit in a server's " + to_string(memory) + " of memory");
  }
  return options.cache > Bytes(0) ? options.cache
                                  : Bytes(static_cast<std::uint64_t>(
                                        static_cast<double>(memory.count()) * options.cache_th));
}

}  // namespace

GamEngine::GamEngine(EngineContext context, GamOptions options)
    : context_(context),
      options_(std::move(options)),
      queue_(context.cluster.simulation().queue()),
      placement_(options_, context.cluster.servers(), context.cluster.profile().memory,
                 cache_size(options_, context.cluster.profile().memory),
                 context.cluster.simulation().random("gam.placement")),
      system_{.simulation = context.cluster.simulation(),
              .fabric = context.cluster.has_fabric() ? &context.cluster.fabric() : nullptr,
              .traffic = context.cluster.has_fabric() ? &context.cluster.fabric().ledger().traffic()
                                                      : nullptr,
              .options = options_,
              .types = {},
              .memory = placement_,
              .contents = gam::Contents(context.witness),
              .mutant = Mutant(context.mutant, gam_mutants()),
              .post = {},
              .nodes = {},
              .last_ended = {},
              .settled = {}} {
  options_.costs = scaled(options_.costs, context.cluster.profile().clock_ghz);
  if (system_.fabric != nullptr) {
    system_.types = gam::MessageTypes(system_.fabric->ledger());
    system_.post = system_.fabric->nic().post;
  }
  const Bytes cache = cache_size(options_, context.cluster.profile().memory);
  const std::size_t servers = context.cluster.servers();
  check_host_memory(saturated_product(servers, Node::table_size(servers)), "",
                    "gam: the locks of " + std::to_string(servers) + " servers");
  for (std::uint32_t i = 0; i < servers; ++i) {
    stop_if_asked();
    system_.nodes.push_back(
        std::make_unique<Node>(system_, NodeId(i), cache.count() / options_.block.count()));
  }
  busy_before_.resize(system_.nodes.size());
  for (std::size_t i = 0; options_.client_handles > 0 && i < servers; ++i) {
    handles_.emplace_back(queue_, options_.client_handles);
  }
}

GamEngine::~GamEngine() = default;

// ---- operations and the blocks that they touch

ThreadContext& GamEngine::first_seen(const Thread& thread) {
  const std::size_t index = thread.id().index();
  if (threads_.size() <= index) {
    threads_.resize(index + 1);
  }
  threads_[index] = std::make_unique<ThreadContext>();
  threads_[index]->id = thread.id();
  threads_[index]->node = thread.node();
  return *threads_[index];
}

void GamEngine::refuse(const Op& op, const std::string& why) const {
  throw Error("at " + to_string(queue_.now()) + ": " + std::string(to_string(op.kind)) + " of " +
              object_name(op.object) + ": " + why);
}

/// Of the bytes beyond the first cache line, which the costs above contain.
Duration GamEngine::copying(Bytes length) const {
  const ServerProfile& server = context_.cluster.profile();
  return server.touch(length) - server.touch(Bytes(1));
}

// ---- what is answered at once

MaybeDuration GamEngine::try_local(Thread& thread, Op& op) {
  return takes_handle(op) ? std::nullopt : answer(thread, op);
}

MaybeDuration GamEngine::answer(Thread& thread, Op& op) {
  ThreadContext& context = context_of(thread);
  switch (family_of(op.kind)) {
    case OpFamily::lifetime:
      return std::nullopt;
    case OpFamily::data:
    case OpFamily::atomic:
    case OpFamily::lock:
      return try_access(thread, op, context);
    case OpFamily::unlock:
      return try_unlock(thread, op, context);
    case OpFamily::reference:
      op.borrow = BorrowId(0);
      return Duration{};
    case OpFamily::fence:
      context.fenced = context.pending_writes > 0 && !system_.mutant.is("gam.weak_fence");
      return options_.costs.fence;
    case OpFamily::file:
    case OpFamily::word:
    case OpFamily::call:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

MaybeDuration GamEngine::try_access(Thread& thread, Op& op, ThreadContext& context) {
  if (context.pending_writes > 0 && (context.fenced || is_lock(op.kind))) {
    return std::nullopt;
  }
  context.fenced = false;
  Node& node = node_of(thread);
  const Range range = range_of(op);
  const bool several = next_block(range.begin) < range.end;
  Step step;
  const Outcome outcome = several ? attempt_all(node, context, op, range, step)
                                  : attempt(node, context, op, range.begin, op.length, step);
  if (outcome.kind == Outcome::pending) {
    return std::nullopt;
  }
  end_access(op, range, context, outcome.version, outcome.kind == Outcome::failed);
  if (is_lock(op.kind)) {
    return step.spent;
  }
  if (op.kind == OpKind::write && options_.consistency == GamConsistency::tso) {
    step.spent += options_.costs.fence;
  }
  return step.spent + copying(op.length);
}

/// The part of an operation that lies in the block of `begin`.
Outcome GamEngine::attempt(Node& node, ThreadContext& context, Op& op, GlobalAddress begin,
                           Bytes length, Step& step) {
  Access access = access_to(op, begin, length, nullptr);
  access.atomic = is_atomic(op.kind) ? &op : nullptr;
  step.list_hold = node.desk().list_hold(node.desk().is_warm(access.block, context));
  const Outcome outcome = node.attempt(access, step);
  if (outcome.kind != Outcome::pending) {
    node.desk().count(access, true);
    node.desk().run(path_of(access.kind), access.block, context, step);
  }
  return outcome;
}

/// All of several blocks or none of them.
Outcome GamEngine::attempt_all(Node& node, ThreadContext& context, Op& op, Range range,
                               Step& step) {
  for (GlobalAddress at = range.begin; at < range.end; at = next_block(at)) {
    const Access access = access_to(op, at, length_at(op, range, at), nullptr);
    if (access.try_lock || !node.answers(access)) {
      return {Outcome::pending};
    }
  }
  std::uint64_t version = 0;
  for (GlobalAddress at = range.begin; at < range.end; at = next_block(at)) {
    const Outcome outcome = attempt(node, context, op, at, length_at(op, range, at), step);
    version = std::max(version, outcome.version);
  }
  return {Outcome::done, version};
}

void GamEngine::end_access(Op& op, Range range, ThreadContext& context, std::uint64_t version,
                           bool failed) {
  if (is_lock(op.kind)) {
    op.result = failed ? 0 : 1;
    if (!failed) {
      context.locked.push_back({op.object, range.begin, range.end});
    }
  } else if (!is_atomic(op.kind)) {
    op.result = version;
  }
}

MaybeDuration GamEngine::try_unlock(Thread& thread, const Op& op, ThreadContext& context) {
  Node& node = node_of(thread);
  const Range range = range_of(op);
  bool awaited = context.pending_writes > 0;
  for (GlobalAddress at = range.begin; at < range.end; at = next_block(at)) {
    const Access access = access_to(op, at, length_at(op, range, at), nullptr);
    if (!node.holds_lock(access.block, access.offset)) {
      refuse(op, "this server does not hold the lock");
    }
    awaited = awaited || node.awaited(access.block);
  }
  if (awaited) {
    return std::nullopt;
  }
  Step step;
  release_locks(node, op, context, step);
  return step.spent;
}

/// Unlocks every block of the range.
void GamEngine::release_locks(Node& node, const Op& op, ThreadContext& context, Step& step) {
  const Range range = range_of(op);
  for (GlobalAddress at = range.begin; at < range.end; at = next_block(at)) {
    const Access access = access_to(op, at, length_at(op, range, at), nullptr);
    node.desk().run(Path::unlock, access.block, context, step);
    node.unlock(access.block, access.offset, step);
  }
  forget_lock(op.object, context);
}

/// Another thread of the server may have taken it.
void GamEngine::forget_lock(ObjectId object, ThreadContext& unlocking) {
  const auto erased_from = [object](ThreadContext& context) {
    auto& locked = context.locked;
    const auto held = std::find_if(locked.begin(), locked.end(),
                                   [object](const auto& lock) { return lock.object == object; });
    if (held == locked.end()) {
      return false;
    }
    locked.erase(held);
    return true;
  };
  if (erased_from(unlocking)) {
    return;
  }
  for (const auto& thread : threads_) {
    if (thread != nullptr && thread->node == unlocking.node && erased_from(*thread)) {
      return;
    }
  }
}

Task<> GamEngine::perform(Thread& thread, Op& op) {
  return takes_handle(op) ? with_handle(thread, op) : carry_out(thread, op);
}

/// Locks are waited for without one: who holds a lock needs a handle before he gives it back.
bool GamEngine::takes_handle(const Op& op) const {
  const OpFamily family = family_of(op.kind);
  return !handles_.empty() &&
         (family == OpFamily::lifetime || family == OpFamily::data || family == OpFamily::atomic);
}

Task<> GamEngine::with_handle(Thread& thread, Op& op) {
  Semaphore& handles = handles_[thread.node().index()];
  co_await handles.acquire();
  thread.tally().charge(Category::lock_wait, queue_.now());
  if (const MaybeDuration at_once = answer(thread, op)) {
    co_await queue_.delay(*at_once);
    thread.tally().charge(Category::cpu, queue_.now());
  } else {
    co_await carry_out(thread, op);
  }
  handles.release();
}

Task<> GamEngine::carry_out(Thread& thread, Op& op) {
  switch (family_of(op.kind)) {
    case OpFamily::lifetime:
      return op.kind == OpKind::allocate ? allocate(thread, op) : release(thread, op);
    case OpFamily::data:
    case OpFamily::atomic:
      return access(thread, op);
    case OpFamily::lock:
      return lock(thread, op);
    case OpFamily::unlock:
      return unlock(thread, op);
    case OpFamily::reference:  // answered at once
    case OpFamily::fence:
    case OpFamily::file:
    case OpFamily::word:
    case OpFamily::call:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

}  // namespace dsmsim
