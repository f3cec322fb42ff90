#pragma once
// What DRust counts in the measured window (README.md has the rows that are named).

#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::drust {

// clang-format off
#define DRUST_COUNTERS(COUNTER)                                                                                                       \
  COUNTER(Count, local, "local_accesses", "accesses to objects in the own partition")                                                 \
  COUNTER(Count, hits, "hits", "accesses to copies that were there")                                                                  \
  COUNTER(Count, copies, "copies", "objects fetched into a cache")                                                                    \
  COUNTER(Count, moves, "moves", "objects fetched to be written")                                                                     \
  COUNTER(Count, promotions, "promotions", "copies that became the object")                                                           \
  COUNTER(Count, companions, "companions", "objects that came along with another of their group")                                     \
  COUNTER(Count, owner_updates, "owner_updates", "owners told of a move (row 11)")                                                    \
  COUNTER(Count, part_borrows, "part_borrows", "parts fetched to be written back (row 22)")                                           \
  COUNTER(Count, transfers, "transfers", "changes of the owner (row 14)")                                                             \
  COUNTER(Count, evictions, "evictions", "copies given up under pressure")                                                            \
  COUNTER(Count, invalidations, "invalidations", "copies given up because of a message")                                              \
  COUNTER(Count, colour_overflows, "colour_overflows", "moves because an object had used up its colours (row 23)")                    \
  COUNTER(Count, colour_resets, "colour_resets", "colours begun anew, since there was no room to move (row 26)")                      \
  COUNTER(Count, in_place_reads, "in_place_reads", "reads of objects that there was no room for here (row 25)")                       \
  COUNTER(Count, in_place_writes, "in_place_writes", "writes of such objects (row 24)")                                               \
  COUNTER(Count, guarded_reads, "guarded_reads", "remote reads behind a mutex (row 20)")                                              \
  COUNTER(Count, guarded_writes, "guarded_writes", "remote writes behind a mutex (row 20)")                                           \
  COUNTER(Count, unsafe_reads, "unsafe_reads", "remote reads of unsafe code (row 27)")                                                \
  COUNTER(Count, unsafe_writes, "unsafe_writes", "remote writes of unsafe code (row 27)")                                             \
  COUNTER(Count, lock_retries, "lock_retries", "attempts at a lock that failed")                                                      \
  COUNTER(Count, leases, "leases", "mode artifact: mutexes that came to a server")                                                    \
  COUNTER(Count, lease_circles, "lease_circles", "mode artifact: given back, for servers would have waited for ever")                 \
  COUNTER(Bytes, leaked, "leaked_bytes", "mode artifact: places of values behind mutexes that nobody frees")                          \
  COUNTER(Count, serialised_borrows, "serialised_borrows", "waits that Rust would have rejected the program for")                     \
  COUNTER(Count, stale_reads, "stale_reads", "reads of another write than the last")                                                  \
  COUNTER(Count, remote_allocations, "remote_allocations", "because this server's partition was full (row 18b)")                      \
  COUNTER(Count, controller_questions, "controller_questions", "for a place for a thread or memory")                                  \
  COUNTER(Count, migration_orders, "migration_orders", "of the controller")                                                           \
  COUNTER(Count, migrations, "migrations", "threads that have moved")                                                                 \
  COUNTER(Count, write_backs, "write_backs", "WRITEs to backups")                                                                     \
  COUNTER(Bytes, write_back_bytes, "write_back_bytes", "bytes of these")                                                              \
  COUNTER(Count, recoveries, "recoveries", "servers whose place another one has taken")                                               \
  COUNTER(Count, restored_objects, "restored_objects", "objects of lost servers that their backups were asked for")                   \
  COUNTER(Count, undone_objects, "undone_objects", "of these, without what was written last")                                         \
  COUNTER(Count, new_backups, "new_backups", "backups brought up")                                                                    \
  COUNTER(Bytes, backup_bytes, "backup_bytes", "sent to new backups")                                                                 \
  COUNTER(Bytes, cached_peak, "cache_bytes_peak", "most memory in copies, all servers together")                                      \
  COUNTER(double, fragmentation_internal, "fragmentation_internal", "share of the heap in use that nobody asked for, where most was") \
  COUNTER(double, fragmentation_external, "fragmentation_external", "1 - largest free block / free bytes, at the worst failure")      \
  COUNTER(Count, fragmentation_failures, "fragmentation_failures", "allocations that failed though so many bytes were free")
// clang-format on
DSMSIM_COUNTERS(Counters, DRUST_COUNTERS)

}  // namespace dsmsim::drust
