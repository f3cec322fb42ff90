// A page fault of the pComponent (managers/processor/pcache/fault.c).

#include <utility>

#include "protocols/legoos/engine.hpp"

namespace dsmsim {

using legoos::MessageKind;
using legoos::Step;
using paging::Permission;

Task<> LegoosEngine::fault(Thread& thread, PageNumber page, Permission) {
  Core& core = core_of(thread);
  co_await spend(thread, costs().fault, Category::fault);
  while (evicting(page) && !mutated("legoos.skip_eviction_wait")) {
    ++counters_.eviction_waits;
    core.page = page;
    co_await wait(core, Wait::eviction, page.value());
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
  } else if (const legoos::Victim* const victim = victim_of(core.page)) {
    ++counters_.victim_hits;
    contents = victim->contents;
    co_await spend(thread, costs().copy, Category::copy);
  } else {
    if (mutated("legoos.unlock_early")) {
      unlock(core);
    }
    co_await fetch(thread, core);
    contents = core.reply.contents;
    data.came(traffic(), thread.tally().cause(), legoos::kPage);
    ++counters_.misses;
  }
  co_await spend(thread, costs().map, Category::fault);
  map_line(core, contents, data);
  unlock(core);
  if (core.zero) {
    announce(core.page);
  }
}

/// Somebody has handled a fault on the page since this core has looked. The released code looks
/// only whether it is mapped: it may also have been evicted again, and be on its way.
bool LegoosEngine::overtaken(const Core& core) const {
  if (mutated("legoos.trust_first_look")) {
    return false;
  }
  return mapped(NodeId(0), core.page) != nullptr ||
         (evicting(core.page) && !options_.forget_late_evictions &&
          !mutated("legoos.skip_eviction_wait")) ||
         (core.zero && was_touched(core.page) && !mutated("legoos.zero_fill_again"));
}

/// The line is given back; what it has displaced must not be lost.
Task<> LegoosEngine::abandon(Thread& thread, Core& core) {
  ++counters_.abandoned;
  unlock(core);
  free_line(core);
  if (core.stash.page.valid()) {
    co_await flush_stash(thread, core, Step::abandoning);
  }
}

/// Brings the page, and takes the stash along if the two are of one server.
Task<> LegoosEngine::fetch(Thread& thread, Core& core) {
  const bool stashed = core.stash.page.valid();
  if (stashed) {
    co_await spend(thread, costs().copy, Category::copy);
  }
  do {
    co_await wait_for_owner(&thread.tally(), core, core.page);
    if (core.stash.page.valid() && owner(core.stash.page) != owner(core.page)) {
      co_await flush_stash(thread, core, Step::flushing);
    }
    if (core.stash.page.valid()) {
      co_await replicate_as_released(&thread.tally(), core, core.stash);
    }
    ask_for_page(thread, core);
    co_await answered(&thread.tally(), core);
  } while (std::exchange(core.failed, false));
  if (core.stash.page.valid()) {
    ++counters_.piggybacks;
    end_eviction(core.stash.page);
    core.stash = {};
  }
}

void LegoosEngine::ask_for_page(Thread& thread, Core& core) {
  const bool flushes = core.stash.page.valid();
  core.step = Step::fetching;
  station().ask(core, owner(core.page),
                {.kind = flushes ? MessageKind::miss_flush : MessageKind::miss,
                 .cause = core.stash.cause,
                 .page = core.page,
                 .victim = core.stash.page,
                 .contents = core.stash.contents},
                &thread.tally());
  if (flushes) {
    ask_secondary(core, core.stash);
  }
}

Task<> LegoosEngine::answered(Tally* tally, Core& core) {
  const bool logged = core.asked[1].valid();
  co_await station().answered(core);
  charge(tally, logged ? Category::acks : Category::handler, queue().now());
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
  wake_all(Wait::line, cache_.set_of(line.page));  // it can be evicted
}

// ---- the lock of a page of the page table

Task<> LegoosEngine::lock(Thread& thread, Core& core) {
  const std::uint64_t which = lock_of(core.page);
  if (which >= locks_.size()) {
    locks_.resize(which + 1);
  }
  if (locks_[which] == nullptr) {
    locks_[which] = &core;
  } else {
    ++counters_.lock_waits;
    co_await wait(core, Wait::lock, which);
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  core.locked = true;
}

/// The first who waits has it now.
void LegoosEngine::unlock(Core& core) {
  if (core.locked) {
    core.locked = false;
    const std::uint64_t which = lock_of(core.page);
    locks_[which] = wake_first(Wait::lock, which);
  }
}

}  // namespace dsmsim
