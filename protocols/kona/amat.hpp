#pragma once
// Average memory access time in closed form, as KCacheSim computes it (project-kona/KCacheSim at
// e44881d, gather-results.py:124-132): what the simulation must come to with one access at a time
// and a network that nothing slows down.

#include "sim/base/units.hpp"

namespace dsmsim::kona {

/// Misses over all references of a kind: not over those that reached the level.
struct MissRates {
  double l1 = 0;
  double l2 = 0;
  double l3 = 0;
  double cache = 0;  ///< of the cache of remote memory
};

struct AmatLatencies {
  Duration l1 = Duration::picoseconds(2'000);  ///< a hit; the next two come on top
  Duration l2 = Duration::picoseconds(9'000);
  Duration l3 = Duration::picoseconds(26'000);
  Duration cache;   ///< an access to the memory that caches remote memory
  Duration remote;  ///< a fetch
};

/// Of references of one kind, in nanoseconds.
constexpr double amat_ns(const AmatLatencies& t, const MissRates& m) {
  return t.l1.ns() + m.l1 * t.l2.ns() + m.l2 * t.l3.ns() + m.l3 * t.cache.ns() +
         m.cache * t.remote.ns();
}
/// Of all, with so many reads for a write.
constexpr double amat_ns(const AmatLatencies& t, const MissRates& reads, const MissRates& writes,
                         double reads_per_write) {
  return (amat_ns(t, reads) * reads_per_write + amat_ns(t, writes)) / (1 + reads_per_write);
}

}  // namespace dsmsim::kona
