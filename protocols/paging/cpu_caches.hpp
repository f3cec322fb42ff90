#pragma once
// The CPU caches of one server: L1 and L2 for each core, an L3 that all share.
//
// Set-associative, LRU, write-allocate, write-back, lines of 64 bytes; L3 contains what is in any
// L2, and an L2 what is in its L1. A core that writes takes the line from the others; one that
// reads what another has modified gets it through L3. Only where lines are is kept, not what is in
// them. What leaves L3 modified is written back to memory, and the owner is told.
//
// PagedEngine asks for every reference if an engine has the option cpu_caches (paged_engine.hpp).
// The latencies are those of KCacheSim (project-kona/KCacheSim at e44881d, latency.py:77-88, a 2
// GHz Skylake), cumulative: 2 ns, and 9 and 26 ns more. The sizes are a Skylake-SP's (Intel 64 and
// IA-32 Architectures Optimization Reference Manual), whose L3 does not contain the L2s, though.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocols/paging/page.hpp"
#include "sim/base/config/fields.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::paging {

struct CpuCacheLevel {
  Bytes size;
  std::uint32_t ways;
  Duration latency;  ///< of a hit, from the core on
};

struct CpuCacheOptions {
  CpuCacheLevel l1{Bytes(32 << 10), 8, Duration::picoseconds(2'000)};
  CpuCacheLevel l2{Bytes(1 << 20), 16, Duration::picoseconds(11'000)};
  CpuCacheLevel l3{Bytes(22 << 20), 11, Duration::picoseconds(37'000)};
};
void describe(config::Fields& fields, CpuCacheLevel& level);
void describe(config::Fields& fields, CpuCacheOptions& options);
/// The same caches for an engine that takes no time.
CpuCacheOptions timeless(CpuCacheOptions options);

// clang-format off
#define CPU_CACHE_COUNTERS(COUNTER)                                                      \
  COUNTER(Count, read_l1_hits, "read_l1_hits", "lines read, found in L1")                \
  COUNTER(Count, read_l2_hits, "read_l2_hits", "lines read, found in L2")                \
  COUNTER(Count, read_l3_hits, "read_l3_hits", "lines read, found in L3")                \
  COUNTER(Count, read_l3_misses, "read_l3_misses", "lines read, found in no cache")      \
  COUNTER(Count, write_l1_hits, "write_l1_hits", "lines written, found in L1")           \
  COUNTER(Count, write_l2_hits, "write_l2_hits", "lines written, found in L2")           \
  COUNTER(Count, write_l3_hits, "write_l3_hits", "lines written, found in L3")           \
  COUNTER(Count, write_l3_misses, "write_l3_misses", "lines written, found in no cache") \
  COUNTER(Count, written_back, "lines_written_back", "modified lines that left L3")
// clang-format on
DSMSIM_COUNTERS(CpuCacheReport, CPU_CACHE_COUNTERS)

class CpuCaches {
 public:
  static constexpr Bytes kLine = Bytes(64);
  /// A number of cores with caches of their own; more share those, round robin.
  static constexpr std::uint32_t kMostCores = 64;
  enum class Level : std::uint8_t { l1, l2, l3, memory };

  struct Counters {
    std::array<std::array<std::uint64_t, 4>, 2> hits = {};  ///< of reads and writes, by Level
    std::uint64_t written_back = 0;
  };

  CpuCaches(const CpuCacheOptions& options, std::uint32_t cores);

  std::uint32_t cores() const { return static_cast<std::uint32_t>(l1_.size()); }
  std::uint32_t core_of(ThreadId thread) const {
    return power_of_two_ ? thread.value() & (cores() - 1) : thread.value() % cores();
  }
  /// What a reference takes that gets there; one to memory takes its own latency beyond L3's.
  Duration latency(Level level) const {
    return latencies_[std::min<std::size_t>(static_cast<std::size_t>(level), 2)];
  }
  /// Where a core finds a line (an address / 64), which is in its L1 afterwards. Calls
  /// write_back(line) for what leaves L3 modified.
  template <class WriteBack>
  Level access(std::uint32_t core, std::uint64_t line, bool write, WriteBack write_back) {
    // The common case: it is in L1, and nobody need be told.
    if (const Entry* const entry = l1_[core].touch(line);
        entry != nullptr && (!write || entry->modified())) {
      ++counters_.hits[write ? 1 : 0][0];
      return Level::l1;
    }
    return look_up(core, line, write, write_back);
  }
  /// No cache has the lines any more. Calls write_back(line) for those that were modified.
  template <class WriteBack>
  void drop(std::uint64_t first, std::uint64_t count, WriteBack write_back) {
    for (std::uint64_t line = first; line < first + count; ++line) {
      if (remove(line)) {
        ++counters_.written_back;
        write_back(line);
      }
    }
  }
  /// Calls visit(line) for every line in L3, which are all.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const SharedEntry& entry : l3_.entries) {
      if (entry.tag != 0) {
        visit(entry.line());
      }
    }
  }

  /// Adds where the lines are, and in which order they will leave.
  void fingerprint(Fingerprint& into) const;

  const Counters& counters() const { return counters_; }
  CpuCacheReport report() const;
  void reset_counters() { counters_ = {}; }

 private:
  static constexpr std::uint64_t kModified = 1;
  /// (line + 1) * 2 + modified; 0: free.
  struct Entry {
    std::uint64_t tag = 0;
    bool holds(std::uint64_t line) const { return tag >> 1 == line + 1; }
    std::uint64_t line() const { return (tag >> 1) - 1; }
    bool modified() const { return (tag & kModified) != 0; }
  };
  struct SharedEntry : Entry {
    std::uint64_t cores = 0;  ///< that have it in their L2
  };
  /// Sets, of which each has the line that was used last first.
  template <class E>
  struct Array {
    explicit Array(const CpuCacheLevel& level)
        : ways(level.ways),
          mask(level.size.count() / (kLine.count() * level.ways) - 1),
          entries((mask + 1) * ways) {}
    E* set(std::uint64_t line) { return &entries[(line & mask) * ways]; }
    /// Null if it is not there.
    E* find(std::uint64_t line);
    /// It becomes the first of its set; null if it is not there.
    E* touch(std::uint64_t line) {
      E* const first = set(line);
      if (first->holds(line)) {
        return first;
      }
      for (std::uint32_t way = 1; way < ways; ++way) {
        if (first[way].holds(line)) {
          std::rotate(first, first + way, first + way + 1);
          return first;
        }
      }
      return nullptr;
    }
    /// The same for a line that is not there. Gives what had to go.
    E insert(std::uint64_t line);
    /// Gives what it was; a free entry if it was not there.
    E remove(std::uint64_t line);

    std::uint32_t ways;
    std::uint64_t mask;
    std::vector<E> entries;
  };

  template <class WriteBack>
  Level look_up(std::uint32_t core, std::uint64_t line, bool write, WriteBack write_back) {
    const Level level = find(core, line);
    ++counters_.hits[write ? 1 : 0][static_cast<std::size_t>(level)];
    if (level == Level::memory) {
      if (const std::optional<std::uint64_t> modified = enter_l3(line)) {
        ++counters_.written_back;
        write_back(*modified);
      }
    }
    return bring(core, line, write, level);
  }
  Level find(std::uint32_t core, std::uint64_t line);
  /// Gives the line that had to go if it was modified.
  std::optional<std::uint64_t> enter_l3(std::uint64_t line);
  Level bring(std::uint32_t core, std::uint64_t line, bool write, Level level);
  void fill(std::uint32_t core, std::uint64_t line, Level level);
  /// Takes the line from all cores but one; whether any had modified it.
  bool recall(const SharedEntry& entry, std::uint64_t but = 0);
  /// The cores may keep it; whether any had modified it.
  bool clean(const SharedEntry& entry);
  bool remove(std::uint64_t line);

  std::vector<Array<Entry>> l1_;
  std::vector<Array<Entry>> l2_;
  Array<SharedEntry> l3_;
  std::array<Duration, 3> latencies_;
  bool power_of_two_;  ///< the number of cores is a power of two
  Counters counters_;
};

}  // namespace dsmsim::paging
