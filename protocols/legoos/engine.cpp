#include "protocols/legoos/engine.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
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

void LegoosEngine::report(nlohmann::ordered_json& json) const {
  std::uint64_t used = 0;
  std::uint64_t reports = 0;
  std::uint64_t logged = 0;
  std::uint64_t dropped = 0;
  for (const auto& memory : system_->memory) {
    if (memory != nullptr) {
      used += memory->used().count();
      reports += memory->counters().reports;
      logged += memory->log().appended();
      dropped += memory->log().dropped();
    }
  }
  json["misses"] = counters_.misses;
  json["zero_fills"] = counters_.zero_fills;
  json["evicted_clean"] = counters_.evicted_clean;
  json["piggybacks"] = counters_.piggybacks;
  json["flushes"] = counters_.flushes;
  json["abandoned_fills"] = counters_.abandoned;
  json["waits_for_eviction"] = counters_.eviction_waits;
  json["waits_for_line"] = counters_.line_waits;
  json["waits_for_sweep"] = counters_.sweep_waits;
  json["victim_hits"] = counters_.victim_hits;
  json["waits_for_victim_cache"] = counters_.victim_waits;
  json["waits_for_page_table"] = counters_.lock_waits;
  json["mmaps"] = counters_.maps;
  json["manager_consulted"] = system_->manager->consults();
  json["reports"] = reports;
  json["memory_used"] = used;
  report_memory(json);
  json["replicas_logged"] = logged;
  json["replicas_dropped"] = dropped;
  json["stored_pages"] = system_->storage == nullptr ? 0 : system_->storage->entries();
  json["recoveries"] = counters_.recoveries;
  if (options_.files) {
    report_files(json);
  }
}

/// How the program's memory lies on the memory servers: by server, what is mapped there and what
/// has been touched.
void LegoosEngine::report_memory(nlohmann::ordered_json& json) const {
  for (const auto& memory : system_->memory) {
    if (memory != nullptr) {
      json["memory"][std::to_string(memory->server().value())] = {
          {"mapped", system_->space.mapped(memory->server()).count()},
          {"used", memory->used().count()}};
    }
  }
}

void LegoosEngine::report_files(nlohmann::ordered_json& json) const {
  legoos::BufferCache::Counters all;
  for (const auto& memory : system_->memory) {
    if (memory != nullptr && memory->cache() != nullptr) {
      const legoos::BufferCache::Counters& one = memory->cache()->counters();
      all.hits += one.hits;
      all.read += one.read;
      all.overwritten += one.overwritten;
      all.written += one.written;
      all.evicted += one.evicted;
      all.waits += one.waits;
    }
  }
  json["block_hits"] = all.hits;
  json["blocks_read"] = all.read;
  json["blocks_overwritten"] = all.overwritten;
  json["blocks_written"] = all.written;
  json["blocks_evicted"] = all.evicted;
  json["waits_for_block"] = all.waits;
  json["storage_reads"] = system_->storage->counters().reads;
  json["storage_writes"] = system_->storage->counters().writes;
  json["storage_bytes"] = system_->storage->counters().bytes.count();
}

}  // namespace dsmsim
