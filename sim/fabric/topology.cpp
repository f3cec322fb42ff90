#include "sim/fabric/topology.hpp"

#include <algorithm>
#include <utility>

namespace dsmsim {

Topology::Topology(std::vector<std::string> servers, std::vector<Link> links,
                   std::unique_ptr<Routing> routing)
    : server_names_(std::move(servers)), links_(std::move(links)), routing_(std::move(routing)) {}

Route Topology::route(NodeId from, NodeId to, std::uint64_t flow) const {
  return from == to ? Route{} : routing_->route(from, to, flow);
}

Duration Topology::latency(std::span<const LinkId> route) const {
  Duration sum;
  for (const LinkId id : route) {
    sum += link(id).latency;
  }
  return sum;
}

Rate Topology::bottleneck(std::span<const LinkId> route) const {
  Rate slowest = link(route.front()).rate;
  for (const LinkId id : route) {
    slowest = std::min(slowest, link(id).rate);
  }
  return slowest;
}

}  // namespace dsmsim
