// What the engine says about itself: counters, and whether it is at rest as it should be.

#include "protocols/kona/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

[[noreturn]] void not_at_rest(const std::string& what) {
  throw Error(ExitCode::incoherent, "kona is not at rest: " + what);
}

}  // namespace

void KonaEngine::reset_counters() {
  system_.counters = {};
  reset_cpu_caches();
}

std::uint64_t KonaEngine::dirtied_blocks() const {
  std::uint64_t blocks = system_.counters.evicted_dirty;
  cache_.for_each([&](const Frame& frame) { blocks += frame.dirty.any() ? 1 : 0; });
  return blocks;
}

std::uint64_t KonaEngine::dirtied_lines() const {
  std::uint64_t lines = system_.counters.evicted_lines;
  cache_.for_each([&](const Frame& frame) { lines += frame.dirty.count(); });
  return lines;
}

void KonaEngine::report(CounterReport& report) const {
  if (const paging::CpuCaches* const caches = cpu_caches(kCompute)) {
    report.add(caches->report());
  }
  KonaCounters all = system_.counters;
  all.fmem_blocks = cache_.frames();
  all.dirtied_blocks = dirtied_blocks();
  all.dirtied_lines = dirtied_lines();
  all.slabs = slabs_.in_use();
  report.add(all);
}

/// Every dirty line has been logged, applied and acknowledged exactly once, and what is clean is as
/// the memory nodes have it.
void KonaEngine::check_quiescent() const {
  if (!fetches_.empty() || !rests_.empty() || !evictions_.empty() || !room_.empty() ||
      slabs_.is_awaited()) {
    not_at_rest("blocks are under way, or threads wait for room");
  }
  for (const auto& log : logs_.all()) {
    if (!log->empty() || log->used() != Bytes() || !log->room.empty()) {
      not_at_rest("the log to server " + std::to_string(log->node().value()) +
                  " has entries, or somebody waits for it");
    }
  }
  check_always();
  check_images();
}

}  // namespace dsmsim
