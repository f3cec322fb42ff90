// How a core of the pComponent gets a line (managers/processor/pcache: alloc.c, evict.c, perset.c,
// piggyback.c).

#include "protocols/legoos/engine.hpp"

namespace dsmsim {

using legoos::Step;
using paging::Permission;

/// A free line of the set, or else that of the line which came first. Everybody evicts for himself.
Task<> LegoosEngine::take_line(Thread& thread, Core& core) {
  for (;;) {
    if (Line* const line = cache_.free_line(core.page)) {
      claim(core, *line);
      co_return;
    }
    if (const Duration rest = cache_.rest_of_sweep(core.page); rest > Duration()) {
      ++counters_.sweep_waits;
      co_await spend(thread, rest, Category::lock_wait);
      continue;
    }
    if (Line* const victim = cache_.victim_for(core.page)) {
      co_await evict(thread, core, *victim);
      claim(core, *victim);
      co_return;
    }
    ++counters_.line_waits;
    co_await waits_.wait(core, Wait::line, cache_.set_of(core.page));
    thread.tally().charge(Category::lock_wait, queue().now());
  }
}

void LegoosEngine::claim(Core& core, Line& line) {
  line.page = core.page;
  line.order = line.entered = line.seen = next_order();
  line.permission = Permission::none;
  line.busy = true;
  core.line = &line;
}

void LegoosEngine::free_line(Core& core) {
  const std::size_t set = cache_.set_of(core.page);
  core.line->page = PageNumber();
  core.line->busy = false;
  core.line = nullptr;
  waits_.wake_all(Wait::line, set);
}

Task<> LegoosEngine::evict(Thread& thread, Core& core, Line& victim) {
  victim.busy = true;
  co_await spend(thread, costs().pick, Category::fault);
  switch (options_.eviction) {
    case LegoosEviction::perset_list:
      co_return co_await evict_by_list(thread, core, victim);
    case LegoosEviction::write_protect:
      co_return co_await evict_protected(thread, core, victim);
    case LegoosEviction::victim:
      co_return co_await put_aside(thread, core, victim);
  }
}

/// Nobody can use the line from now on.
void LegoosEngine::unmap_line(Line& line) {
  line.permission = Permission::none;
  unmap(NodeId(0), line.page);
}

/// The page is in the eviction list from before it is unmapped until its memory server has it.
Task<> LegoosEngine::evict_by_list(Thread& thread, Core& core, Line& victim) {
  const PageNumber page = victim.page;
  const bool dirty = victim.dirty.any() && !mutated("legoos.evict_dirty_as_clean");
  const std::uint64_t contents = victim.contents[0];
  evictions_.begin({page, contents, dirty});
  unmap_line(victim);
  const Cause cause = dirty ? victim.data.leave(traffic(), legoos::kPage) : Cause::none;
  co_await spend(thread, costs().unmap + shootdown(NodeId(0)), Category::fault);
  if (!dirty) {
    ++counters_.evicted_clean;
    evictions_.end(page);
  } else if (options_.piggyback && !core.zero) {
    core.stash = {page, contents, cause};
  } else {
    core.step = Step::evicting;
    co_await calls_.flush(&thread.tally(), core, {page, contents, cause});
    evictions_.end(page);
  }
}

/// A dirty page can be read until its memory server has it; who writes waits.
Task<> LegoosEngine::evict_protected(Thread& thread, Core& core, Line& victim) {
  const PageNumber page = victim.page;
  const bool dirty = victim.dirty.any();
  const std::uint64_t contents = victim.contents[0];
  evictions_.begin({page, contents, dirty});
  if (dirty) {
    victim.permission = mutated("legoos.keep_writable") ? Permission::write : Permission::read;
    const Cause cause = victim.data.leave(traffic(), legoos::kPage);
    co_await spend(thread, costs().unmap + shootdown(NodeId(0)), Category::fault);
    core.step = Step::evicting;
    co_await calls_.flush(&thread.tally(), core, {page, contents, cause});
  } else {
    ++counters_.evicted_clean;
  }
  unmap_line(victim);
  co_await spend(thread, costs().unmap + shootdown(NodeId(0)), Category::fault);
  evictions_.end(page);
}

/// Into the victim cache, whose daemon writes it back.
Task<> LegoosEngine::put_aside(Thread& thread, Core& core, Line& victim) {
  co_await victims_.make_room(thread.tally(), core);
  const bool dirty = victim.dirty.any();
  victims_.put(victim.page, victim.contents[0], dirty,
               dirty ? victim.data.leave(traffic(), legoos::kPage) : Cause::none);
  unmap_line(victim);
  counters_.evicted_clean += dirty ? 0 : 1;
  co_await spend(thread, costs().unmap + shootdown(NodeId(0)), Category::fault);
  co_await spend(thread, costs().copy, Category::copy);
  victims_.write_back();
}

/// Of one page, on all cores that run threads: not on the one that sweeps, which has no page table.
Duration LegoosEngine::shootdown(NodeId server) const {
  const std::size_t sweeps = options_.replacement == LegoosReplacement::lru ? 1 : 0;
  const std::size_t others =
      cluster().profile().cores - sweeps - cluster().cpu(server).idle_cores();
  return others <= 1 ? costs().shootdown
                     : costs().interrupt + costs().per_core * static_cast<std::int64_t>(others - 2);
}

}  // namespace dsmsim
