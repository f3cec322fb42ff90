#include "sim/experiment/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "sim/base/folder_name.hpp"
#include "sim/experiment/fault_plan.hpp"
#include "sim/experiment/registries.hpp"

namespace dsmsim {
void describe(config::Fields& f, RunLimits& limits) {
  f.optional("simulated_time", limits.simulated_time, "give up after this much simulated time",
             config::positive_at_most(config::kLongestRun));
  f.optional("events", limits.events, "give up after this many events", config::positive());
  f.optional("wall", limits.wall, "give up after this much real time",
             config::positive_at_most(config::kLongestRun));
  f.optional("stalled_events", limits.stalled_events,
             "give up after so many events in which all threads wait and no operation ends",
             config::positive());
  f.optional("memory", limits.memory,
             "give up before more of this machine's memory is taken; 7/8 of what it has, shared by "
             "the runs at a time, when left out",
             config::positive());
}

void describe(config::Fields& f, Experiment& e) {
  f.sources(e.sources);
  f.optional("name", e.name, "what results are called; the file's name when left out");
  f.check(is_folder_name(e.name), "name", folder_name_rule());
  f.optional("seed", e.seed, "of every random stream");
  f.reference("cluster", e.cluster, "clusters", "the servers and what connects them");
  f.tagged("protocol", e.protocol, protocol_registry(), "the coherence engine");
  f.tagged("program", e.program, program_registry(), "what runs on the cluster");
  f.optional("placement", e.placement, "where threads run that a program leaves to the system");
  f.nested("limits", e.limits, "where a run gives up");
  f.tagged("faults", e.faults, fault_kinds(), "what breaks");
  f.optional("failure_detection", e.failure_detection,
             "after a crash, until the survivors are told; assumed", config::positive());
  f.optional("check", e.check,
             "compare every read and write with the memory model that the engine claims");
  f.optional("axes", e.axes,
             "of a comparison: paths and the lists of their values, or a list of such grids");
  f.optional("baseline", e.baseline, "of a comparison: the run that speedups are relative to");
  f.reference("reference", e.reference, "references",
              "of a comparison: what others have measured of its runs, for its pictures");
  f.optional("typical_time", e.typical_time,
             "how long all runs take on two cores of a 2.5 GHz server, for `dsmsim list`",
             config::positive_at_most(config::kLongestRun));
}

bool has_too_many_servers(const Experiment& experiment) {
  return experiment.cluster.servers > 1 && protocol_row(experiment.protocol.name()).single_server;
}

std::string expand_path(const std::string& path) {
  constexpr std::array<std::string_view, 8> members = {"servers", "server", "nic",    "topology",
                                                       "wire",    "cores",  "memory", "flow_above"};
  const std::string first = path.substr(0, path.find('.'));
  if (std::find(members.begin(), members.end(), first) == members.end()) {
    return path;
  }
  const bool of_server = first == "cores" || first == "memory";
  return (of_server ? "cluster.server." : "cluster.") + path;
}

nlohmann::ordered_json effective_config(const Experiment& experiment) {
  nlohmann::ordered_json config = config::write(experiment);
  config.erase("axes");
  config.erase("baseline");
  config.erase("reference");
  config.erase("typical_time");
  return config;
}

}  // namespace dsmsim
