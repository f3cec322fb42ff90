#include "protocols/legoos/shared.hpp"

#include "protocols/legoos/address_space.hpp"
#include "protocols/paging/sharing_options.hpp"

namespace dsmsim {
namespace {

using legoos::kPage;
using paging::PageMessageKind;

/// Of one page, on all cores of its server that run threads.
Duration unmap_time(const LegoosCosts& c, Cluster& cluster, NodeId server) {
  const std::size_t others = cluster.profile().cores - cluster.cpu(server).idle_cores();
  return c.unmap + (others <= 1 ? c.shootdown
                                : c.interrupt + c.per_core * static_cast<std::int64_t>(others - 2));
}

/// What a message costs is what the same step costs without sharing: a memory server's worker
/// answers a miss, a flush or a small request; a polling thread takes what comes to a pComponent.
Duration service_time(const LegoosCosts& c, Cluster& cluster, NodeId server, PageMessageKind kind) {
  switch (kind) {
    case PageMessageKind::read_fault:
    case PageMessageKind::write_fault:
      return c.miss.before + c.lookup;
    case PageMessageKind::write_back:
      return c.flush.before + c.lookup;
    case PageMessageKind::invalidated:
    case PageMessageKind::confirmation:
      return c.small.before;
    case PageMessageKind::fetch_copy:
    case PageMessageKind::fetch_page:
    case PageMessageKind::invalidate:
      return c.poll + unmap_time(c, cluster, server);
    case PageMessageKind::copy:
    case PageMessageKind::page:
    case PageMessageKind::grant:
    case PageMessageKind::written_back:
      break;
  }
  return c.poll;
}

paging::SharedPagesCosts costs(const LegoosCosts& c, Cluster& cluster) {
  const Duration request = c.fault + c.send + c.wake + c.map;
  return {.fault = request,
          .upgrade = request,
          .unmap = [c, &cluster](NodeId server) { return c.pick + unmap_time(c, cluster, server); },
          .take_line = {},
          .service = [c, &cluster](
                         NodeId server,
                         PageMessageKind kind) { return service_time(c, cluster, server, kind); },
          .put_line = {},
          .memory = c.small.before,
          .wake = c.poll + c.wake,
          .allocation = c.allocation};
}

paging::SharedPagesSetting setting(Cluster& cluster, const LegoosOptions& o) {
  const std::uint32_t compute = paging::compute_servers(o.sharing, cluster.servers(), "legoos");
  return {.name = "legoos",
          .extension = paging::kSharingExtension,
          .referencing = {.shape = paging::PageShape(kPage, Bytes(64)),
                          .recency = o.replacement == LegoosReplacement::lru,
                          .local_atomic = {},
                          .farther = {},
                          .words_dirty = false,
                          .names_by_line = false,
                          .cpu_caches = o.cpu_caches},
          .compute_servers = compute,
          .homes = paging::servers_from(compute, static_cast<std::uint32_t>(cluster.servers())),
          .cache = o.cache,
          .ways = o.ways,
          .workers = o.workers,
          .grant = o.grant,
          .costs = costs(o.costs, cluster)};
}

}  // namespace

LegoosShared::LegoosShared(EngineContext context, const LegoosOptions& options)
    : SharedPages(context, setting(context.cluster, options)) {}

}  // namespace dsmsim
