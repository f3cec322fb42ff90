#pragma once
// The original program, without a DSM: plain memory on one server. The baseline of every speedup.
//
// Every access is one to local DRAM; borrows, transfers and fences cost nothing, as in a compiled
// program; locks are first come, first served, and rlocks are shared. Sends nothing.

#include <map>
#include <string>
#include <vector>

#include "sim/base/config/fields.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/kit/borrow_table.hpp"

namespace dsmsim {

struct LocalOptions {
  Duration allocation;    ///< CPU time of an allocation or release
  Duration local_atomic;  ///< CPU time of an atomic instruction, beyond the memory access
  config::Sources sources;
  bool free_locks = false;  ///< they keep others out and take no time
};
void describe(config::Fields& fields, LocalOptions& options);
/// The same by software that takes no time.
inline LocalOptions timeless(const LocalOptions&) { return {}; }

// clang-format off
#define LOCAL_COUNTERS(COUNTER)                            \
  COUNTER(Count, accesses, "accesses", "reads and writes") \
  COUNTER(Count, lock_waits, "lock_waits", "locks that somebody held, and unlocks that woke somebody")
// clang-format on
DSMSIM_COUNTERS(LocalCounters, LOCAL_COUNTERS)

class LocalEngine final : public Engine {
 public:
  /// Throws Error for a cluster of more than one server.
  LocalEngine(EngineContext context, LocalOptions options);

  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override;
  void reset_counters() override { counters_ = {}; }
  void report(CounterReport& report) const override;
  void describe_waits(WaitForGraph& graph) const override;

 private:
  struct State {
    std::uint64_t stamp = 0;  ///< of the last write
    ThreadId holder;          ///< of the exclusive lock
    bool live = false;
  };
  struct Reader {
    ObjectId object;
    ThreadId thread;
    bool operator==(const Reader&) const = default;
  };
  struct Word {
    ObjectId object;
    Bytes offset;
    auto operator<=>(const Word&) const = default;
  };

  [[noreturn]] void reject(const Thread& thread, const Op& op, const std::string& why) const;
  State& check(const Thread& thread, const Op& op);
  Duration allocate(const Thread& thread, const Op& op);
  MaybeDuration try_lock(const Thread& thread, Op& op);
  Duration access(State& state, Op& op);
  std::uint64_t next_stamp(const Op& op);
  void take(const Thread& thread, const Op& op);
  void unlock(const Thread& thread, const Op& op);
  std::uint64_t atomic(const Op& op);
  Duration atomic_cost() const { return profile_.touch(Bytes(8)) + options_.local_atomic; }
  Duration lock_cost() const { return options_.free_locks ? Duration() : atomic_cost(); }
  /// Its holder has the word in its cache.
  Duration unlock_cost() const { return options_.free_locks ? Duration() : options_.local_atomic; }

  EventQueue& queue_;
  const ObjectTable& sizes_;
  Witness* witness_;
  const ServerProfile& profile_;
  LocalOptions options_;
  std::vector<State> objects_;
  BorrowTable locks_;
  std::vector<Reader> readers_;
  std::map<Word, std::uint64_t> atomics_;
  Bytes used_;
  std::uint64_t last_stamp_ = 0;
  LocalCounters counters_;
};

}  // namespace dsmsim
