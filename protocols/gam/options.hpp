#pragma once
// What can be chosen about the GAM engine: sizes, policies, the released code's weak spots as
// switches, and what its software costs.
//
// The defaults are the released system (Cai et al., PVLDB 11(11), 2018; ooibc88/gam at 456b3f8).
// Network costs are the NIC profile's; the Costs here are software alone, and
// configs/protocols/gam.json says where each comes from.

#include <optional>

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/kit/slab_allocator.hpp"

namespace dsmsim {

/// CPU times of one server. A time of an access or a lock is for one block. It is paid whenever a
/// thread or the worker looks at the block for it, whether that answers it, queues it or sends an
/// order or an upgrade; only an access that takes a line pays `miss` instead.
///
/// Warm: the block is the one that the thread used last, and no other thread of the server has used
/// it since, so that the block, its entry and its line are in the processor's cache.
struct GamCosts {
  /// Of the processor that these were measured on; at another clock they take as much longer or
  /// shorter. None: they are those of the cluster's own servers.
  std::optional<double> clock_ghz;
  Duration home_read;  ///< in this server's own memory, under the directory's lock
  Duration home_write;
  Duration home_lock;
  Duration home_unlock;
  Duration cached_read;  ///< a hit: four spin locks and the LRU list
  Duration cached_write;
  Duration cached_lock;
  Duration cached_unlock;
  Duration warm_read;
  Duration warm_write;
  Duration warm_lock;
  Duration warm_unlock;
  Duration fence;
  Duration miss;         ///< of whoever takes a line, for a read, a write or a lock
  Duration evict_dirty;  ///< more, of whoever evicts a dirty line in its place
  Duration list_lock;    ///< the part of a cold hit under the lock of one LRU list; it takes two
  Duration service;      ///< of the polling worker, per message or completion
  Duration rerun;        ///< of another server's request that was queued at a busy block
  Duration wake;         ///< from the worker's notification until the thread goes on
  Duration allocate;     ///< a chunk of the local slabs, a line among them: under one lock
};

enum class GamConsistency { pso, tso };
constexpr auto config_values(GamConsistency) {
  using enum GamConsistency;
  return std::to_array<config::Value<GamConsistency>>({
      {pso, "pso", "each block by itself: a write does not wait for those before it"},
      {tso, "tso", "in program order: a fence after each write"},
  });
}
/// Where objects go that the program gives no server for.
enum class GamPlacement { local, remote, random };
constexpr auto config_values(GamPlacement) {
  using enum GamPlacement;
  return std::to_array<config::Value<GamPlacement>>({
      {local, "local", "on the server of who allocates"},
      {remote, "remote", "on another server"},
      {random, "random", "on any server"},
  });
}

struct GamOptions {
  Bytes block = Bytes(512);
  double cache_th = 0.15;  ///< share of a server's memory that may hold cache lines
  bool caching = true;     ///< false: a block of another server is given back after each access
  Bytes cache;             ///< the same as a size; zero: cache_th of the memory
  std::uint32_t lru_lists = 10;
  std::uint32_t evictions = 16;  ///< at most so many in one go
  Duration eviction_period = Duration::picoseconds(100'000'000'000);
  GamConsistency consistency = GamConsistency::pso;
  GamPlacement placement = GamPlacement::local;
  Bytes ghost_th = Bytes(1 << 20);   ///< allocation that is told to the others only when exceeded
  std::uint32_t client_handles = 0;  ///< of a server, which its threads share; zero: one for each
  SlabOptions slab;                  ///< its `block` is not used: this engine's block is
  // Weak spots of the released code that its authors knew; true is as released.
  bool read_dying_lines = false;    ///< reads hit lines that are being written back or handed over
  bool ack_locked_upgrade = false;  ///< a server that upgrades gives up its copy under a read lock
  bool leak_shipped_lines =
      false;                       ///< lines handed to a new owner raise the cache's limit for ever
  bool early_write_bytes = false;  ///< an upgrading write can be read before it is granted
  // Defects of the released code that tests of this engine found; true is as released.
  bool restore_lost_copies = false;  ///< a failed try-upgrade revives a copy invalidated meanwhile
  bool confuse_copies = false;       ///< an invalidation of an evicted copy waits for the next one:
                                     ///< deadlock
  bool home_reads_wait = false;      ///< the home's reads wait while its own write invalidates
                                     ///< copies: deadlock
  GamCosts costs;
  config::Sources sources;
};

void describe(config::Fields& fields, GamCosts& costs);
void describe(config::Fields& fields, GamOptions& options);
/// The costs on servers of this clock.
GamCosts scaled(const GamCosts& costs, double clock_ghz);
/// The same protocol by software that takes no time.
GamOptions timeless(GamOptions options);

}  // namespace dsmsim
