#pragma once
// What a run is made of, and whether it can be made at all. Constructors of engines and programs
// refuse what does not fit the cluster; whoever reads experiments (plan.hpp) makes the same parts
// here, without running them, and so a comparison, `validate` and the Python module refuse all that
// a run would, before anything runs or is written.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/dsm/boundary/world.hpp"
#include "sim/experiment/experiment.hpp"

namespace dsmsim {

/// The servers of a run and what connects them, in the order in which they must be built.
struct Machine {
  explicit Machine(const Experiment& experiment);

  Simulation simulation;
  std::shared_ptr<const Topology> topology;  ///< null: one server
  Cluster cluster;
  ObjectTable objects;

 private:
  std::unique_ptr<Fabric> make_fabric(const ClusterConfig& config);
};

/// What is wrong, and at which JSON pointer of the experiment.
struct SetupProblem {
  std::string pointer;
  std::string message;
};

/// The two throw Misfit with a pointer of the whole experiment.
std::unique_ptr<Engine> make_engine(Machine& machine, const Experiment& experiment,
                                    Witness* witness = nullptr);
std::unique_ptr<Program> make_program(const Experiment& experiment);

/// Everything that keeps the experiment from being started, as far as it can be known without
/// running it. `program` is the experiment's.
std::vector<SetupProblem> setup_problems(const Experiment& experiment, const Program& program);

}  // namespace dsmsim
