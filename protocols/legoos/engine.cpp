#include "protocols/legoos/engine.hpp"

#include <algorithm>
#include <string>

#include "protocols/legoos/manager.hpp"
#include "protocols/legoos/mutants.hpp"
#include "protocols/legoos/storage.hpp"
#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {

using legoos::kPage;
using legoos::kRegion;
using legoos::MemoryServer;
using legoos::Station;
using legoos::System;

namespace {

std::size_t memory_servers(const Cluster& cluster) {
  if (cluster.servers() < 2) {
    throw Misfit(
        "",
        "legoos: one server computes and all others hold memory, so it needs at least two servers");
  }
  return cluster.servers() - 1;
}

NodeId manager_server(const Cluster& cluster, const LegoosOptions& options) {
  const auto last = static_cast<std::uint32_t>(cluster.servers() - 1);
  if (options.manager.value_or(last) > last) {
    throw Misfit("/manager", "legoos: the manager is to be on server " +
                                 std::to_string(*options.manager) + ", but the servers are 0 to " +
                                 std::to_string(last));
  }
  return NodeId(options.manager.value_or(last));
}

/// Invalid: nobody needs one.
NodeId storage_server(const Cluster& cluster, const LegoosOptions& options) {
  const bool replicated = options.replication != LegoosReplication::none;
  if (!replicated && !options.files) {
    return {};
  }
  const auto last = static_cast<std::uint32_t>(cluster.servers() - 1);
  if (cluster.servers() < 3) {
    throw Misfit(
        replicated ? "/replication" : "/files",
        "legoos: files need at least three servers: one that computes, one with memory, and one "
        "that stores them");
  }
  if (replicated && cluster.servers() < 4) {
    throw Misfit(
        "/replication",
        "legoos: replication needs at least four servers: one that computes, two with memory, and "
        "one that stores their logs");
  }
  if (options.storage.value_or(last) > last) {
    throw Misfit("/storage", "legoos: logs and files are to be stored on server " +
                                 std::to_string(*options.storage) + ", but the servers are 0 to " +
                                 std::to_string(last));
  }
  return NodeId(options.storage.value_or(last));
}

/// GiB of address space: all memory several times over, for each kind of object takes its own.
std::size_t regions(const Cluster& cluster) {
  const std::uint64_t memory = cluster.profile().memory.count() * memory_servers(cluster);
  const std::uint64_t regions = 4 * (memory / kRegion.count()) + 64;
  check_host_memory(saturated_product(regions, Bytes(2 * sizeof(NodeId))), "",
                    "legoos: the address space of " + std::to_string(regions) + " GiB");
  return static_cast<std::size_t>(regions);
}

/// The daemon that sweeps is pinned, and rests by spinning (evict_lru.c): it never gives a core
/// back.
Task<> keep_core(Cpu& cpu) {
  cpu.enter();
  co_await cpu.acquire();
}

void give_core_to_sweeps(Cluster& cluster, const LegoosOptions& options) {
  if (options.replacement != LegoosReplacement::lru) {
    return;
  }
  if (cluster.profile().cores < 2) {
    throw Error(
        "legoos: the sweeps of replacement: lru take a core of their own, and the server that "
        "computes has only one");
  }
  cluster.simulation().spawn(keep_core(cluster.cpu(NodeId(0))));
}

}  // namespace

