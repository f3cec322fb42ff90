#pragma once
// What can be chosen about the LegoOS engine: the ExCache, its eviction, where memory comes from,
// and what its software costs.
//
// The defaults are the released system (Shan et al., LegoOS, OSDI 2018; WukLab/LegoOS at 1f4da865,
// sample configurations), but for `placement`. Network costs are the NIC profile's; the Costs here
// are software alone, and configs/protocols/legoos.json says where each comes from.

#include <optional>

#include "protocols/paging/cpu_caches.hpp"
#include "protocols/paging/sharing_options.hpp"
#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// CPU times of a memory server for one kind of request.
struct LegoosService {
  Duration before;  ///< from the worker's taking the request until its reply is posted
  Duration after;   ///< from the completion of the reply until the worker takes the next request
};

/// CPU times of the daemon that sweeps the sets of the ExCache for lru.
struct LegoosSweep {
  Duration set;   ///< to take a set's lock, and to move a line
  Duration line;  ///< to look at a line: reverse mapping, page table's lock, accessed bit
};

struct LegoosCosts {
  // The faulting core.
  Duration fault;       ///< trap, walk of the page table, entry of the ExCache
  Duration pick;        ///< finding a victim in the set
  Duration unmap;       ///< of the victim: page table and reverse mapping
  Duration shootdown;   ///< of its TLB entry, with no other core to interrupt
  Duration interrupt;   ///< the same with one other core
  Duration per_core;    ///< and for each core more
  Duration copy;        ///< 4 KiB, memory to memory
  Duration zero;        ///< 4 KiB
  Duration map;         ///< page table and reverse mapping of the new line
  Duration mark;        ///< of one page table entry, when memory is mapped
  Duration allocation;  ///< malloc or free that needs nothing of the system
  // Remote procedure calls.
  Duration send;  ///< the caller, until it posts
  Duration poll;  ///< the polling thread, for each message
  Duration wake;  ///< from there until who spins for the reply goes on
  LegoosService miss;
  LegoosService flush;
  LegoosService miss_flush;
  LegoosService small;  ///< every request without a page
  // The memory server's virtual memory, beyond that.
  Duration lookup;    ///< of a page in the software page table
  Duration new_page;  ///< allocating and zeroing one
  Duration manager;   ///< the global manager, for each message
  LegoosSweep sweep;
  Duration storage;  ///< the storage server, for each message
  Duration store;    ///< and for each page in it
};

/// Which line of a full set goes.
enum class LegoosReplacement { fifo, lru };
constexpr auto config_values(LegoosReplacement) {
  using enum LegoosReplacement;
  return std::to_array<config::Value<LegoosReplacement>>({
      {fifo, "fifo", "the one that came first"},
      {lru, "lru", "the same order, mended by a sweep that moves lines in use behind the others"},
  });
}
/// Where the global memory manager puts new memory. Those of the released code take the last of
/// servers that are alike, so what is allocated before anything is touched is all on one server.
enum class LegoosPlacement { spread, network_traffic_rr, pure_rr, resident_memory };
constexpr auto config_values(LegoosPlacement) {
  using enum LegoosPlacement;
  return std::to_array<config::Value<LegoosPlacement>>({
      {spread, "spread", "not in the released code: the server that has been given the least"},
      {network_traffic_rr, "network_traffic_rr",
       "the server with the fewest requests so far, for four requests in a row"},
      {pure_rr, "pure_rr", "the next server, for four requests in a row"},
      {resident_memory, "resident_memory", "the server with the most free memory"},
  });
}
/// When the home of a process asks the global memory manager.
enum class LegoosConsult { always, new_region };
constexpr auto config_values(LegoosConsult) {
  using enum LegoosConsult;
  return std::to_array<config::Value<LegoosConsult>>({
      {always, "always", "as released, for any memory"},
      {new_region, "new_region",
       "as in the paper: when the memory does not fit in a vRegion that there is"},
  });
}

/// What the program's memory is.
enum class LegoosMemory { anonymous, file };
constexpr auto config_values(LegoosMemory) {
  using enum LegoosMemory;
  return std::to_array<config::Value<LegoosMemory>>({
      {anonymous, "anonymous", "the first touch of a page finds zeros"},
      {file, "file",
       "a private mapping of a file: the first touch of a page reads it from storage, no line is "
       "zeroed"},
  });
}
/// Which memory server has a file's part of the buffer cache.
enum class LegoosFilePlacement { first, spread };
constexpr auto config_values(LegoosFilePlacement) {
  using enum LegoosFilePlacement;
  return std::to_array<config::Value<LegoosFilePlacement>>({
      {first, "first", "as released, the first one for all"},
      {spread, "spread", "file by file"},
  });
}

