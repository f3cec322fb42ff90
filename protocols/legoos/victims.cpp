// The victim cache (managers/processor/pcache/victim.c): lines that were evicted wait in a few
// pages of local memory, and a daemon writes the dirty ones back, one after the other. A fault on
// such a page copies it back. What has been written back goes when the place is needed, the oldest
// first.

#include <algorithm>

#include "protocols/legoos/engine.hpp"

namespace dsmsim {

using legoos::Step;
using legoos::Victim;

Task<> LegoosEngine::put_aside(Thread& thread, Core& core, Line& victim) {
  while (victims_.size() >= options_.victim_lines && !drop_oldest_flushed()) {
    ++counters_.victim_waits;
    co_await wait(core, Wait::victim, 0);
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  const bool dirty = victim.dirty.any();
  victims_.push_back({victim.page, victim.contents[0],
                      dirty ? Victim::State::waiting : Victim::State::flushed,
                      dirty ? victim.data.leave(traffic(), legoos::kPage) : Cause::none});
  unmap_line(victim);
  counters_.evicted_clean += dirty ? 0 : 1;
  co_await spend(thread, costs().unmap + shootdown(NodeId(0)), Category::fault);
  co_await spend(thread, costs().copy, Category::copy);
  if (!flushing_victims_) {
    flushing_victims_ = true;
    cluster().simulation().spawn(flush_victims());
  }
}

bool LegoosEngine::drop_oldest_flushed() {
  const bool early = mutated("legoos.drop_unflushed");
  const auto oldest = std::find_if(victims_.begin(), victims_.end(), [early](const Victim& victim) {
    return early || victim.state == Victim::State::flushed;
  });
  if (oldest == victims_.end()) {
    return false;
  }
  victims_.erase(oldest);
  return true;
}

/// The latest, if it is there.
const Victim* LegoosEngine::victim_of(PageNumber page) const {
  const auto latest = std::find_if(victims_.rbegin(), victims_.rend(),
                                   [page](const Victim& victim) { return victim.page == page; });
  return latest == victims_.rend() ? nullptr : &*latest;
}

Task<> LegoosEngine::flush_victims() {
  const auto is = [](Victim::State state) {
    return [state](const Victim& victim) { return victim.state == state; };
  };
  for (;;) {
    const auto next = std::find_if(victims_.begin(), victims_.end(), is(Victim::State::waiting));
    if (next == victims_.end()) {
      break;
    }
    next->state = Victim::State::flushing;
    victim_flusher_.step = Step::evicting;
    co_await flush(nullptr, victim_flusher_, {next->page, next->contents, next->cause});
    const auto flushed =
        std::find_if(victims_.begin(), victims_.end(), is(Victim::State::flushing));
    if (flushed != victims_.end()) {
      flushed->state = Victim::State::flushed;
    }
    wake_all(Wait::victim, 0);
  }
  victim_flusher_.step = Step::none;
  flushing_victims_ = false;
}

}  // namespace dsmsim
