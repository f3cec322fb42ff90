// Which line of a full set goes (managers/processor/pcache/evict_lru.c): the one that came first,
// for hits do not trap. For lru a sweep looks now and then which of the newest lines have been used
// since the last sweep, and moves one that has not to the end of the list.
//
// Sweeps are made by a daemon with a core of its own. It visits one set after the other, each for
// the same time v, rests for `sweep_period` after the last, and begins the first after one period:
// with n sets, sweep k = 1, 2, ... has the lock of set i from k (sweep_period + n v) - n v + i v
// on, for v. Who has to evict from the set meanwhile waits. Nothing happens at these times unless
// somebody looks.

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "protocols/legoos/engine.hpp"

namespace dsmsim {

LegoosEngine::Line* LegoosEngine::victim_for(PageNumber page) {
  if (options_.replacement == LegoosReplacement::lru) {
    sweep(page);
  }
  Line* oldest = nullptr;
  cache_.for_each_in_set(page, [&oldest](Line& line) {
    if (!line.busy && (oldest == nullptr || line.entered < oldest->entered)) {
      oldest = &line;
    }
  });
  return oldest;
}

std::uint32_t LegoosEngine::lines_swept() const {
  return std::max<std::uint32_t>(options_.ways / 4, 1);
}

/// Sweeps that have come to set number `set`; of the number after the last one, that have ended.
std::uint64_t LegoosEngine::sweeps_begun(std::size_t set) const {
  const Duration whole = sweep_visit() * static_cast<std::int64_t>(cache_.sets());
  const Duration before = sweep_visit() * static_cast<std::int64_t>(set);
  const Duration since = queue().now().since_start() + whole - before;
  return static_cast<std::uint64_t>(since / (options_.sweep_period + whole));
}

/// Time until the daemon leaves the page's set; zero: it is not there.
Duration LegoosEngine::rest_of_sweep(PageNumber page) const {
  const std::size_t set = cache_.set_of(page);
  const std::uint64_t begun = sweeps_begun(set);
  if (options_.replacement != LegoosReplacement::lru || begun == sweeps_begun(set + 1)) {
    return {};
  }
  const auto left = static_cast<std::int64_t>(cache_.sets() - set - 1);
  const Duration whole = sweep_visit() * static_cast<std::int64_t>(cache_.sets());
  const Duration end = (options_.sweep_period + whole) * static_cast<std::int64_t>(begun);
  return end - sweep_visit() * left - queue().now().since_start();
}

/// The sweeps of this set that have ended since somebody last looked at it: nobody else sees them.
/// A use since then counts as one before the first of them.
void LegoosEngine::sweep(PageNumber page) {
  const std::size_t set = cache_.set_of(page);
  swept_.resize(std::max(swept_.size(), set + 1));
  const std::uint64_t now = sweeps_begun(set + 1);
  const std::uint64_t due = std::min<std::uint64_t>(now - swept_[set], options_.ways);
  swept_[set] = now;
  if (due == 0) {
    return;
  }
  boost::container::small_vector<Line*, 64> list;  // the newest first
  cache_.for_each_in_set(page, [&list](Line& line) { list.push_back(&line); });
  std::sort(list.begin(), list.end(),
            [](const Line* a, const Line* b) { return a->entered > b->entered; });
  boost::container::small_vector<std::uint64_t, 64> places;
  for (const Line* const line : list) {
    places.push_back(line->entered);
  }
  const auto scanned =
      static_cast<std::ptrdiff_t>(std::min<std::size_t>(list.size(), lines_swept()));
  for (std::uint64_t i = 0; i < due; ++i) {
    const auto idle = std::find_if(list.begin(), list.begin() + scanned,
                                   [](const Line* line) { return line->order == line->seen; });
    std::for_each(list.begin(), list.begin() + scanned,
                  [](Line* line) { line->seen = line->order; });
    if (idle != list.begin() + scanned) {
      std::rotate(idle, idle + 1, list.end());
    }
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i]->entered = places[i];
  }
}

}  // namespace dsmsim
