#include "sim/experiment/setup.hpp"

#include <fmt/format.h>

#include <new>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/experiment/fault_plan.hpp"
#include "sim/experiment/registries.hpp"

namespace dsmsim {
namespace {

/// Makes something of a section of the experiment; what it refuses is told with its pointer.
template <class Make>
auto in_section(const std::string& section, const Make& make) {
  try {
    return make();
  } catch (const Misfit& misfit) {
    throw Misfit(section + misfit.pointer(), misfit.what());
  } catch (const Error& error) {
    if (error.code() != ExitCode::bad_input) {
      throw;
    }
    throw Misfit(section, error.what());
  } catch (const std::bad_alloc&) {
    throw Error(ExitCode::limit,
                fmt::format("{} takes more memory than the {} that this machine has for it",
                            section, memory_text(host_memory())));
  }
}

}  // namespace

Machine::Machine(const Experiment& experiment)
    : simulation(experiment.seed),
      cluster(simulation, experiment.cluster.servers, experiment.cluster.server,
              in_section("/cluster", [&] { return make_fabric(experiment.cluster); })) {}

std::unique_ptr<Fabric> Machine::make_fabric(const ClusterConfig& config) {
  if (config.servers == 1) {
    return nullptr;
  }
  topology = config.network
                 ? config.network
                 : std::make_shared<const Topology>(make_topology(config.topology, config.servers));
  return std::make_unique<Fabric>(simulation, *topology, config.nic, config.fabric);
}

std::unique_ptr<Engine> make_engine(Machine& machine, const Experiment& experiment,
                                    Witness* witness) {
  return in_section("/protocol", [&] {
    return protocol_row(experiment.protocol.name())
        .make({machine.cluster, machine.objects, witness}, experiment.protocol.any_options());
  });
}

std::unique_ptr<Program> make_program(const Experiment& experiment) {
  return in_section("/program", [&] {
    return program_row(experiment.program.name()).make(experiment.program.any_options());
  });
}

std::vector<SetupProblem> setup_problems(const Experiment& experiment, const Program& program) {
  if (has_too_many_servers(experiment)) {
    return {{"/protocol", fmt::format("\"{}\" keeps all memory on one server, but "
                                      "cluster.servers is {}",
                                      experiment.protocol.name(), experiment.cluster.servers)}};
  }
  std::vector<SetupProblem> problems;
  try {
    Machine machine(experiment);
    problems = fault_problems(experiment, machine.cluster);
    const std::unique_ptr<Engine> engine = make_engine(machine, experiment);
    const std::vector<SetupProblem> more = message_problems(experiment, machine.cluster, *engine);
    problems.insert(problems.end(), more.begin(), more.end());
    const World world(machine.cluster, machine.objects, *engine);
    in_section("/program", [&] { world.check(program); });
  } catch (const Misfit& misfit) {
    problems.push_back({misfit.pointer(), misfit.what()});
  }
  return problems;
}

}  // namespace dsmsim
