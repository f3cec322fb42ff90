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

/// Of an eviction, without its time.
void Daemon::fingerprint(Fingerprint& into, const Eviction& eviction) {
  const auto& [stage, wanted, candidates, left, since] = eviction;
  into.add(stage, wanted, left, candidates.size());
  for (const auto& [slab, level] : candidates) {
    into.add(slab, level);
  }
}

/// How far the random numbers have come is how many have been drawn.
void Daemon::fingerprint(Fingerprint& into) const {
  const auto& [slabs, most, room, taken, server, random, drawn] = *this;
  into.add(most, drawn, slabs.size());
  for (const paging::SlabNumber slab : slabs) {
    into.add(slab.value());
  }
  if (room) {
    room->fingerprint(into);
  }
  fingerprint(into, taken);
}

}  // namespace dsmsim::swap
