#pragma once
// What all parts of one engine share, and none of them changes.

#include "protocols/legoos/messages.hpp"
#include "protocols/legoos/options.hpp"
#include "sim/dsm/kit/mutants.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/time/simulation.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {
class Witness;
}

namespace dsmsim::legoos {

struct System {
  Fabric& fabric;
  const LegoosOptions& options;
  Mutant mutant;
  MessageTypes types;
  Witness* witness = nullptr;  ///< of what files contain

  EventQueue& queue() const { return fabric.simulation().queue(); }
  Time now() const { return queue().now(); }
  Duration post() const { return fabric.nic().post; }
  void spawn(Task<> daemon) const { fabric.simulation().spawn(std::move(daemon)); }
  bool mutated(std::string_view name) const { return mutant.is(name); }
};

}  // namespace dsmsim::legoos
