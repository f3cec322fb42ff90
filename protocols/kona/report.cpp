// What the engine says about itself: counters, and whether it is at rest as it should be.

#include <nlohmann/json.hpp>

#include "protocols/kona/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

[[noreturn]] void not_at_rest(const std::string& what) {
  throw Error(ExitCode::incoherent, "kona is not at rest: " + what);
}

}  // namespace

void KonaEngine::reset_counters() {
  counters_ = {};
  reset_cpu_caches();
}

std::uint64_t KonaEngine::dirtied_blocks() const {
  std::uint64_t blocks = counters_.evicted_dirty;
  cache_.for_each([&](const Frame& frame) { blocks += frame.dirty.any() ? 1 : 0; });
  return blocks;
}

std::uint64_t KonaEngine::dirtied_lines() const {
  std::uint64_t lines = counters_.evicted_lines;
  cache_.for_each([&](const Frame& frame) { lines += frame.dirty.count(); });
  return lines;
}

void KonaEngine::report(nlohmann::ordered_json& json) const {
  if (const paging::CpuCaches* const caches = cpu_caches(kCompute)) {
    const auto& [reads, writes] = caches->counters().hits;
    for (const auto& [kind, hits] : {std::pair("read", reads), std::pair("write", writes)}) {
      const std::string prefix = kind;
      json[prefix + "_l1_hits"] = hits[0];
      json[prefix + "_l2_hits"] = hits[1];
      json[prefix + "_l3_hits"] = hits[2];
      json[prefix + "_l3_misses"] = hits[3];
    }
    json["lines_written_back"] = caches->counters().written_back;
  }
  json["fmem_blocks"] = cache_.frames();
  json["misses"] = counters_.misses;
  json["write_misses"] = counters_.write_misses;
  json["merged_misses"] = counters_.merged;
  json["fetches_from_log"] = counters_.from_log;
  json["full_sets"] = counters_.full_sets;
  json["evicted_clean"] = counters_.evicted_clean;
  json["evicted_dirty"] = counters_.evicted_dirty;
  json["evicted_lines"] = counters_.evicted_lines;
  json["log_writes"] = counters_.log_writes;
  json["log_stalls"] = counters_.stalls;
  json["dirtied_blocks"] = dirtied_blocks();
  json["dirtied_lines"] = dirtied_lines();
  json["page_faults"] = counters_.page_faults;
  json["write_faults"] = counters_.write_faults;
  json["tlb_shootdowns"] = counters_.shootdowns;
  json["slabs"] = slabs_in_use();
}

/// Every dirty line has been logged, applied and acknowledged exactly once, and what is clean is as
/// the memory nodes have it.
void KonaEngine::check_quiescent() const {
  if (!fetches_.empty() || !rests_.empty() || !evictions_.empty() || !room_.empty() ||
      !grants_.empty()) {
    not_at_rest("blocks are under way, or threads wait for room");
  }
  for (const auto& log : logs_) {
    if (log != nullptr && (!log->empty() || log->used() != Bytes() || !log->room.empty())) {
      not_at_rest("the log to server " + std::to_string(log->node().value()) +
                  " has entries, or somebody waits for it");
    }
  }
  check_always();
  check_images();
}

}  // namespace dsmsim
