// Which line of a full set goes (managers/processor/pcache/evict_lru.c): the one that came first,
// for hits do not trap. For lru a sweep looks now and then which of the newest lines have been used
// since the last sweep, and moves one that has not to the end of the list.

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

/// The sweeps that were due since somebody last looked at this set: nobody else sees them. A use
/// since then counts as one before the first of them.
void LegoosEngine::sweep(PageNumber page) {
  const std::size_t set = cache_.set_of(page);
  swept_.resize(std::max(swept_.size(), set + 1));
  const auto now = static_cast<std::uint64_t>(queue().now().since_start() / options_.sweep_period);
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
  const auto scanned = static_cast<std::ptrdiff_t>(
      std::min<std::size_t>(list.size(), std::max<std::uint32_t>(options_.ways / 4, 1)));
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