/// The device of the storage server, which works on one request at a time.
struct LegoosDevice {
  Duration read;   ///< until the first byte comes
  Duration write;  ///< until the first byte goes
  Rate bandwidth;
};

/// Files, and the storage server that they need.
struct LegoosFiles {
  bool buffer_cache = false;  ///< as released; else requests go on to storage as they are
  Bytes cache = Bytes(std::uint64_t{4} << 30);  ///< of each memory server, if it has one
  LegoosFilePlacement placement = LegoosFilePlacement::first;
  Bytes call = Bytes(64 << 10);  ///< of a program's request, that go to the memory server at a time
  Duration system_call;          ///< of the pComponent, without copying
  LegoosDevice device;
};

/// What becomes of memory when its server crashes.
enum class LegoosReplication { none, released, paper };
constexpr auto config_values(LegoosReplication) {
  using enum LegoosReplication;
  return std::to_array<config::Value<LegoosReplication>>({
      {none, "none", "what a crashed server had is lost"},
      {released, "released",
       "every flush is also sent to a log on a second server, best effort; nothing in the released "
       "code reads it"},
      {paper, "paper",
       "a flush waits for both, and a crashed server's memory is replayed from the log"},
  });
}

/// How a dirty line gets out of the ExCache (managers/processor/pcache/Kconfig:97-140).
enum class LegoosEviction { perset_list, victim, write_protect };
constexpr auto config_values(LegoosEviction) {
  using enum LegoosEviction;
  return std::to_array<config::Value<LegoosEviction>>({
      {perset_list, "perset_list", "unmapped at once; a list says which pages are on their way"},
      {victim, "victim",
       "copied into a small victim cache, and written back from there in the background"},
      {write_protect, "write_protect", "protected, written back, and unmapped then"},
  });
}

struct LegoosOptions {
  Bytes cache = Bytes(128 << 20);  ///< lines of the ExCache, in bytes
  std::uint32_t ways = 64;
  LegoosReplacement replacement = LegoosReplacement::fifo;
  Duration sweep_period = Duration::picoseconds(1'000'000'000'000);  ///< of lru
  LegoosEviction eviction = LegoosEviction::perset_list;
  std::uint32_t victim_lines = 8;
  /// As released: a fill that has got the lock of the page table looks only whether its page is
  /// mapped, not whether somebody has evicted it again meanwhile. False: repaired.
  bool forget_late_evictions = false;
  bool piggyback = true;          ///< a dirty line travels with the miss that displaces it
  bool zero_fill = true;          ///< first touches need no memory server ("p-local" lines)
  bool zero_fill_notify = false;  ///< and the memory server is told of them, in the background
  LegoosMemory memory = LegoosMemory::anonymous;
  std::optional<LegoosFiles> files;  ///< none: programs have no files
  std::uint32_t workers = 1;         ///< of a memory server, beside its polling thread
  bool batch_poll = false;           ///< workers do not wait until their replies have left
  Bytes grant = Bytes(128 << 10);    ///< that the program's allocator asks for at a time
  LegoosPlacement placement = LegoosPlacement::spread;
  LegoosConsult consult = LegoosConsult::always;
  std::optional<std::uint32_t> manager;  ///< its server; the last, if none is named
  Duration report_period = Duration::picoseconds(500'000'000'000);
  LegoosReplication replication = LegoosReplication::none;
  std::uint32_t log_entries = 256;       ///< pages that a log holds
  std::optional<std::uint32_t> storage;  ///< the storage server; the last, if none is named
  std::optional<paging::CpuCacheOptions> cpu_caches;  ///< none: references go to memory
  paging::SharingOptions sharing;
  LegoosCosts costs;
  config::Sources sources;

  /// Whether first touches take a zeroed line: only anonymous memory is zeros.
  bool fills_with_zeros() const { return zero_fill && memory == LegoosMemory::anonymous; }
};

void describe(config::Fields& fields, LegoosDevice& device);
void describe(config::Fields& fields, LegoosFiles& files);
void describe(config::Fields& fields, LegoosService& service);
void describe(config::Fields& fields, LegoosSweep& sweep);
void describe(config::Fields& fields, LegoosCosts& costs);
void describe(config::Fields& fields, LegoosOptions& options);
/// The same protocol by software that takes no time.
LegoosOptions timeless(LegoosOptions options);

}  // namespace dsmsim
