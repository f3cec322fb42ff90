#pragma once
// What a piece of work gives: the CPU time that it takes, what has become of an access, and what is
// counted.

#include "protocols/gam/transactions.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::gam {

/// One piece of work of a thread or of a worker, at one moment, and the CPU time that it takes,
/// spinning for locks included.
struct Step {
  Duration spent;
  Duration list_hold;  ///< how long the lock of an LRU list is held in it
  std::uint32_t new_lines = 0;
  std::uint32_t evicted = 0;
};

/// Work under a spin lock, in a step that began `now`: who holds it already goes first.
inline void hold(FifoServer& lock, Duration work, Time now, Step& step) {
  step.spent = lock.reserve_in_turn(now + step.spent, work) + work - now;
}

/// What an access costs by itself.
enum class Path : std::uint8_t { read, write, lock, unlock };
Path path_of(AccessKind kind);

struct Outcome {
  enum Kind : std::uint8_t { done, failed, pending } kind;
  std::uint64_t version = 0;
};

struct Counters {
  /// Blocks accessed: [home elsewhere][write][hit]
  std::uint64_t accesses[2][2][2] = {};
  std::uint64_t evicted_clean = 0;
  std::uint64_t evicted_dirty = 0;
  std::uint64_t invalidated = 0;  ///< copies given up for others
  std::uint64_t queued_local = 0;
  std::uint64_t queued_remote = 0;
  std::uint64_t reruns = 0;
  std::uint64_t lock_failures = 0;
  std::uint64_t late_evictions = 0;  ///< news of an eviction that home had overtaken

  void add(const Counters& other);
};

}  // namespace dsmsim::gam
