#pragma once
// The cluster section of an experiment, and what a file in configs/clusters holds: how many
// servers, what they are made of, what connects them.

#include <memory>

#include "sim/base/config.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/fabric/topology_config.hpp"

namespace dsmsim {

struct ClusterConfig {
  config::Sources sources;
  std::uint32_t servers = 1;
  ServerProfile server;
  NicProfile nic;
  config::Tagged topology;
  /// What `topology` describes for so many servers, if reading has made it. The runs of a
  /// comparison have few networks, which they share.
  std::shared_ptr<const Topology> network;
  FabricOptions fabric;
};

void describe(config::Fields& fields, ClusterConfig& cluster);

}  // namespace dsmsim
