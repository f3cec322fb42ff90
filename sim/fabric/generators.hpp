#pragma once
// The regular networks, and networks written out as lists. Each is a described struct (what a file
// in configs/topologies holds) and a function that builds the network for a number of servers, or
// throws InputErrors if it cannot hold that many. Generated servers are called server0, server1,
// ... and fill the leaf switches in order.

#include <string>
#include <vector>

#include "sim/base/config/fields.hpp"
#include "sim/fabric/topology_builder.hpp"

namespace dsmsim {

/// One switch with a cable to every server.
struct SingleSwitch {
  CableSpec server_cable;
  SwitchSpec switches;
  config::Sources sources = {};
};

/// Two levels of switches of one radix r: r leaves, each with a cable to every spine. With
/// oversubscription o a leaf gives r*o/(o+1) ports to servers, rounded, and the others to spines;
/// at 1 the tree holds r*r/2 servers.
struct FatTree {
  CableSpec server_cable;
  CableSpec spine_cable;
  SwitchSpec switches;
  double oversubscription = 1;
  unsigned servers_per_leaf = 0;  ///< spread servers more thinly; 0: as many as there are ports
  config::Sources sources = {};
};

/// Three levels: pods of leaves and aggregates, every leaf cabled to every aggregate of its pod;
/// aggregate j of each pod has cables to the cores j*c .. j*c+c-1, c = cores_per_aggregate. A k-ary
/// fat tree (Al-Fares et al., SIGCOMM'08) has k pods and k/2 for all other numbers.
struct Clos {
  unsigned pods = 0;
  unsigned leaves_per_pod = 0;
  unsigned aggregates_per_pod = 0;
  unsigned servers_per_leaf = 0;
  unsigned cores_per_aggregate = 0;
  CableSpec server_cable;
  CableSpec leaf_cable;
  CableSpec core_cable;
  SwitchSpec switches;
  config::Sources sources = {};
};

/// Kim et al., ISCA'08: groups of a routers, fully cabled inside, h global cables and p servers per
/// router, a*h+1 groups, each pair of which has one cable. Routes are minimal: local, global,
/// local, never two global cables.
struct Dragonfly {
  unsigned servers_per_router = 0;  ///< p
  unsigned routers_per_group = 0;   ///< a
  unsigned globals_per_router = 0;  ///< h
  CableSpec server_cable;
  CableSpec local_cable;
  CableSpec global_cable;
  SwitchSpec switches;
  config::Sources sources = {};
};

/// A router per server, in a grid of any number of dimensions that is closed to rings. Routes go
/// through the dimensions in order, each by the shorter way round; of two equal ways a hash of the
/// flow chooses.
struct Torus {
  std::vector<unsigned> dimensions;
  CableSpec server_cable;
  CableSpec ring_cable;
  SwitchSpec switches;
  config::Sources sources = {};
};

/// Servers, switches and cables by name. If it has more servers than wanted, the last ones are left
/// out with their cables.
struct ExplicitGraph {
  struct Switch {
    std::string name;
    SwitchSpec spec;
  };
  struct Cable {
    std::string from;
    std::string to;
    CableSpec spec;
  };
  std::vector<std::string> servers;
  std::vector<Switch> switches;
  std::vector<Cable> cables;
  config::Sources sources = {};
};

void describe(config::Fields& fields, CableSpec& cable);
void describe(config::Fields& fields, SwitchSpec& spec);
void describe(config::Fields& fields, SingleSwitch& shape);
void describe(config::Fields& fields, FatTree& shape);
void describe(config::Fields& fields, Clos& shape);
void describe(config::Fields& fields, Dragonfly& shape);
void describe(config::Fields& fields, Torus& shape);
void describe(config::Fields& fields, ExplicitGraph& graph);
void describe(config::Fields& fields, ExplicitGraph::Switch& spec);
void describe(config::Fields& fields, ExplicitGraph::Cable& cable);

Topology make_single_switch(const SingleSwitch& shape, std::size_t servers);
Topology make_fat_tree(const FatTree& shape, std::size_t servers);
Topology make_clos(const Clos& shape, std::size_t servers);
Topology make_dragonfly(const Dragonfly& shape, std::size_t servers);
Topology make_torus(const Torus& shape, std::size_t servers);
Topology make_graph(const ExplicitGraph& graph, std::size_t servers);

}  // namespace dsmsim
