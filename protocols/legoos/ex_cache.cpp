#include "protocols/legoos/ex_cache.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "protocols/legoos/address_space.hpp"

namespace dsmsim::legoos {

ExCache::ExCache(const LegoosOptions& options, const EventQueue& queue)
    : options_(options),
      queue_(queue),
      lines_(options.cache.count() / kPage.count(), options.ways) {}

Line* ExCache::victim_for(paging::PageNumber page) {
  if (options_.replacement == LegoosReplacement::lru) {
    sweep(page);
  }
  Line* oldest = nullptr;
  lines_.for_each_in_set(page, [&oldest](Line& line) {
    if (!line.busy && (oldest == nullptr || line.entered < oldest->entered)) {
      oldest = &line;
    }
  });
  return oldest;
}

std::uint32_t ExCache::lines_swept() const { return std::max<std::uint32_t>(options_.ways / 4, 1); }

Duration ExCache::sweep_visit() const {
  const LegoosSweep& costs = options_.costs.sweep;
  return costs.set + costs.line * static_cast<std::int64_t>(lines_swept());
}

/// Sweeps that have come to set number `set`; of the number after the last one, that have ended.
std::uint64_t ExCache::sweeps_begun(std::size_t set) const {
  const Duration whole = sweep_visit() * static_cast<std::int64_t>(lines_.sets());
  const Duration before = sweep_visit() * static_cast<std::int64_t>(set);
  const Duration since = queue_.now().since_start() + whole - before;
  return static_cast<std::uint64_t>(since / (options_.sweep_period + whole));
}

Duration ExCache::rest_of_sweep(paging::PageNumber page) const {
  const std::size_t set = lines_.set_of(page);
  const std::uint64_t begun = sweeps_begun(set);
  if (options_.replacement != LegoosReplacement::lru || begun == sweeps_begun(set + 1)) {
    return {};
  }
  const auto left = static_cast<std::int64_t>(lines_.sets() - set - 1);
  const Duration whole = sweep_visit() * static_cast<std::int64_t>(lines_.sets());
  const Duration end = (options_.sweep_period + whole) * static_cast<std::int64_t>(begun);
  return end - sweep_visit() * left - queue_.now().since_start();
}

/// The sweeps of this set that have ended since somebody last looked at it: nobody else sees them.
/// A use since then counts as one before the first of them.
void ExCache::sweep(paging::PageNumber page) {
  const std::size_t set = lines_.set_of(page);
  swept_.resize(std::max(swept_.size(), set + 1));
  const std::uint64_t now = sweeps_begun(set + 1);
  const std::uint64_t due = std::min<std::uint64_t>(now - swept_[set], options_.ways);
  swept_[set] = now;
  if (due == 0) {
    return;
  }
  boost::container::small_vector<Line*, 64> list;  // the newest first
  lines_.for_each_in_set(page, [&list](Line& line) { list.push_back(&line); });
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

/// In which order they came, and no more: what a mapped line contains is in the page table, of the
/// others nobody uses it. Sweeps are clocks.
void ExCache::fingerprint(Fingerprint& into) const {
  std::vector<const Line*> sorted;
  lines_.for_each([&sorted](const Line& line) { sorted.push_back(&line); });
  std::sort(sorted.begin(), sorted.end(),
            [](const Line* a, const Line* b) { return a->entered < b->entered; });
  for (const Line* const line : sorted) {
    const auto& [busy, entered, seen] = static_cast<const LineState&>(*line);
    into.add(line->page, busy, line->order > seen);
  }
  into.add(sorted.size());
}

}  // namespace dsmsim::legoos
