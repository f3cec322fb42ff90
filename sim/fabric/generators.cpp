#include "sim/fabric/generators.hpp"

#include <cmath>
#include <map>

#include "sim/base/error.hpp"
#include "sim/fabric/generators_detail.hpp"

namespace dsmsim {

std::vector<VertexId> add_servers(TopologyBuilder& builder, std::size_t count) {
  std::vector<VertexId> servers;
  servers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    servers.push_back(builder.add_server("server" + std::to_string(i)));
  }
  return servers;
}

std::vector<VertexId> add_switches(TopologyBuilder& builder, const std::string& prefix,
                                   std::size_t count, const SwitchSpec& spec) {
  std::vector<VertexId> switches;
  switches.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    switches.push_back(builder.add_switch(prefix + std::to_string(i), spec));
  }
  return switches;
}

void attach_in_order(TopologyBuilder& builder, const std::vector<VertexId>& servers,
                     const std::vector<VertexId>& leaves, std::size_t servers_per_leaf,
                     const CableSpec& cable) {
  for (std::size_t i = 0; i < servers.size(); ++i) {
    builder.add_cable(servers[i], leaves[i / servers_per_leaf], cable);
  }
}

void must_hold(const std::string& kind, std::size_t capacity, std::size_t servers) {
  if (servers > capacity) {
    throw InputErrors({"topology " + kind + " holds " + std::to_string(capacity) + " servers, " +
                       std::to_string(servers) + " are wanted"});
  }
}

void must_be_buildable(const std::string& kind, std::size_t switches, std::size_t cables) {
  constexpr std::size_t most_switches = 1 << 20;
  constexpr std::size_t most_cables = 2 << 20;
  if (switches > most_switches) {
    throw InputErrors({"topology " + kind + ": more than a million switches"});
  }
  if (cables > most_cables) {
    throw InputErrors({"topology " + kind + ": more than 4 million links"});
  }
}

Topology make_single_switch(const SingleSwitch& shape, std::size_t servers) {
  if (shape.switches.radix != 0) {
    must_hold("single_switch", shape.switches.radix, servers);
  }
  TopologyBuilder builder("topology single_switch");
  const std::vector<VertexId> ends = add_servers(builder, servers);
  const std::vector<VertexId> hub = add_switches(builder, "switch", 1, shape.switches);
  attach_in_order(builder, ends, hub, servers, shape.server_cable);
  return std::move(builder).build();
}

Topology make_fat_tree(const FatTree& shape, std::size_t servers) {
  const unsigned radix = shape.switches.radix;
  const double down_share = shape.oversubscription / (shape.oversubscription + 1);
  const auto down = static_cast<unsigned>(std::lround(radix * down_share));
  if (down == 0 || down >= radix) {
    throw InputErrors({"topology fat_tree: switches with " + std::to_string(radix) +
                       " ports leave none for servers or none for spines"});
  }
  if (shape.servers_per_leaf > down) {
    throw InputErrors({"topology fat_tree: " + std::to_string(shape.servers_per_leaf) +
                       " servers per leaf, but a leaf has " + std::to_string(down) +
                       " ports for them"});
  }
  const unsigned per_leaf = shape.servers_per_leaf == 0 ? down : shape.servers_per_leaf;
  must_be_buildable("fat_tree", radix, std::size_t{radix} * (radix - down));
  must_hold("fat_tree", std::size_t{radix} * per_leaf, servers);

  TopologyBuilder builder("topology fat_tree");
  const std::vector<VertexId> ends = add_servers(builder, servers);
  const std::vector<VertexId> leaves = add_switches(builder, "leaf", radix, shape.switches);
  const std::vector<VertexId> spines = add_switches(builder, "spine", radix - down, shape.switches);
  attach_in_order(builder, ends, leaves, per_leaf, shape.server_cable);
  for (const VertexId leaf : leaves) {
    for (const VertexId spine : spines) {
      builder.add_cable(leaf, spine, shape.spine_cable);
    }
  }
  return std::move(builder).build();
}

