// What the engine says about itself: counters, who waits for what, and whether the protocol is at
// rest as it should be.

#include <algorithm>
#include <string>

#include "protocols/gam/counters.hpp"
#include "protocols/gam/engine.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using gam::Counters;
using gam::DirectoryEntry;
using gam::DirectoryState;
using gam::Line;
using gam::LineState;
using gam::Node;
using gam::Sharer;

namespace {

[[noreturn]] void incoherent(const std::string& what) {
  throw Error(ExitCode::incoherent, "gam is not at rest: " + what);
}

std::string block_name(gam::GlobalAddress block) {
  return "block " + std::to_string(block.offset().count()) + " of server " +
         std::to_string(block.home().value());
}

}  // namespace

void GamEngine::reset_counters() {
  counting_since_ = queue_.now();
  for (std::size_t i = 0; i < system_.nodes.size(); ++i) {
    system_.nodes[i]->reset_counters();
    if (const WorkerPool* worker = system_.nodes[i]->worker()) {
      busy_before_[i] = worker->busy();
    }
  }
}

void GamEngine::report(CounterReport& report) const {
  Counters sum;
  std::uint64_t peak = 0;
  double busiest = 0;
  double busy = 0;
  const Duration window = system_.last_ended - counting_since_;
  for (std::size_t i = 0; i < system_.nodes.size(); ++i) {
    const Node& node = *system_.nodes[i];
    sum.add(node.counters());
    peak = std::max(peak, node.cache().peak());
    if (node.worker() != nullptr && window > Duration{}) {
      const double share = (node.worker()->busy() - busy_before_[i]).seconds() / window.seconds();
      busiest = std::max(busiest, share);
      busy += share / static_cast<double>(system_.nodes.size());
    }
  }
  const auto accesses = [&](std::size_t remote, std::size_t write, Count& all, Count& hit) {
    const auto& [misses, hits] = sum.accesses[remote][write];
    all = misses + hits;
    hit = hits;
  };
  gam::Totals totals;
  accesses(0, 0, totals.local_reads, totals.local_reads_hit);
  accesses(0, 1, totals.local_writes, totals.local_writes_hit);
  accesses(1, 0, totals.remote_reads, totals.remote_reads_hit);
  accesses(1, 1, totals.remote_writes, totals.remote_writes_hit);
  totals.evicted_clean = sum.evicted_clean;
  totals.evicted_dirty = sum.evicted_dirty;
  totals.late_evictions = sum.late_evictions;
  totals.invalidated = sum.invalidated;
  totals.queued_local = sum.queued_local;
  totals.queued_remote = sum.queued_remote;
  totals.reruns = sum.reruns;
  totals.lock_failures = sum.lock_failures;
  totals.lines_limit = system_.nodes.front()->cache().limit();
  totals.lines_peak = peak;
  totals.utilisation_mean = busy;
  totals.utilisation_max = busiest;
  report.add(totals);
}

void GamEngine::describe_waits(WaitForGraph& graph) const {
  for (const auto& thread : threads_) {
    if (thread != nullptr) {
      for (const auto& locked : thread->locked) {
        graph.held(object_name(locked.object), thread_name(thread->id, thread->node));
      }
    }
  }
}

void GamEngine::check_quiescent() const {
  for (const auto& thread : threads_) {
    if (thread != nullptr && thread->pending_writes != 0) {
      incoherent(thread_name(thread->id, thread->node) + " has writes under way");
    }
  }
  for (const auto& node : system_.nodes) {
    const std::string name = "server " + std::to_string(node->id().value());
    if (node->transactions().in_use() != 0 || node->queues().size() != 0) {
      incoherent(name + " has transactions under way or requests queued");
    }
    if (!options_.leak_shipped_lines && node->cache().leaving() != 0) {
      incoherent(name + " has lines on their way out");
    }
    check_directory(*node);
    check_cache(*node);
  }
}

/// Everybody who is listed has the copy that he is listed for.
void GamEngine::check_directory(const Node& home) const {
  home.directory().for_each([&](const DirectoryEntry& entry) {
    const bool dirty = entry.state == DirectoryState::dirty;
    const bool shared = entry.state == DirectoryState::shared;
    const std::size_t listed = entry.sharers.size();
    if (is_transient(entry.state) || (dirty && listed != 1) || (shared && listed == 0) ||
        (!dirty && !shared && listed != 0)) {
      incoherent(block_name(entry.block) + " has a state that its sharers contradict");
    }
    for (const Sharer& sharer : entry.sharers) {
      const Line* const line = node(sharer.server).cache().find(entry.block);
      if (line == nullptr || line->buffer() != sharer.buffer ||
          line->state != (dirty ? LineState::dirty : LineState::shared)) {
        incoherent(block_name(entry.block) + " is not at server " +
                   std::to_string(sharer.server.value()) + " as its home believes");
      }
    }
  });
}

/// Every copy is listed at its home, and a shared copy equals the home's memory.
void GamEngine::check_cache(const Node& node) const {
  node.cache().for_each([&](const Line& line) {
    const Node& home = this->node(line.block.home());
    const DirectoryEntry* const entry = home.directory().find(line.block);
    const std::string copy =
        "the copy of " + block_name(line.block) + " at server " + std::to_string(node.id().value());
    if (line.state != LineState::shared && line.state != LineState::dirty) {
      incoherent(copy + " is in a transient state");
    }
    if (entry == nullptr || !entry->shared_by(node.id())) {
      incoherent(copy + " is unknown to its home");
    }
    if (line.state == LineState::shared && line.version != home.memory().version(line.block)) {
      incoherent(copy + " is stale");
    }
  });
}

}  // namespace dsmsim
