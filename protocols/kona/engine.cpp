#include "protocols/kona/engine.hpp"

#include "protocols/kona/fmem.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using kona::MessageKind;

namespace {

Cluster& with_memory_nodes(Cluster& cluster, std::uint32_t replicas) {
  if (cluster.servers() < 1 + replicas) {
    throw Misfit(replicas == 1 ? "" : "/replicas",
                 "kona: server 0 computes and " + std::to_string(replicas) +
                     (replicas == 1 ? " other holds" : " others hold") +
                     " its memory: it takes more than " + std::to_string(cluster.servers()) +
                     " servers");
  }
  return cluster;
}

kona::System system_of(const EngineContext& context, KonaOptions options) {
  Fabric& fabric = with_memory_nodes(context.cluster, options.slabs.replicas).fabric();
  return {.queue = context.cluster.simulation().queue(),
          .fabric = fabric,
          .options = std::move(options),
          .types = kona::MessageTypes(fabric.ledger()),
          .mutant = Mutant(context.mutant, kona_mutants())};
}

}  // namespace

KonaEngine::KonaEngine(EngineContext context, KonaOptions options)
    : PagedEngine(context, "kona", kona::referencing(options)),
      system_(system_of(context, std::move(options))),
      slabs_(system_, context.cluster),
      logs_(system_, context.cluster.servers()),
      nodes_(system_, logs_, context.cluster.servers(), blank()),
      cache_(kona::frame_count(system_.options, context.cluster.profile().memory),
             system_.options.ways),
      evictors_(queue(), system_.options.evictors),
      fault_handlers_(queue(), system_.options.fault_handlers) {
  for (std::uint32_t i = 0; i < context.cluster.servers(); ++i) {
    system_.workers.push_back(std::make_unique<WorkerPool>(system_.fabric, NodeId(i), 1,
                                                           static_cast<MessageHandler&>(*this)));
  }
}

// ---- software: one worker a server that polls

Duration KonaEngine::service_time(const Delivery& message) {
  switch (system_.types.kind(message.type)) {
    case MessageKind::slab_request:
      return system_.options.costs.grant;
    case MessageKind::log:
      return nodes_.unpacking(message.to, message.body.as<kona::Message>().number);
    case MessageKind::slab_grant:
    case MessageKind::fetch:
    case MessageKind::fetch_line:
    case MessageKind::fetch_rest:
    case MessageKind::log_ack:
    case MessageKind::page_write:
      break;
  }
  return {};
}

Duration KonaEngine::handle(const Delivery& message) {
  const std::uint64_t number = message.body.as<kona::Message>().number;
  switch (system_.types.kind(message.type)) {
    case MessageKind::log:
      return nodes_.apply(message.to, number);
    case MessageKind::slab_request:
      return slabs_.on_request(number);
    case MessageKind::slab_grant:
      slabs_.on_grant(number);
      break;
    case MessageKind::fetch:
    case MessageKind::fetch_line:
    case MessageKind::fetch_rest:
    case MessageKind::log_ack:
    case MessageKind::page_write:
      break;  // one-sided: no software sees it
  }
  return {};
}

// ---- crashes

/// A memory node is lost: others have copies of its slabs, or the run ends here. The rack
/// controller is missed only by who waits for it.
bool KonaEngine::goes_on_without(NodeId server) {
  if (server == kona::kCompute || slabs_.waits_for(server)) {
    return false;
  }
  slabs_.lose(server);
  logs_.lose(server);
  return slabs_.are_mapped();
}

}  // namespace dsmsim
