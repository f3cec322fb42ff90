#include "protocols/swap/daemon.hpp"

#include <algorithm>

#include "protocols/swap/messages.hpp"

namespace dsmsim::swap {

void Daemon::begin_eviction(std::uint64_t wanted, std::uint64_t extra, Time now) {
  eviction = {};
  eviction.stage = Eviction::Stage::asking;
  eviction.wanted = std::min<std::uint64_t>(wanted, lent.size());
  eviction.since = now;
  std::vector<paging::SlabNumber> slabs = lent;
  const std::uint64_t asked = std::min<std::uint64_t>({wanted + extra, lent.size(), kMostRegions});
  for (std::uint64_t i = 0; i < asked; ++i) {
    std::swap(slabs[i], slabs[i + random_.below(slabs.size() - i)]);
    eviction.candidates.push_back({.slab = slabs[i]});
    ++drawn_;
  }
}

void Daemon::choose() {
  eviction.stage = Eviction::Stage::stopping;
  std::stable_sort(eviction.candidates.begin(), eviction.candidates.end(),
                   [](const auto& a, const auto& b) { return a.level < b.level; });
  eviction.candidates.resize(eviction.wanted);
}

void Daemon::end_eviction() {
  for (const Eviction::Candidate& gone : eviction.candidates) {
    std::erase(lent, gone.slab);
  }
  regions -= eviction.candidates.size();
  eviction = {};
}

bool Daemon::lends(paging::SlabNumber slab) const {
  return std::find(lent.begin(), lent.end(), slab) != lent.end();
}

void Daemon::lose() {
  lent.clear();
  regions = 0;
  eviction = {};
}

void Daemon::fingerprint(Fingerprint& into) const {
  for (const paging::SlabNumber slab : lent) {
    into.add(slab.value());
  }
  into.add(regions);
  into.add(drawn_);
  if (headroom) {
    headroom->fingerprint(into);
  }
  into.add(static_cast<std::uint64_t>(eviction.stage));
  into.add(eviction.wanted);
  into.add(eviction.left);
  for (const Eviction::Candidate& candidate : eviction.candidates) {
    into.add(candidate.slab.value());
    into.add(candidate.level);
  }
}

}  // namespace dsmsim::swap
