#pragma once
// What can be chosen about the swap engine: the device, the kernel's reclaim, and what each step
// costs.

#include <optional>

#include "protocols/paging/cpu_caches.hpp"
#include "protocols/paging/remote_slabs.hpp"
#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

enum class SwapDeviceKind : unsigned char { ssd, ramdisk, infiniswap, fastswap };
constexpr auto config_values(SwapDeviceKind) {
  using enum SwapDeviceKind;
  return std::to_array<config::Value<SwapDeviceKind>>({
      {ssd, "ssd", "a disk of this server"},
      {ramdisk, "ramdisk", "memory of this server, behind the block layer"},
      {infiniswap, "infiniswap",
       "memory of other servers behind a block device; a disk of this server has copies"},
      {fastswap, "fastswap", "memory of other servers, without the block layer"},
  });
}

/// When a slab of Infiniswap's device gets a server.
enum class SlabMapping : unsigned char { at_once, activity };
constexpr auto config_values(SlabMapping) {
  using enum SlabMapping;
  return std::to_array<config::Value<SlabMapping>>({
      {at_once, "at_once",
       "when it is first written, without a message, as if it had been mapped long ago"},
      {activity, "activity",
       "when it is in use, by messages; until then its pages are on the disk"},
  });
}

/// Where Infiniswap's paper and its released code differ: what makes a slab hot, and how many slabs
/// more than it needs a daemon asks about.
enum class SlabRules : unsigned char { paper, released };
constexpr auto config_values(SlabRules) {
  using enum SlabRules;
  return std::to_array<config::Value<SlabRules>>({
      {paper, "paper", "hot: above hot_slab page I/O a second, on average"},
      {released, "released", "hot: after the first page I/O"},
  });
}

/// From a time on, what a memory server's own programs need, in the place of what they needed
/// before.
struct LocalDemand {
  std::uint32_t server = 1;
  Duration at;
  Bytes bytes;
};

/// Infiniswap's daemon on every memory server, which keeps memory free for the server's own
/// programs.
struct DaemonOptions {
  Bytes evict_below = Bytes(std::uint64_t{8} << 30);  ///< of free memory: it takes slabs back
  Bytes grow_above = Bytes(std::uint64_t{16} << 30);  ///< for some periods: it lends more slabs
  std::uint32_t grow_after = 20;                      ///< periods
  std::vector<LocalDemand> demand;
};

/// A device with a queue. How long a request takes and how many it answers a second are two
/// numbers: it works on several at a time, and merges neighbours.
struct DiskOptions {
  Duration read;                                 ///< of a page, by a device with nothing else to do
  Duration write;                                ///< of a page, by the same
  Rate read_rate = Rate::bits_per_second(1e18);  ///< of a device with a full queue
  Rate write_rate = Rate::bits_per_second(1e18);  ///< the same
};

/// CPU times, all of this server.
struct SwapCosts {
  Duration fault;         ///< trap, page table, return; a page that is in memory costs nothing more
  Duration zero;          ///< to clear a page
  Duration swap_in;       ///< swap cache, a free frame, mapping
  Duration block;         ///< bio and request queue, per page read or written
  Duration copy;          ///< of a page, between it and a buffer of the device
  Duration wake;          ///< interrupt, until the thread that slept goes on
  Duration scan;          ///< reclaim, per page that it looks at
  Duration unmap;         ///< of a batch of pages: a TLB shootdown
  Duration allocation;    ///< or release, by the program's allocator
  Duration local_atomic;  ///< an atomic instruction, beyond the memory access
  Duration control;       ///< Infiniswap: a control message, at either end
  Duration registration;  ///< Infiniswap: of a slab's memory with the NIC, when it is bound
};

struct SwapOptions {
  SwapDeviceKind device = SwapDeviceKind::ssd;
  Bytes cache = Bytes(64 << 20);  ///< memory of this server for the program's pages
  Bytes disk_size = Bytes(std::uint64_t{12} << 30);
  DiskOptions disk;
  std::uint32_t batch = 32;        ///< pages that reclaim takes at a time
  std::uint32_t readahead = 8;     ///< largest window; 1: none
  double watermark_scale = 0.001;  ///< of memory, between the watermarks
  std::uint64_t min_free = 0;      ///< pages: below, who faults reclaims
  // Infiniswap and Fastswap
  Bytes slab = Bytes(std::uint64_t{1} << 30);
  paging::SlabPlacement placement = paging::SlabPlacement::power_of_choices;
  std::uint32_t choices = 1;
  // Infiniswap
  SlabMapping mapping = SlabMapping::at_once;
  SlabRules rules = SlabRules::paper;
  Duration period = Duration::picoseconds(1'000'000'000'000);  ///< of looking, here and at daemons
  double hot_slab = 20;                 ///< page I/O a second, above which the paper maps a slab
  std::optional<DaemonOptions> daemon;  ///< none: servers lend all of their memory, and keep to it
  std::uint32_t contexts = 4096;        ///< requests that write to a server at a time
  /// As released: the disk's answer alone gives back the buffer from which the NIC writes
  /// (is_mq.c:78). False: repaired.
  bool reuse_context_early = false;
  bool each_look = false;  ///< every page I/O is a period, where nothing takes time (timeless())
  Bytes grant = Bytes(64 << 10);  ///< what a size class of the program's allocator takes at a time
  std::optional<paging::CpuCacheOptions> cpu_caches;  ///< none: references go to memory
  SwapCosts costs;
  config::Sources sources;
};

void describe(config::Fields& fields, LocalDemand& demand);
void describe(config::Fields& fields, DaemonOptions& daemon);
void describe(config::Fields& fields, DiskOptions& disk);
void describe(config::Fields& fields, SwapCosts& costs);
void describe(config::Fields& fields, SwapOptions& options);
/// The same protocol by software and devices that take no time.
SwapOptions timeless(SwapOptions options);

inline constexpr Bytes kSwapPage = Bytes(4096);

}  // namespace dsmsim
