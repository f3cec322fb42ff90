#pragma once
// What is counted.

#include "sim/dsm/contract/counters.hpp"

namespace dsmsim {

/// Since the measured part of the run began; what has to be looked at is set by report().
// clang-format off
#define KONA_COUNTERS(COUNTER)                                                                       \
  COUNTER(Count, fmem_blocks, "fmem_blocks", "frames of the cache")                                  \
  COUNTER(Count, misses, "misses", "blocks fetched")                                                 \
  COUNTER(Count, write_misses, "write_misses", "of these, for a store")                              \
  COUNTER(Count, merged, "merged_misses", "threads that joined a fetch")                             \
  COUNTER(Count, from_log, "fetches_from_log", "fetches that found lines of their block in the log") \
  COUNTER(Count, full_sets, "full_sets", "times a miss waited for a frame or a place for its fetch") \
  COUNTER(Count, evicted_clean, "evicted_clean", "blocks that left the cache clean")                 \
  COUNTER(Count, evicted_dirty, "evicted_dirty", "blocks that left it dirty")                        \
  COUNTER(Count, evicted_lines, "evicted_lines", "dirty lines of these")                             \
  COUNTER(Count, log_writes, "log_writes", "batches written to logs")                                \
  COUNTER(Count, stalls, "log_stalls", "times an evictor waited for room in a log")                  \
  COUNTER(Count, dirtied_blocks, "dirtied_blocks", "blocks that were or are dirty")                  \
  COUNTER(Count, dirtied_lines, "dirtied_lines", "lines that were or are dirty")                     \
  COUNTER(Count, page_faults, "page_faults", "kona-vm: of pages that were not mapped")               \
  COUNTER(Count, write_faults, "write_faults", "kona-vm: of pages that were mapped for reading")     \
  COUNTER(Count, shootdowns, "tlb_shootdowns", "kona-vm: pages unmapped on all cores")               \
  COUNTER(Count, slabs, "slabs", "of the memory nodes, in use")
// clang-format on
DSMSIM_COUNTERS(KonaCounters, KONA_COUNTERS)

}  // namespace dsmsim
