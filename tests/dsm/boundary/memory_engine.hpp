#pragma once
// An engine for tests of programs and of the boundary: one memory for everybody, every operation at
// a fixed cost, and a log of all operations by thread. All locks are
// exclusive; borrows make nobody wait. With `remote`, every operation takes the coroutine's way, as
// one that leaves the server does.

#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/dsm/boundary/world.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::test {

class MemoryEngine final : public Engine {
 public:
  MemoryEngine(EngineContext context, Duration cost, bool remote = false)
      : context_(context), cost_(cost), remote_(remote) {}

  MaybeDuration try_local(Thread& thread, Op& op) override {
    const bool wakes = op.kind == OpKind::unlock && mutex(op.object).contended();
    if (remote_ || wakes || (is_lock(op) && mutex(op.object).locked())) {
      return {};
    }
    if (is_lock(op)) {
      mutex(op.object).try_lock();
    }
    apply(thread, op);
    return uneven ? cost_ * (std::int64_t{thread.node().value()} + 1) : cost_;
  }
  Task<> perform(Thread& thread, Op& op) override {
    if (is_lock(op)) {
      co_await mutex(op.object).lock();
      thread.tally().charge(Category::lock_wait, thread.now());
    }
    apply(thread, op);
    co_await context_.cluster.simulation().delay(cost_);
    thread.tally().charge(Category::wire, thread.now());
  }
  bool offers(OpKind) const override { return offers_extras; }
  Time settled() const override { return settles; }
  void report(CounterReport&) const override {}
  ThreadSystem* threads() override { return threads_; }
  /// A runtime for the threads; must outlive the engine.
  void set_threads(ThreadSystem* threads) { threads_ = threads; }
  void reset_counters() override { since_reset_ = Counts{}; }
  void describe_waits(WaitForGraph& graph) const override {
    for (const auto& [object, holder] : holders_) {
      graph.held(object_name(ObjectId(object)), holder);
    }
  }

  bool offers_extras = true;     ///< operations that only some engines have
  bool loses_additions = false;  ///< a defect
  bool survives = false;         ///< it goes on without every server
  Time settles;                  ///< what nobody has waited for
  bool uneven = false;           ///< a local operation costs as much more as its server's number

  bool goes_on_without(NodeId) override { return survives; }

  using Counts = std::map<OpKind, std::uint64_t>;
  /// Operations by kind: all, and since the measuring began.
  const Counts& counts() const { return counts_; }
  const Counts& measured() const { return since_reset_; }
  /// What one thread asked for, in its order.
  const std::vector<Op>& log(std::size_t thread) { return logs_[thread]; }
  std::size_t threads_logged() const { return logs_.size(); }
  /// The server that an object was allocated on.
  NodeId home(ObjectId object) const { return homes_.at(object.value()); }
  bool guarded(ObjectId object) const { return guarded_.at(object.value()); }
  /// True while no lock is held.
  bool at_rest() {
    for (auto& [object, lock] : locks_) {
      if (lock->locked()) {
        return false;
      }
    }
    return true;
  }

 private:
  static bool is_lock(const Op& op) { return op.kind == OpKind::lock || op.kind == OpKind::rlock; }
  FifoLock& mutex(ObjectId object) {
    auto& lock = locks_[object.value()];
    if (!lock) {
      lock = std::make_unique<FifoLock>(context_.cluster.simulation().queue());
    }
    return *lock;
  }
  void apply(Thread& thread, Op& op) {
    ++counts_[op.kind];
    ++since_reset_[op.kind];
    logs_[thread.id().index()].push_back(op);
    if (op.kind == OpKind::allocate) {
      homes_[op.object.value()] = op.node.valid() ? op.node : thread.node();
      guarded_[op.object.value()] = op.guarded();
    } else if (is_lock(op)) {
      holders_[op.object.value()] = thread_name(thread.id(), thread.node());
    } else if (op.kind == OpKind::unlock) {
      holders_.erase(op.object.value());
      mutex(op.object).unlock();
    } else if (op.kind == OpKind::try_lock || op.kind == OpKind::try_rlock) {
      op.result = mutex(op.object).try_lock() ? 1 : 0;
    } else if (op.kind == OpKind::borrow || op.kind == OpKind::borrow_mut) {
      op.borrow = BorrowId(next_borrow_++);
    } else if (op.kind == OpKind::read || op.kind == OpKind::write) {
      check_access(op);
    } else if (op.kind == OpKind::atomic_add) {
      op.result = std::exchange(word(op), word(op) + (loses_additions ? 0 : op.operand()));
    } else if (op.kind == OpKind::atomic_cas) {
      op.result = word(op);
      word(op) = op.result == op.expected() ? op.operand() : op.result;
    }
  }
  std::uint64_t& word(const Op& op) { return words_[{op.object, op.offset}]; }
  void check_access(const Op& op) {
    if (op.length == Bytes(0) || op.offset + op.length > context_.objects.size(op.object)) {
      throw std::logic_error("access outside of the object");
    }
    if (guarded_.at(op.object.value()) && !mutex(op.object).locked()) {
      throw std::logic_error("access to a guarded object without its lock");
    }
  }

  EngineContext context_;
  Duration cost_;
  bool remote_;
  ThreadSystem* threads_ = nullptr;
  Counts counts_;
  Counts since_reset_;
  std::map<std::size_t, std::vector<Op>> logs_;
  std::map<std::uint64_t, NodeId> homes_;
  std::map<std::uint64_t, bool> guarded_;
  std::map<std::uint64_t, std::unique_ptr<FifoLock>> locks_;
  std::map<std::uint64_t, std::string> holders_;
  std::map<std::pair<ObjectId, Bytes>, std::uint64_t> words_;  ///< of atomics
  std::uint32_t next_borrow_ = 0;
};

inline ServerProfile profile(std::uint32_t cores) {
  ServerProfile profile;
  profile.cores = cores;
  profile.memory_latency = Duration::picoseconds(100'000);
  profile.memory_bandwidth = Rate::bits_per_second(1e11);
  profile.context_switch = Duration::picoseconds(50'000);
  return profile;
}

/// A cluster, without a fabric unless one is given, the engine and a world, ready to run one
/// program.
struct MemoryWorld {
  explicit MemoryWorld(std::size_t servers, Duration cost = Duration::picoseconds(100'000),
                       bool remote = false, std::uint32_t cores = 16, std::uint64_t seed = 1,
                       const std::function<std::unique_ptr<Fabric>(Simulation&)>& make_fabric = {})
      : simulation(seed),
        cluster(simulation, servers, profile(cores),
                make_fabric ? make_fabric(simulation) : nullptr),
        engine({cluster, objects}, cost, remote),
        world(cluster, objects, engine) {}

  Simulation simulation;
  Cluster cluster;
  ObjectTable objects;
  MemoryEngine engine;
  World world;
};

}  // namespace dsmsim::test
