#include "protocols/local/engine.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {
namespace {

BorrowMode mode_of(OpKind kind) {
  return is_shared(kind) ? BorrowMode::shared : BorrowMode::exclusive;
}

}  // namespace

void describe(config::Fields& f, LocalOptions& o) {
  f.required("allocation", o.allocation, "CPU time of an allocation or release");
  f.required("local_atomic", o.local_atomic,
             "CPU time of an atomic instruction, beyond the memory access");
  f.optional("free_locks", o.free_locks, "locks keep others out and take no time");
  f.sources(o.sources);
}

LocalEngine::LocalEngine(EngineContext context, LocalOptions options)
    : queue_(context.cluster.simulation().queue()),
      sizes_(context.objects),
      witness_(context.witness),
      profile_(context.cluster.profile()),
      options_(std::move(options)),
      locks_(queue_) {
  if (context.cluster.servers() != 1) {
    throw Error("local: the program without a DSM runs on one server, not on " +
                std::to_string(context.cluster.servers()));
  }
}

MaybeDuration LocalEngine::try_local(Thread& thread, Op& op) {
  if (op.kind == OpKind::allocate) {
    return allocate(thread, op);
  }
  if (op.kind == OpKind::fence) {
    return Duration();
  }
  State& state = check(thread, op);
  switch (family_of(op.kind)) {
    case OpFamily::data:
      return access(state, op);
    case OpFamily::lifetime:  // a release
      state.live = false;
      used_ -= sizes_.size(op.object);
      return options_.allocation;
    case OpFamily::lock:
      return try_lock(thread, op);
    case OpFamily::unlock:
      if (locks_.contended(op.object)) {
        return std::nullopt;
      }
      unlock(thread, op);
      return unlock_cost();
    case OpFamily::atomic:
      op.result = atomic(op);
      return atomic_cost();
    case OpFamily::reference:
      op.borrow = BorrowId(0);
      return Duration();
    case OpFamily::fence:  // see above
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

MaybeDuration LocalEngine::try_lock(const Thread& thread, Op& op) {
  const bool taken = locks_.try_acquire(op.object, mode_of(op.kind));
  if (!taken && !tries(op.kind)) {
    return std::nullopt;
  }
  if (taken) {
    take(thread, op);
  }
  if (tries(op.kind)) {
    op.result = taken ? 1 : 0;
  }
  return lock_cost();
}

/// A lock that somebody holds, or an unlock that wakes somebody.
Task<> LocalEngine::perform(Thread& thread, Op& op) {
  if (op.kind == OpKind::unlock) {
    unlock(thread, op);
  } else {
    ++counters_.lock_waits;
    auto turn = locks_.acquire(op.object, mode_of(op.kind), thread.id());
    co_await turn;
    take(thread, op);
    thread.tally().charge(Category::lock_wait, queue_.now());
  }
  co_await queue_.delay(unlock_cost());
  thread.tally().charge(Category::cpu, queue_.now());
}

LocalEngine::State& LocalEngine::check(const Thread& thread, const Op& op) {
  if (op.object.index() >= objects_.size() || !objects_[op.object.index()].live) {
    reject(thread, op, "it is not allocated");
  }
  const Bytes size = sizes_.size(op.object);
  if (op.offset > size || op.length > size - op.offset) {
    reject(thread, op, "the bytes do not lie in an object of " + to_string(size));
  }
  return objects_[op.object.index()];
}

Duration LocalEngine::allocate(const Thread& thread, const Op& op) {
  if (op.length > profile_.memory - used_) {
    reject(thread, op,
           "out of memory: " + to_string(op.length) + " wanted, " + to_string(used_) + " of " +
               to_string(profile_.memory) + " in use");
  }
  used_ += op.length;
  if (op.object.index() >= objects_.size()) {
    objects_.resize(op.object.index() + 1);
    locks_.grow(op.object.index() + 1);
  }
  objects_[op.object.index()] = {.stamp = next_stamp(op), .holder = {}, .live = true};
  if (witness_ != nullptr) {
    witness_->created(op.object.value(), op.token());
  }
  return options_.allocation;
}

std::uint64_t LocalEngine::next_stamp(const Op& op) {
  return witness_ != nullptr ? op.token() : ++last_stamp_;
}

Duration LocalEngine::access(State& state, Op& op) {
  const Extent extent{op.object.value(), op.offset, op.length};
  if (op.kind == OpKind::write) {
    const std::uint64_t base = std::exchange(state.stamp, next_stamp(op));
    if (witness_ != nullptr) {
      witness_->wrote(op.token(), extent, base);
    }
  } else if (witness_ != nullptr) {
    witness_->read(op.token(), extent, state.stamp);
  }
  op.result = state.stamp;
  ++counters_.accesses;
  return profile_.touch(op.length);
}

void LocalEngine::take(const Thread& thread, const Op& op) {
  if (is_shared(op.kind)) {
    readers_.push_back({op.object, thread.id()});
  } else {
    objects_[op.object.index()].holder = thread.id();
  }
}

void LocalEngine::unlock(const Thread& thread, const Op& op) {
  ThreadId& holder = objects_[op.object.index()].holder;
  if (holder == thread.id()) {
    holder = ThreadId();
    locks_.release(op.object, BorrowMode::exclusive);
    return;
  }
  const auto reader = std::find(readers_.begin(), readers_.end(), Reader{op.object, thread.id()});
  if (reader == readers_.end()) {
    reject(thread, op, "the thread does not hold its lock");
  }
  readers_.erase(reader);
  locks_.release(op.object, BorrowMode::shared);
}

std::uint64_t LocalEngine::atomic(const Op& op) {
  std::uint64_t& word = atomics_[{op.object, op.offset}];
  return apply_atomic(op.kind, word, op.operand(), op.expected());
}

void LocalEngine::reject(const Thread& thread, const Op& op, const std::string& why) const {
  throw Error("local: " + std::string(to_string(op.kind)) + " of " + object_name(op.object) +
              " by " + thread_name(thread.id(), thread.node()) + " at " + to_string(queue_.now()) +
              ": " + why);
}

void LocalEngine::report(CounterReport& report) const { report.add(counters_); }

void LocalEngine::describe_waits(WaitForGraph& graph) const {
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].holder.valid()) {
      graph.held(object_name(ObjectId(i)), thread_name(objects_[i].holder, NodeId(0)));
    }
  }
  for (const Reader& reader : readers_) {
    graph.held(object_name(reader.object), thread_name(reader.thread, NodeId(0)));
  }
}

}  // namespace dsmsim
