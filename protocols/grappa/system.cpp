#include "protocols/grappa/system.hpp"

#include <limits>
#include <string>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"

namespace dsmsim::grappa {
namespace {

constexpr std::uint32_t kMostCores = std::numeric_limits<std::uint16_t>::max();

std::uint32_t processes(const GrappaOptions& options, Cluster& cluster) {
  const ServerProfile& profile = cluster.profile();
  const std::uint32_t wanted = options.processes_per_server;
  if (wanted > profile.cores) {
    throw Misfit("/processes_per_server", "grappa: " + std::to_string(wanted) +
                                              " processes do not fit on the " +
                                              std::to_string(profile.cores) + " cores of a server");
  }
  const std::uint32_t each = wanted == 0 ? profile.cores : wanted;
  const std::uint64_t all = std::uint64_t{each} * cluster.servers();
  if (all > kMostCores) {
    throw Misfit("/processes_per_server", "grappa: " + std::to_string(all) +
                                              " processes; there can be " +
                                              std::to_string(kMostCores));
  }
  check_host_memory(saturated_product(cluster.servers() * cluster.servers(), Bytes(sizeof(void*))),
                    "",
                    "grappa: the links between " + std::to_string(cluster.servers()) + " servers");
  return each;
}

}  // namespace

Bytes heap_of(const GrappaOptions& options, const Cluster& cluster) {
  const auto share = static_cast<std::uint64_t>(
      static_cast<double>(cluster.profile().memory.count()) * options.heap);
  const std::uint64_t bytes = share * cluster.servers();
  return Bytes(bytes - bytes % options.block.count());
}

System system_of(const EngineContext& context, GrappaOptions options) {
  Cluster& cluster = context.cluster;
  Fabric* const fabric = cluster.has_fabric() ? &cluster.fabric() : nullptr;
  const auto servers = static_cast<std::uint32_t>(cluster.servers());
  const Layout layout(options.block, servers, processes(options, cluster));
  return {.queue = cluster.simulation().queue(),
          .fabric = fabric,
          .options = std::move(options),
          .profile = cluster.profile(),
          .mutant = Mutant(context.mutant, grappa_mutants()),
          .layout = layout,
          .packet_type = fabric == nullptr
                             ? MessageTypeId()
                             : fabric->ledger().declare("PACKET", Verb::send, Purpose::fetch)};
}

}  // namespace dsmsim::grappa
