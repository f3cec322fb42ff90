#include "sim/fabric/topology.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/base/expects.hpp"

namespace dsmsim {

Topology::Topology(std::vector<std::string> servers, std::vector<Link> links,
                   std::unique_ptr<Routing> routing, std::vector<std::string> names)
    : server_names_(std::move(servers)),
      links_(std::move(links)),
      routing_(std::move(routing)),
      names_(std::move(names)) {}

/// "" if it has none.
std::string Topology::cable_name(std::size_t link) const {
  const Link& cable = links_[link];
  if (cable.from.valid()) {
    return names_[cable.from.index()] + "-" + names_[cable.to.index()];
  }
  return link < names_.size() ? names_[link] : "";
}

std::vector<std::string> Topology::cable_names() const {
  std::set<std::string> names;
  for (std::size_t link = 0; link < links_.size(); ++link) {
    names.insert(cable_name(link));
  }
  names.erase("");
  return {names.begin(), names.end()};
}

std::vector<LinkId> Topology::find_cable(const std::string& name) const {
  std::vector<LinkId> found;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& link = links_[i];
    const bool here = !name.empty() && cable_name(i) == name;
    if (here ||
        (link.from.valid() && names_[link.to.index()] + "-" + names_[link.from.index()] == name)) {
      found.emplace_back(static_cast<std::uint32_t>(i));
    }
  }
  return found;
}

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
  expects(!route.empty(), "a route that has a bottleneck is not empty");
  Rate slowest = link(route.front()).rate;
  for (const LinkId id : route) {
    slowest = std::min(slowest, link(id).rate);
  }
  return slowest;
}

}  // namespace dsmsim
