#pragma once
// The regular networks. Each function builds the network for `servers` servers and throws
// InputErrors if it cannot hold that many. Servers are named server0, server1, ... and fill the
// leaf switches in order.

#include <vector>

#include "sim/fabric/topology_builder.hpp"

namespace dsmsim {

/// One switch with a cable to every server.
struct SingleSwitch {
  CableSpec server_cable;
  SwitchSpec switches;
};
Topology make_single_switch(const SingleSwitch& shape, std::size_t servers);

}  // namespace dsmsim
