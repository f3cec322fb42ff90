#pragma once
// Where a thread runs that its program leaves to the system: policies that need nothing but to be
// told where threads and objects are. They cost nothing and send nothing; a runtime that has to ask
// somebody has a policy of its own (ThreadSystem::place).

#include <vector>

#include "sim/base/config/fields.hpp"
#include "sim/dsm/contract/launch.hpp"

namespace dsmsim {

class World;
class Thread;

enum class PlacementPolicy : std::uint8_t {
  engine,
  here,
  fixed,
  round_robin,
  least_loaded,
  by_data
};
constexpr auto config_values(PlacementPolicy) {
  using enum PlacementPolicy;
  return std::to_array<config::Value<PlacementPolicy>>({
      {engine, "engine", "the engine's runtime decides; without one, round_robin"},
      {here, "here", "on the server of who starts it"},
      {fixed, "fixed",
       "the n-th child of a thread on server n mod servers, whatever happens meanwhile"},
      {round_robin, "round_robin",
       "one server after the other, in the order in which threads are started"},
      {least_loaded, "least_loaded",
       "where fewest threads want a core; the lowest number among equals"},
      {by_data, "by_data",
       "where the data is that the thread is started near, if the engine can say; else here"},
  });
}

class Placement {
 public:
  /// Of `policy`, which must not be `engine`.
  NodeId choose(PlacementPolicy policy, World& world, const Thread& parent, const Launch& launch);

 private:
  std::uint64_t started_ = 0;            ///< by round_robin
  std::vector<std::uint32_t> children_;  ///< by parent, for fixed
};

}  // namespace dsmsim
