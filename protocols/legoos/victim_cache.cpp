#include "protocols/legoos/victim_cache.hpp"

#include <algorithm>

namespace dsmsim::legoos {

VictimCache::VictimCache(const System& system, Station& station, PageCalls& calls, Waits& waits,
                         Counters& counters)
    : system_(system), calls_(calls), waits_(waits), counters_(counters) {
  station.enlist(flusher_.caller);
}

Task<> VictimCache::make_room(Tally& tally, Core& core) {
  while (victims_.size() >= system_.options.victim_lines && !drop_oldest_flushed()) {
    ++counters_.victim_waits;
    co_await waits_.wait(core, Wait::victim, 0);
    tally.charge(Category::lock_wait, system_.now());
  }
}

void VictimCache::put(PageNumber page, std::uint64_t contents, bool dirty, Cause cause) {
  victims_.push_back(
      {page, contents, dirty ? Victim::State::waiting : Victim::State::flushed, cause});
}

bool VictimCache::drop_oldest_flushed() {
  const bool early = system_.mutated("legoos.drop_unflushed");
  const auto oldest = early ? victims_.begin() : first(Victim::State::flushed);
  if (oldest == victims_.end()) {
    return false;
  }
  victims_.erase(oldest);
  return true;
}

std::vector<Victim>::iterator VictimCache::first(Victim::State state) {
  return std::find_if(victims_.begin(), victims_.end(),
                      [state](const Victim& victim) { return victim.state == state; });
}

const Victim* VictimCache::find(PageNumber page) const {
  const auto latest = std::find_if(victims_.rbegin(), victims_.rend(),
                                   [page](const Victim& victim) { return victim.page == page; });
  return latest == victims_.rend() ? nullptr : &*latest;
}

bool VictimCache::is_leaving(PageNumber page) const {
  return std::any_of(victims_.begin(), victims_.end(), [page](const Victim& victim) {
    return victim.page == page && victim.state != Victim::State::flushed;
  });
}

void VictimCache::write_back() {
  if (!flushing_) {
    flushing_ = true;
    system_.spawn(flush());
  }
}

Task<> VictimCache::flush() {
  for (;;) {
    const auto next = first(Victim::State::waiting);
    if (next == victims_.end()) {
      break;
    }
    next->state = Victim::State::flushing;
    flusher_.step = Step::evicting;
    co_await calls_.flush(nullptr, flusher_, {next->page, next->contents, next->cause});
    if (const auto flushed = first(Victim::State::flushing); flushed != victims_.end()) {
      flushed->state = Victim::State::flushed;
    }
    waits_.wake_all(Wait::victim, 0);
  }
  flusher_.step = Step::none;
  flushing_ = false;
}

void VictimCache::fingerprint(Fingerprint& into) const {
  const auto& [system, calls, waits, counters, victims, flusher, flushing] = *this;
  for (const auto& [page, contents, state, cause] : victims) {
    into.add(page, contents, state);  // cause measures
  }
  into.add(victims.size());
  add(into, flusher);
  into.add(flushing ? 1 : 0);
}

}  // namespace dsmsim::legoos
