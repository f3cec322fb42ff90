#pragma once
// What all servers of one engine share.

#include <memory>
#include <vector>

#include "protocols/gam/contents.hpp"
#include "protocols/gam/messages.hpp"
#include "protocols/gam/mutants.hpp"
#include "protocols/gam/options.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/time/simulation.hpp"

namespace dsmsim::gam {

class Node;
class Placement;

struct System {
  Simulation& simulation;
  Fabric* fabric;    ///< null in a cluster of one
  Traffic* traffic;  ///< the same
  const GamOptions& options;
  MessageTypes types;
  Placement& memory;
  Contents contents;
  Mutant mutant;
  Duration post;  ///< CPU time to post a request
  std::vector<std::unique_ptr<Node>> nodes;
  Time last_ended;  ///< access that took a message or waited
  Time settled;     ///< the last write that nobody waited for took effect

  GlobalAddress block_of(GlobalAddress address) const { return address.block(options.block); }
  Time now() const { return simulation.now(); }
};

}  // namespace dsmsim::gam