LegoosEngine::LegoosEngine(EngineContext context, LegoosOptions options)
    : PagedEngine(context, "legoos",
                  {.shape = paging::PageShape(kPage, kPage),
                   .recency = options.replacement == LegoosReplacement::lru,
                   .local_atomic = {},
                   .farther = {},
                   .names_by_line = false,
                   .cpu_caches = options.cpu_caches}),
      options_(std::move(options)),
      cache_(options_.cache.count() / kPage.count(), options_.ways),
      classes_(paging::heap_classes(kPage, options_.grant)),
      heap_(classes_, Bytes(0), kRegion * regions(context.cluster)) {
  memory_servers(context.cluster);
  give_core_to_sweeps(context.cluster, options_);
  const auto servers = static_cast<std::uint32_t>(context.cluster.servers());
  system_ = std::make_unique<System>(
      context.cluster.fabric(), options_, Mutant(context.mutant, legoos_mutants()),
      manager_server(context.cluster, options_), servers, regions(context.cluster));
  system_->stations[0] = std::make_unique<Station>(*system_, NodeId(0), nullptr, 0);
  const NodeId storage = storage_server(context.cluster, options_);
  for (std::uint32_t i = 1; i < servers; ++i) {
    stop_if_asked();
    if (NodeId(i) != storage) {
      system_->memory[i] =
          std::make_unique<MemoryServer>(*system_, NodeId(i), context.cluster.profile().memory);
    }
  }
  capacity_ = kPage * (context.cluster.profile().memory.count() / kPage.count()) *
              system_->memory_servers();
  if (capacity_ == Bytes(0)) {
    throw Misfit("", "legoos: a memory server of " + to_string(context.cluster.profile().memory) +
                         " has no room for a page of " + to_string(kPage));
  }
  system_->home = system_->memory_after(NodeId(0));
  if (storage.valid()) {
    system_->storage = std::make_unique<legoos::Storage>(*system_, storage);
  }
  system_->manager = std::make_unique<legoos::Manager>(*system_);
  system_->witness = context.witness;
  regions_ = system_->space.owners();
  station().enlist(replacing_);
  station().enlist(victim_flusher_);
  station().enlist(announcer_);
}

LegoosEngine::~LegoosEngine() = default;

LegoosEngine::Core& LegoosEngine::core_of(const Thread& thread) {
  const std::size_t index = thread.id().index();
  if (index >= cores_.size()) {
    cores_.resize(index + 1);
  }
  if (cores_[index] == nullptr) {
    cores_[index] = std::make_unique<Core>();
    cores_[index]->thread = thread.id();
    station().enlist(*cores_[index]);
  }
  return *cores_[index];
}

// ---- waiting

void LegoosEngine::wake_all(Wait what, std::uint64_t which) {
  while (wake_first(what, which) != nullptr) {
  }
}

LegoosEngine::Core* LegoosEngine::wake_first(Wait what, std::uint64_t which) {
  const auto first =
      std::find_if(waiting_.begin(), waiting_.end(), [=](const legoos::Waiting& waiting) {
        return waiting.what == what && waiting.which == which;
      });
  if (first == waiting_.end()) {
    return nullptr;
  }
  Core* const core = first->core;
  queue().wake(first->handle);
  waiting_.erase(first);
  return core;
}

// ---- counters

void LegoosEngine::reset_counters() {
  counters_ = {};
  system_->manager->reset_counters();
  if (system_->storage != nullptr) {
    system_->storage->reset_counters();
  }
  for (const auto& memory : system_->memory) {
    if (memory != nullptr) {
      memory->reset_counters();
    }
  }
}

void LegoosEngine::report(CounterReport& report) const {
  Counters all = counters_;
  for (const auto& memory : system_->memory) {
    if (memory != nullptr) {
      all.used += memory->used();
      all.reports += memory->counters().reports;
      all.logged += memory->log().appended();
      all.dropped += memory->log().dropped();
    }
  }
  all.consults = system_->manager->consults();
  all.stored = system_->storage == nullptr ? 0 : system_->storage->entries();
  report.add<legoos::CoreCounters>(all);
  report_memory(report);
  report.add<legoos::ReplicaCounters>(all);
  if (options_.files) {
    report_files(report);
  }
}

/// How the program's memory lies on the memory servers: by server, what is mapped there and what
/// has been touched.
void LegoosEngine::report_memory(CounterReport& report) const {
  for (const auto& memory : system_->memory) {
    if (memory != nullptr) {
      const std::string server =
          std::string(legoos::kMemoryRow.name) + "." + std::to_string(memory->server().value());
      report.add(server + ".mapped", system_->space.mapped(memory->server()).count());
      report.add(server + ".used", memory->used().count());
    }
  }
}

void LegoosEngine::report_files(CounterReport& report) const {
  legoos::BlockCounters all;
  for (const auto& memory : system_->memory) {
    if (memory != nullptr && memory->cache() != nullptr) {
      all += memory->cache()->counters();
    }
  }
  report.add(all);
  report.add(system_->storage->counters());
}

}  // namespace dsmsim
