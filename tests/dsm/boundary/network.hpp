#pragma once
// A rack of servers with ConnectX-3 NICs, for tests of what engines share.

#include <string>
#include <vector>

#include "sim/fabric/fabric.hpp"

namespace dsmsim::test {

/// configs/nics/cx3-ib40.json, with changes ("receive_depth=2").
NicProfile connectx3(const std::vector<std::string>& changes = {});
/// One switch with the net latency that the profile was fitted to.
Topology rack(std::size_t servers);

}  // namespace dsmsim::test
