#pragma once
// Max-min fair shares of the links, computed by SimGrid's network model CM02 (Casanova and Marchal,
// LIP research report 2002-40). Used by FlowModel alone; to SimGrid, whose clock stands still here,
// every flow is a communication without end.
//
// What would falsify RDMA is switched off: no latency and bandwidth factors (CM02 instead of LV08),
// no reverse traffic for acknowledgements (network/crosstraffic), no TCP window
// (network/TCP-gamma), and no weighting of shares by round-trip time: SimGrid 3.32 does that
// whatever network/weight-S says (NetworkCm02Model::communicate sets sharing_penalty_ = latency),
// so its links have latency 0 and the simulator pays latency elsewhere. tests/fabric/flow_test.cpp
// calibrates: one flow alone, two opposite ones, two over different numbers of links.
//
// Cost: SimGrid shares out anew, at every start and end, all flows that are connected through
// links. Flows at random among 1,024 servers, started together: 1,024 take 0.06 s in all, 4,096
// take 22 s, 10,000 take 230 s (2 cores, release), nine tenths of it inside SimGrid's solver.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/fabric/topology.hpp"

namespace dsmsim {

class FlowSharing {
 public:
  FlowSharing(const Topology& topology, std::vector<Rate> capacities);
  ~FlowSharing();
  FlowSharing(const FlowSharing&) = delete;
  FlowSharing& operator=(const FlowSharing&) = delete;

  /// The first call of a process creates SimGrid's engine.
  std::uint32_t add(std::span<const LinkId> route);
  void remove(std::uint32_t demand);
  /// Must follow add() and remove() before shares are read.
  void solve();
  double bytes_per_second(std::uint32_t demand) const;

 private:
  struct Platform;

  const Topology& topology_;
  std::vector<Rate> capacities_;
  std::unique_ptr<Platform> platform_;  ///< made with the first flow
};

}  // namespace dsmsim
