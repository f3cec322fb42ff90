// A page fault of the pComponent (managers/processor/pcache/fault.c).

#include "protocols/legoos/engine.hpp"

namespace dsmsim {

using legoos::Step;
using paging::Permission;

Task<> LegoosEngine::fault(Thread& thread, PageNumber page, Permission) {
  Core& core = core_of(thread);
  co_await spend(thread, costs().fault, Category::fault);
  while (evictions_.contains(page) && !mutated("legoos.skip_eviction_wait")) {
    ++counters_.eviction_waits;
    core.page = page;
    co_await waits_.wait(core, Wait::eviction, page.value());
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  if (mapped(thread.node(), page) == nullptr) {
    core.page = page;
    core.zero =
        options_.fills_with_zeros() && (!was_touched(page) || mutated("legoos.zero_fill_again"));
    co_await fill(thread, core);
  }
  core.step = Step::none;
}

/// A line first, then the lock of the page table's page, which is held while the page is fetched.
Task<> LegoosEngine::fill(Thread& thread, Core& core) {
  co_await take_line(thread, core);
  if (core.zero) {
    co_await spend(thread, costs().zero, Category::fault);
  }
  co_await lock(thread, core);
  if (overtaken(core)) {
    co_await abandon(thread, core);
    co_return;
  }
  std::uint64_t contents = 0;
  CachedData data;
  if (core.zero) {
    ++counters_.zero_fills;
  } else if (const legoos::Victim* const victim = victims_.find(core.page)) {
    ++counters_.victim_hits;
    contents = victim->contents;
    co_await spend(thread, costs().copy, Category::copy);
  } else {
    if (mutated("legoos.unlock_early")) {
      locks_.unlock(core);
    }
    co_await calls_.fetch(thread.tally(), core);
    contents = core.caller.reply.contents;
    data.came(traffic(), thread.tally().cause(), legoos::kPage);
    ++counters_.misses;
  }
  co_await spend(thread, costs().map, Category::fault);
  map_line(core, contents, data);
  locks_.unlock(core);
  if (core.zero) {
    first_touches_.announce(core.page);
  }
}

/// Somebody has handled a fault on the page since this core has looked. The released code looks
/// only whether it is mapped: it may also have been evicted again, and be on its way.
bool LegoosEngine::overtaken(const Core& core) const {
  if (mutated("legoos.trust_first_look")) {
    return false;
  }
  return mapped(NodeId(0), core.page) != nullptr ||
         (evictions_.contains(core.page) && !options_.forget_late_evictions &&
          !mutated("legoos.skip_eviction_wait")) ||
         (core.zero && was_touched(core.page) && !mutated("legoos.zero_fill_again"));
}

/// The line is given back; what it has displaced must not be lost.
Task<> LegoosEngine::abandon(Thread& thread, Core& core) {
  ++counters_.abandoned;
  locks_.unlock(core);
  free_line(core);
  if (core.stash.page.valid()) {
    co_await calls_.flush_stash(thread.tally(), core, Step::abandoning);
  }
}

/// The page is there, clean and for writing.
void LegoosEngine::map_line(Core& core, std::uint64_t contents, const CachedData& data) {
  Line& line = *core.line;
  core.line = nullptr;
  line.busy = false;
  line.permission = Permission::write;
  line.data = data;
  line.dirty = clean();
  line.contents = blank();
  line.contents[0] = contents;
  map(NodeId(0), line);
  touched_[line.page] = 1;
  waits_.wake_all(Wait::line, cache_.set_of(line.page));  // it can be evicted
}

Task<> LegoosEngine::lock(Thread& thread, Core& core) {
  if (!locks_.try_lock(core)) {
    ++counters_.lock_waits;
    co_await waits_.wait(core, Wait::lock, legoos::PageTableLocks::lock_of(core.page));
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  core.locked = true;
}

}  // namespace dsmsim
