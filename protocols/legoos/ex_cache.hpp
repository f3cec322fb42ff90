#pragma once
// The ExCache: the lines of the pComponent in sets, and which line of a full set goes
// (managers/processor/pcache/evict_lru.c): the one that came first, for hits do not trap. For lru a
// sweep looks now and then which of the newest lines have been used since the last sweep, and moves
// one that has not to the end of the list.
//
// Sweeps are made by a daemon with a core of its own. It visits one set after the other, each for
// the same time v, rests for `sweep_period` after the last, and begins the first after one period:
// with n sets, sweep k = 1, 2, ... has the lock of set i from k (sweep_period + n v) - n v + i v
// on, for v. Who has to evict from the set meanwhile waits. Nothing happens at these times unless
// somebody looks.
//
// Here is where pages are; who maps them, and what becomes of a victim, is the engine's business.

#include "protocols/legoos/core.hpp"
#include "protocols/paging/set_cache.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim::legoos {

class ExCache {
 public:
  ExCache(const LegoosOptions& options, const EventQueue& queue);

  std::size_t set_of(paging::PageNumber page) const { return lines_.set_of(page); }
  /// Null: there is none in the page's set.
  Line* free_line(paging::PageNumber page) { return lines_.free_frame(page); }
  /// Null: all lines of the page's set are busy.
  Line* victim_for(paging::PageNumber page);
  /// Time until the daemon that sweeps leaves the page's set; zero: it is not there.
  Duration rest_of_sweep(paging::PageNumber page) const;
  /// Calls visit(line) for every line that has a page.
  template <class Visit>
  void for_each(Visit visit) const {
    lines_.for_each(visit);
  }
  void fingerprint(Fingerprint& into) const;

 private:
  std::uint32_t lines_swept() const;
  Duration sweep_visit() const;
  std::uint64_t sweeps_begun(std::size_t set) const;
  void sweep(paging::PageNumber page);

  const LegoosOptions& options_;
  const EventQueue& queue_;
  paging::SetCache<Line> lines_;
  std::vector<std::uint64_t> swept_;  ///< by set: sweeps that have been looked at
};

}  // namespace dsmsim::legoos
