#include "protocols/kona/shared.hpp"

#include "protocols/kona/fmem.hpp"
#include "protocols/paging/sharing_options.hpp"

namespace dsmsim {
namespace {

using paging::PageMessageKind;

/// A block leaves the CPU caches and its bitmap is read; a page of kona-vm leaves all TLBs.
Duration unmap_time(const KonaOptions& o) {
  return o.variant == KonaVariant::kona_vm ? o.costs.shootdown : o.costs.snoop + o.costs.scan;
}

/// At a compute node the FPGA takes what comes, in no time of its own; at a memory node the
/// receiver does.
Duration service_time(const KonaOptions& o, PageMessageKind kind) {
  switch (kind) {
    case PageMessageKind::fetch_copy:
    case PageMessageKind::fetch_page:
    case PageMessageKind::invalidate:
      return unmap_time(o);
    case PageMessageKind::copy:
    case PageMessageKind::page:
    case PageMessageKind::grant:
    case PageMessageKind::written_back:
      return {};
    case PageMessageKind::read_fault:
    case PageMessageKind::write_fault:
    case PageMessageKind::invalidated:
    case PageMessageKind::confirmation:
    case PageMessageKind::write_back:
      break;
  }
  return o.costs.receive;
}

paging::SharedPagesCosts costs(const KonaOptions& o) {
  const bool faults = o.variant == KonaVariant::kona_vm;
  const KonaFaultCosts fault = faults ? o.costs.fault : KonaFaultCosts();
  return {.fault = fault.trap + fault.wake,
          .upgrade = fault.trap + fault.wake,
          .handled_fault = fault.notify + fault.copy,
          .handled_upgrade = fault.notify + fault.protect,
          .unmap = [time = unmap_time(o)](NodeId) { return time; },
          .take_line = faults ? Duration() : o.costs.copy,
          .service = [o](NodeId, PageMessageKind kind) { return service_time(o, kind); },
          .put_line = faults ? Duration() : o.costs.unpack,
          .memory = o.costs.receive,
          .wake = o.costs.receive,
          .allocation = o.costs.allocation};
}

paging::SharedPagesSetting setting(const Cluster& cluster, const KonaOptions& o) {
  const std::uint32_t compute = paging::compute_servers(o.sharing, cluster.servers(), "kona");
  return {.name = "kona",
          .extension = paging::kSharingExtension,
          .referencing = kona::referencing(o),
          .compute_servers = compute,
          .homes = paging::servers_from(compute, static_cast<std::uint32_t>(cluster.servers())),
          .cache = o.block * kona::frame_count(o, cluster.profile().memory),
          .ways = o.ways,
          .dirty_lines_only = o.variant != KonaVariant::kona_vm,
          .fault_handlers = o.fault_handlers,
          .grant = Bytes(4096),
          .costs = costs(o)};
}

}  // namespace

KonaShared::KonaShared(EngineContext context, const KonaOptions& options)
    : SharedPages(context, setting(context.cluster, options)) {}

}  // namespace dsmsim
