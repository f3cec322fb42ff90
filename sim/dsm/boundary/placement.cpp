#include "sim/dsm/boundary/placement.hpp"

#include "sim/base/expects.hpp"
#include "sim/dsm/boundary/world.hpp"

namespace dsmsim {
namespace {

NodeId nth(std::uint64_t n, const World& world) {
  return NodeId(static_cast<std::uint32_t>(n % world.compute_servers()));
}

NodeId least_loaded(World& world) {
  NodeId best(0);
  for (std::uint32_t i = 1; i < world.compute_servers(); ++i) {
    if (world.cluster().cpu(NodeId(i)).threads() < world.cluster().cpu(best).threads()) {
      best = NodeId(i);
    }
  }
  return best;
}

}  // namespace

NodeId Placement::choose(PlacementPolicy policy, World& world, const Thread& parent,
                         const Launch& launch) {
  expects(policy != PlacementPolicy::engine, "an engine places threads itself");
  switch (policy) {
    case PlacementPolicy::here:
      return parent.node();
    case PlacementPolicy::fixed:
      if (parent.id().index() >= children_.size()) {
        children_.resize(parent.id().index() + 1);
      }
      return nth(children_[parent.id().index()]++, world);
    case PlacementPolicy::least_loaded:
      return least_loaded(world);
    case PlacementPolicy::by_data: {
      const NodeId home = launch.near.valid() ? world.engine().host(launch.near) : NodeId();
      return home.valid() && home.index() < world.compute_servers() ? home : parent.node();
    }
    case PlacementPolicy::engine:  // places threads itself
    case PlacementPolicy::round_robin:
      break;
  }
  return nth(started_++, world);
}

}  // namespace dsmsim
