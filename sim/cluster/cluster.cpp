#include "sim/cluster/cluster.hpp"

namespace dsmsim {

Cluster::Cluster(Simulation& simulation, std::size_t servers, ServerProfile profile,
                 std::unique_ptr<Fabric> fabric)
    : simulation_(simulation), profile_(profile), fabric_(std::move(fabric)) {
  for (std::size_t i = 0; i < servers; ++i) {
    cpus_.emplace_back(simulation.queue(), profile.cores);
  }
}

}  // namespace dsmsim
