#include "protocols/legoos/page_calls.hpp"

#include <utility>

namespace dsmsim::legoos {
namespace {

Message replica_of(const Stash& dirty) {
  return {.kind = MessageKind::replica,
          .cause = dirty.cause,
          .page = dirty.page,
          .contents = dirty.contents};
}

}  // namespace

PageCalls::PageCalls(Stations& stations, Station& station, const RegionMap& regions, Waits& waits,
                     EvictionList& evictions, Counters& counters)
    : system_(stations.system()),
      servers_(stations.servers()),
      station_(station),
      regions_(regions),
      waits_(waits),
      evictions_(evictions),
      counters_(counters) {}

Task<> PageCalls::fetch(Tally& tally, Core& core) {
  const bool stashed = core.stash.page.valid();
  if (stashed) {
    co_await system_.queue().delay(system_.options.costs.copy);
    tally.charge(Category::copy, system_.now());
  }
  do {
    co_await wait_for_owner(&tally, core, core.page);
    if (core.stash.page.valid() && regions_.owner(core.stash.page) != regions_.owner(core.page)) {
      co_await flush_stash(tally, core, Step::flushing);
    }
    if (core.stash.page.valid()) {
      co_await replicate_as_released(&tally, core, core.stash);
    }
    ask_for_page(tally, core);
    co_await answered(&tally, core);
  } while (std::exchange(core.caller.failed, false));
  if (core.stash.page.valid()) {
    ++counters_.piggybacks;
    evictions_.end(core.stash.page);
    core.stash = {};
  }
}

void PageCalls::ask_for_page(Tally& tally, Core& core) {
  const bool flushes = core.stash.page.valid();
  core.step = Step::fetching;
  station_.ask(core.caller, regions_.owner(core.page),
               {.kind = flushes ? MessageKind::miss_flush : MessageKind::miss,
                .cause = core.stash.cause,
                .page = core.page,
                .victim = core.stash.page,
                .contents = core.stash.contents},
               &tally);
  if (flushes) {
    ask_secondary(core, core.stash);
  }
}

Task<> PageCalls::answered(Tally* tally, Core& core) {
  const bool logged = core.caller.asked[1].valid();
  co_await station_.answered(core.caller);
  charge(tally, logged ? Category::acks : Category::handler, system_.now());
}

Task<> PageCalls::flush(Tally* tally, Core& core, Stash dirty) {
  ++counters_.flushes;
  co_await system_.queue().delay(system_.options.costs.copy);
  charge(tally, Category::copy, system_.now());
  const Step step = core.step;
  do {
    co_await wait_for_owner(tally, core, dirty.page);
    core.step = step;
    station_.ask(core.caller, regions_.owner(dirty.page),
                 {.kind = MessageKind::flush,
                  .cause = dirty.cause,
                  .page = dirty.page,
                  .contents = dirty.contents},
                 tally);
    ask_secondary(core, dirty);
    co_await answered(tally, core);
  } while (std::exchange(core.caller.failed, false));
  co_await replicate_as_released(tally, core, dirty);
}

Task<> PageCalls::flush_stash(Tally& tally, Core& core, Step step) {
  core.step = step;
  if (step != Step::abandoning || !system_.mutated("legoos.lose_stash")) {
    co_await flush(&tally, core, core.stash);
  }
  evictions_.end(core.stash.page);
  core.stash = {};
}

// ---- so that memory survives the crash of its server

/// As in the paper: in parallel with what its server is sent; the core waits for both.
void PageCalls::ask_secondary(Core& core, const Stash& dirty) {
  const NodeId secondary = servers_.secondary_of(regions_.owner(dirty.page));
  if (system_.options.replication == LegoosReplication::paper && secondary.valid()) {
    station_.ask(core.caller, secondary, replica_of(dirty), nullptr);
  }
}

/// As released: on its own, and nobody answers, but the core waits until the message has left
/// (replication.c:36-60).
Task<> PageCalls::replicate_as_released(Tally* tally, Core& core, Stash dirty) {
  if (system_.options.replication == LegoosReplication::released) {
    const Step step = core.step;
    core.step = Step::replicating;
    co_await station_.send(servers_.secondary_of(regions_.owner(dirty.page)), replica_of(dirty));
    charge(tally, Category::acks, system_.now());
    core.step = step;
  }
}

/// Nobody may be asked for a crashed server's pages until they are elsewhere.
Task<> PageCalls::wait_for_owner(Tally* tally, Core& core, PageNumber page) {
  while (servers_.is_lost(regions_.owner(page))) {
    co_await waits_.wait(core, Wait::recovery, 0);
    charge(tally, Category::lock_wait, system_.now());
  }
}

}  // namespace dsmsim::legoos