Topology make_clos(const Clos& shape, std::size_t servers) {
  const std::size_t all_aggregates = std::size_t{shape.pods} * shape.aggregates_per_pod;
  must_be_buildable("clos",
                    std::size_t{shape.aggregates_per_pod} * shape.cores_per_aggregate +
                        std::size_t{shape.pods} * shape.leaves_per_pod + all_aggregates,
                    all_aggregates * (shape.leaves_per_pod + shape.cores_per_aggregate));
  must_hold("clos", std::size_t{shape.pods} * shape.leaves_per_pod * shape.servers_per_leaf,
            servers);
  TopologyBuilder builder("topology clos");
  const std::vector<VertexId> ends = add_servers(builder, servers);
  const unsigned per_aggregate = shape.cores_per_aggregate;
  const std::vector<VertexId> cores = add_switches(
      builder, "core", std::size_t{shape.aggregates_per_pod} * per_aggregate, shape.switches);
  std::vector<VertexId> all_leaves;
  for (unsigned pod = 0; pod < shape.pods; ++pod) {
    const std::string prefix = "pod" + std::to_string(pod);
    const std::vector<VertexId> leaves =
        add_switches(builder, prefix + "-leaf", shape.leaves_per_pod, shape.switches);
    const std::vector<VertexId> aggregates =
        add_switches(builder, prefix + "-aggregate", shape.aggregates_per_pod, shape.switches);
    all_leaves.insert(all_leaves.end(), leaves.begin(), leaves.end());
    for (unsigned j = 0; j < aggregates.size(); ++j) {
      for (const VertexId leaf : leaves) {
        builder.add_cable(leaf, aggregates[j], shape.leaf_cable);
      }
      for (unsigned c = 0; c < per_aggregate; ++c) {
        builder.add_cable(aggregates[j], cores[j * per_aggregate + c], shape.core_cable);
      }
    }
  }
  attach_in_order(builder, ends, all_leaves, shape.servers_per_leaf, shape.server_cable);
  return std::move(builder).build();
}

Topology make_dragonfly(const Dragonfly& shape, std::size_t servers) {
  const unsigned routers = shape.routers_per_group;
  const std::size_t wanted_groups = std::size_t{routers} * shape.globals_per_router + 1;
  must_be_buildable("dragonfly", wanted_groups * routers,
                    wanted_groups * (std::size_t{routers} * (routers - 1) + wanted_groups - 1) / 2);
  const auto groups = static_cast<unsigned>(wanted_groups);
  const unsigned globals = groups - 1;
  must_hold("dragonfly", std::size_t{groups} * routers * shape.servers_per_router, servers);

  TopologyBuilder builder("topology dragonfly");
  const std::vector<VertexId> ends = add_servers(builder, servers);
  const std::vector<VertexId> all =
      add_switches(builder, "router", std::size_t{groups} * routers, shape.switches);
  attach_in_order(builder, ends, all, shape.servers_per_router, shape.server_cable);
  // The weights make local + global + local (5) cheaper than two global cables (6).
  CableSpec local = shape.local_cable;
  CableSpec global = shape.global_cable;
  local.weight = 1;
  global.weight = 3;
  for (unsigned group = 0; group < groups; ++group) {
    const auto router = [&](unsigned of_group, unsigned i) { return all[of_group * routers + i]; };
    for (unsigned i = 0; i < routers; ++i) {
      for (unsigned j = i + 1; j < routers; ++j) {
        builder.add_cable(router(group, i), router(group, j), local);
      }
    }
    // Global port g of a group leads to the group g+1 further on, where it is port globals-1-g.
    for (unsigned port = 0; port < globals; ++port) {
      const unsigned other = (group + port + 1) % groups;
      if (group < other) {
        builder.add_cable(router(group, port / shape.globals_per_router),
                          router(other, (globals - 1 - port) / shape.globals_per_router), global);
      }
    }
  }
  return std::move(builder).build();
}

namespace {

/// Finds nodes by name; complains about names that do not exist.
class NodeNames {
 public:
  void add(const std::string& name, VertexId vertex) { vertices_.emplace(name, vertex); }
  void leave_out(const std::string& name) { vertices_.emplace(name, VertexId()); }
  /// Invalid for a server that has been left out and for an unknown name.
  VertexId find(const std::string& name, std::vector<std::string>& errors) const {
    const auto found = vertices_.find(name);
    if (found != vertices_.end()) {
      return found->second;
    }
    std::vector<std::string> names;
    names.reserve(vertices_.size());
    for (const auto& [known, vertex] : vertices_) {
      names.push_back(known);
    }
    const std::string guess = closest(name, names);
    errors.push_back("topology graph: a cable names \"" + name +
                     "\", which is neither a server nor a switch" +
                     (guess.empty() ? "" : "; did you mean \"" + guess + "\"?"));
    return {};
  }

 private:
  std::map<std::string, VertexId> vertices_;
};

}  // namespace

Topology make_graph(const ExplicitGraph& graph, std::size_t servers) {
  must_hold("graph", graph.servers.size(), servers);
  TopologyBuilder builder("topology graph");
  NodeNames nodes;
  for (std::size_t i = 0; i < graph.servers.size(); ++i) {
    if (i < servers) {
      nodes.add(graph.servers[i], builder.add_server(graph.servers[i]));
    } else {
      nodes.leave_out(graph.servers[i]);
    }
  }
  for (const ExplicitGraph::Switch& node : graph.switches) {
    nodes.add(node.name, builder.add_switch(node.name, node.spec));
  }
  std::vector<std::string> errors;
  for (const ExplicitGraph::Cable& cable : graph.cables) {
    const VertexId from = nodes.find(cable.from, errors);
    const VertexId to = nodes.find(cable.to, errors);
    if (from.valid() && to.valid()) {
      builder.add_cable(from, to, cable.spec);
    }
  }
  if (!errors.empty()) {
    throw InputErrors(std::move(errors));
  }
  return std::move(builder).build();
}

}  // namespace dsmsim
