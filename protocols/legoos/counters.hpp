#pragma once
// What the pComponent counts, and what is counted for all servers together.

#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::legoos {

// clang-format off
#define LEGOOS_CORE_COUNTERS(COUNTER)                                                                    \
  COUNTER(Count, misses, "misses", "pages fetched")                                                      \
  COUNTER(Count, zero_fills, "zero_fills", "first touches")                                              \
  COUNTER(Count, evicted_clean, "evicted_clean", "clean lines that left")                                \
  COUNTER(Count, piggybacks, "piggybacks", "dirty lines that went with a miss")                          \
  COUNTER(Count, flushes, "flushes", "dirty lines that went alone")                                      \
  COUNTER(Count, abandoned, "abandoned_fills", "fills that found the page mapped")                       \
  COUNTER(Count, eviction_waits, "waits_for_eviction", "of a miss, for its page to have left")           \
  COUNTER(Count, line_waits, "waits_for_line", "of a miss, for a free line")                             \
  COUNTER(Count, sweep_waits, "waits_for_sweep", "of a miss, for the sweep of its set")                  \
  COUNTER(Count, victim_hits, "victim_hits", "misses that found their page in the victim cache")         \
  COUNTER(Count, victim_waits, "waits_for_victim_cache", "of an eviction, for room in the victim cache") \
  COUNTER(Count, lock_waits, "waits_for_page_table", "of a fill, for the lock of the page table")        \
  COUNTER(Count, maps, "mmaps", "calls of mmap")                                                         \
  COUNTER(Count, consults, "manager_consulted", "questions to the manager for a memory server")          \
  COUNTER(Count, reports, "reports", "of memory servers to the manager")                                 \
  COUNTER(Bytes, used, "memory_used", "in use on all memory servers")
// clang-format on
DSMSIM_COUNTERS(CoreCounters, LEGOOS_CORE_COUNTERS)
// clang-format off
#define LEGOOS_REPLICA_COUNTERS(COUNTER)                                             \
  COUNTER(Count, logged, "replicas_logged", "pages written to the logs of replicas") \
  COUNTER(Count, dropped, "replicas_dropped", "pages that the logs have given up")   \
  COUNTER(Count, stored, "stored_pages", "pages that storage has been sent")         \
  COUNTER(Count, recoveries, "recoveries", "memory servers that were replaced")
// clang-format on
DSMSIM_COUNTERS(ReplicaCounters, LEGOOS_REPLICA_COUNTERS)
struct Counters : CoreCounters, ReplicaCounters {};
/// Of memory by server, which is a group for itself.
inline constexpr CounterRow kMemoryRow = {"memory", "B",
                                          "by server: what is mapped there, and what is used"};

}  // namespace dsmsim::legoos
