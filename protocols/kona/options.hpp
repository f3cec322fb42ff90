#pragma once
// What can be chosen about the Kona engine: variant, sizes, policies, and what its software and its
// FPGA cost.
//
// Calciu et al., "Rethinking Software Runtimes for Disaggregated Memory", ASPLOS 2021, and its
// artifact (project-kona/KCacheSim at e44881d). What neither of them says is assumed, and
// configs/protocols/kona.json says which that is.

#include <optional>
#include <vector>

#include "protocols/paging/cpu_caches.hpp"
#include "protocols/paging/remote_slabs.hpp"
#include "protocols/paging/sharing_options.hpp"
#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

enum class KonaVariant { kona, kona_main, kona_vm };
constexpr auto config_values(KonaVariant) {
  using enum KonaVariant;
  return std::to_array<config::Value<KonaVariant>>({
      {kona, "kona", "FMem behind the FPGA, one NUMA hop away"},
      {kona_main, "kona-main", "the same with FMem as near as main memory (hypothetical)"},
      {kona_vm, "kona-vm",
       "the same runtime on virtual memory: page faults, write protection, whole pages"},
  });
}
/// What a fetch does that meets lines of its block in the log.
enum class KonaRefetch { from_log, wait };
constexpr auto config_values(KonaRefetch) {
  using enum KonaRefetch;
  return std::to_array<config::Value<KonaRefetch>>({
      {from_log, "from_log", "takes them from the log"},
      {wait, "wait", "waits until the memory node has applied them"},
  });
}
/// How long a fetch takes.
enum class KonaFetch { fabric, flat };
constexpr auto config_values(KonaFetch) {
  using enum KonaFetch;
  return std::to_array<config::Value<KonaFetch>>({
      {fabric, "fabric", "an RDMA READ through the simulated network"},
      {flat, "flat", "what a table says, however busy anything is, as KCacheSim has it"},
  });
}

struct KonaLatency {
  Bytes size;
  Duration latency;
};

struct KonaFetchOptions {
  KonaFetch model = KonaFetch::fabric;
  std::vector<KonaLatency> flat;  ///< by size, ascending; straight lines between them

  /// Of the flat model. Sizes beyond the table continue its last line, those before it are as its
  /// first.
  Duration latency(Bytes size) const;
};

/// A fault of kona-vm, which is handled in user space (userfaultfd). What `handler` says is done by
/// a thread that handles all faults; the rest by the thread that has faulted.
struct KonaFaultCosts {
  Duration trap;     ///< until the kernel has queued the event
  Duration notify;   ///< handler: a switch to it, and a system call that reads the event
  Duration copy;     ///< handler: the system call that copies a page and maps it
  Duration protect;  ///< handler: the one that lets a page be written
  Duration wake;     ///< a switch back, and the return from the trap
};

/// CPU times beside the memory accesses of programs.
struct KonaCosts {
  Duration allocation;    ///< malloc or free of an object
  Duration local_atomic;  ///< atomic instruction, beyond the memory access
  // Eviction, by a thread of KLib on a core of its own.
  Duration snoop;  ///< a block's lines are taken out of the CPU caches
  Duration scan;   ///< its bitmap is read
  Duration copy;   ///< a dirty line goes into the log
  // Memory node and rack controller.
  Duration receive;  ///< the log receiver finds a batch
  Duration unpack;   ///< it puts a line in its place
  Duration grant;    ///< the controller places a batch of slabs
  // kona-vm only.
  KonaFaultCosts fault;  ///< of a page that is not there, and of one that is write-protected
  Duration shootdown;    ///< an evicted page leaves all TLBs
};

struct KonaOptions {
  KonaVariant variant = KonaVariant::kona;
  Bytes block = Bytes(4096);  ///< unit of fetching; a power of two
  double fmem_share = 0.25;   ///< of a server's memory
  Bytes fmem;                 ///< the same as a size; zero: fmem_share of the memory
  std::uint32_t ways = 4;
  std::optional<paging::CpuCacheOptions> cpu_caches;      ///< none: references go to FMem
  Duration fmem_penalty = Duration::picoseconds(48'000);  ///< over main memory; variant kona only
  std::uint32_t fetches = 64;                             ///< under way at a time (MSHRs)
  bool critical_line_first = false;  ///< one READ for the line that is waited for, one for the rest
  KonaFetchOptions fetch;
  KonaRefetch refetch = KonaRefetch::from_log;
  Bytes log = Bytes(1 << 20);    ///< for each memory node
  Bytes batch = Bytes(8 << 10);  ///< a log write goes out with at least so many bytes,
  Duration batch_timeout = Duration::picoseconds(20'000'000);  ///< or this long after its first
  std::uint32_t evictors = 1;                                  ///< KLib threads that evict
  std::uint32_t fault_handlers = 1;  ///< and that handle page faults; kona-vm only
  paging::SlabMapOptions slabs;
  std::uint32_t slab_batch = 4;             ///< that the controller is asked for at a time
  std::uint32_t slabs_ahead = 2;            ///< asked for when fewer are left
  std::optional<std::uint32_t> controller;  ///< server; none: the last
  paging::SharingOptions sharing;
  KonaCosts costs;
  config::Sources sources;
};

void describe(config::Fields& fields, KonaLatency& latency);
void describe(config::Fields& fields, KonaFetchOptions& options);
void describe(config::Fields& fields, KonaFaultCosts& costs);
void describe(config::Fields& fields, KonaCosts& costs);
void describe(config::Fields& fields, KonaOptions& options);
/// The same protocol by software and memory that take no time. A log receiver takes a moment, so
/// that who explores orders can choose when it works.
KonaOptions timeless(KonaOptions options);

}  // namespace dsmsim
