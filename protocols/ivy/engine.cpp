#include "protocols/ivy/engine.hpp"

#include <algorithm>

namespace dsmsim {
namespace {

paging::SharedPagesCosts costs(const IvyCosts& c) {
  return {.fault = c.fault,
          .upgrade = c.fault,
          .unmap = [time = c.unmap](NodeId) { return time; },
          .take_line = {},
          .service = [time = c.service](NodeId, paging::PageMessageKind) { return time; },
          .put_line = {},
          .memory = c.service,
          .wake = c.service,
          .allocation = c.allocation};
}

paging::SharedPagesSetting setting(const Cluster& cluster, const IvyOptions& o) {
  const auto servers = static_cast<std::uint32_t>(cluster.servers());
  const Bytes memory = cluster.profile().memory;
  return {.name = "ivy",
          .extension = "",
          .referencing = {.shape = paging::PageShape(o.page, std::min(o.page, Bytes(64))),
                          .recency = true,
                          .local_atomic = o.costs.local_atomic,
                          .farther = {}},
          .compute_servers = servers,
          .homes = paging::servers_from(0, servers),
          .cache = o.cache == Bytes(0) ? memory : o.cache,
          .ways = o.ways,
          .upgrades = o.upgrades,
          .dirty_lines_only = false,
          .workers = o.workers,
          .grant = o.grant,
          .costs = costs(o.costs)};
}

}  // namespace

std::span<const MutantRow> ivy_mutants() { return paging::directory_mutants(); }

IvyEngine::IvyEngine(EngineContext context, const IvyOptions& options)
    : SharedPages(context, setting(context.cluster, options)) {}

}  // namespace dsmsim
