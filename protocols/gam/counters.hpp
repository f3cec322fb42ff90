#pragma once
// What GAM says of a run, all servers together. Blocks are counted by where their home is; hits
// needed no message, among them accesses that were queued and found the block when they were tried
// again, as the released code counts them.

#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::gam {

// clang-format off
#define GAM_COUNTERS(COUNTER)                                                                                       \
  COUNTER(Count, local_reads, "local_reads", "blocks read whose home is here")                                      \
  COUNTER(Count, local_reads_hit, "local_reads_hit", "of these, without a message")                                 \
  COUNTER(Count, local_writes, "local_writes", "blocks written whose home is here")                                 \
  COUNTER(Count, local_writes_hit, "local_writes_hit", "of these, without a message")                               \
  COUNTER(Count, remote_reads, "remote_reads", "blocks read whose home is elsewhere")                               \
  COUNTER(Count, remote_reads_hit, "remote_reads_hit", "of these, without a message")                               \
  COUNTER(Count, remote_writes, "remote_writes", "blocks written whose home is elsewhere")                          \
  COUNTER(Count, remote_writes_hit, "remote_writes_hit", "of these, without a message")                             \
  COUNTER(Count, evicted_clean, "evicted_clean", "lines that left clean")                                           \
  COUNTER(Count, evicted_dirty, "evicted_dirty", "lines that left dirty")                                           \
  COUNTER(Count, late_evictions, "late_eviction_notices", "news of an eviction that home had overtaken")            \
  COUNTER(Count, invalidated, "invalidated", "copies given up for others")                                          \
  COUNTER(Count, queued_local, "queued_local", "accesses that waited for a block at its home")                      \
  COUNTER(Count, queued_remote, "queued_remote", "requests that waited for a block")                                \
  COUNTER(Count, reruns, "reruns", "of what had waited, tried again")                                               \
  COUNTER(Count, lock_failures, "lock_failures", "locks that were not to be had at once")                           \
  COUNTER(Count, lines_limit, "cache_lines_limit", "lines that a cache may have")                                   \
  COUNTER(Count, lines_peak, "cache_lines_peak", "most lines in one cache")                                         \
  COUNTER(double, utilisation_mean, "worker_utilisation_mean", "share of the measured time that workers were busy") \
  COUNTER(double, utilisation_max, "worker_utilisation_max", "the same of the busiest worker")
// clang-format on
DSMSIM_COUNTERS(Totals, GAM_COUNTERS)

}  // namespace dsmsim::gam
