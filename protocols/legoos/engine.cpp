#include "protocols/legoos/engine.hpp"

#include <algorithm>
#include <string>

#include "protocols/legoos/mutants.hpp"
#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"

namespace dsmsim {

using legoos::kPage;
using legoos::kRegion;
using legoos::MemoryServer;
using legoos::Servers;

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

Servers make_servers(const Cluster& cluster, const LegoosOptions& options) {
  memory_servers(cluster);
  return {options, cluster.servers(), manager_server(cluster, options),
          storage_server(cluster, options)};
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
      servers_(make_servers(context.cluster, options_)),
      system_{.fabric = context.cluster.fabric(),
              .options = options_,
              .mutant = Mutant(context.mutant, legoos_mutants()),
              .types = legoos::MessageTypes(context.cluster.fabric().ledger()),
              .witness = context.witness},
      stations_(system_, servers_, context.cluster.servers()),
      station_(stations_, Servers::kCompute, nullptr, 0),
      remote_(stations_, context.cluster.servers(), regions(context.cluster),
              context.cluster.profile().memory),
      capacity_(kPage * (context.cluster.profile().memory.count() / kPage.count()) *
                servers_.memory_servers()),
      regions_(remote_.space),
      waits_(queue()),
      cache_(options_, queue()),
      evictions_(waits_),
      locks_(waits_),
      calls_(stations_, station_, regions_, waits_, evictions_, counters_),
      victims_(system_, station_, calls_, waits_, counters_),
      heap_(kPage, options_.grant, kRegion * regions(context.cluster)),
      first_touches_(system_, servers_, station_, regions_),
      recovery_(stations_, station_, servers_, regions_, waits_, remote_, evictions_, victims_,
                counters_) {
  give_core_to_sweeps(context.cluster, options_);
  if (capacity_ == Bytes(0)) {
    throw Misfit("", "legoos: a memory server of " + to_string(context.cluster.profile().memory) +
                         " has no room for a page of " + to_string(kPage));
  }
}

LegoosEngine::Core& LegoosEngine::core_of(const Thread& thread) {
  const std::size_t index = thread.id().index();
  if (index >= cores_.size()) {
    cores_.resize(index + 1);
  }
  if (cores_[index] == nullptr) {
    cores_[index] = std::make_unique<Core>();
    cores_[index]->thread = thread.id();
    station_.enlist(cores_[index]->caller);
  }
  return *cores_[index];
}

// ---- counters

void LegoosEngine::reset_counters() {
  counters_ = {};
  remote_.reset_counters();
}

void LegoosEngine::report(CounterReport& report) const {
  Counters all = counters_;
  remote_.for_each_memory([&all](const MemoryServer& memory) {
    all.used += memory.used();
    all.reports += memory.counters().reports;
    all.logged += memory.log().appended();
    all.dropped += memory.log().dropped();
  });
  all.consults = remote_.manager.consults();
  all.stored = remote_.storage == nullptr ? 0 : remote_.storage->entries();
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
  remote_.for_each_memory([&](const MemoryServer& memory) {
    const std::string server =
        std::string(legoos::kMemoryRow.name) + "." + std::to_string(memory.server().value());
    report.add(server + ".mapped", remote_.space.mapped(memory.server()).count());
    report.add(server + ".used", memory.used().count());
  });
}

void LegoosEngine::report_files(CounterReport& report) const {
  legoos::BlockCounters all;
  remote_.for_each_memory([&all](const MemoryServer& memory) {
    if (memory.cache() != nullptr) {
      all += memory.cache()->counters();
    }
  });
  report.add(all);
  report.add(remote_.storage->counters());
}

}  // namespace dsmsim
