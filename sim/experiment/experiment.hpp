#pragma once
// One run as data: which cluster, which engine, which program, which seed. Read strictly from a
// file (docs/experiments.md), or made by hand; run_experiment (run.hpp) carries
// it out.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/config.hpp"
#include "sim/dsm/boundary/placement.hpp"
#include "sim/experiment/cluster_config.hpp"
#include "sim/experiment/reference.hpp"

namespace dsmsim {

/// Where a run gives up, with exit code 5 and no result. Absent: never, but for memory.
struct RunLimits {
  std::optional<Duration> simulated_time;
  std::optional<std::uint64_t> events;
  std::optional<Duration> wall;  ///< of setting up, and again of the run
  std::optional<Bytes> memory;   ///< absent: default_memory_limit() (host_memory.hpp)
  /// All threads wait, and so many events end the operation of none. A few of them are one packet
  /// of an operation, so that a livelock is meant and not a large transfer: 50 million are 40 GB in
  /// packets of 4 KiB under way at once (assumed).
  std::uint64_t stalled_events = 50'000'000;
};
void describe(config::Fields& fields, RunLimits& limits);

struct Experiment {
  config::Sources sources;
  std::string name;
  std::uint64_t seed = 1;
  ClusterConfig cluster;
  config::Tagged protocol;
  config::Tagged program;
  PlacementPolicy placement = PlacementPolicy::engine;
  RunLimits limits;
  std::vector<config::Tagged> faults;  ///< fault_plan.hpp
  Duration failure_detection = Duration::picoseconds(1'000'000'000'000);
  bool check = false;  ///< every read and write against the memory model that the engine claims
  /// Of a comparison (plan.hpp), as written; absent in the runs that it consists of.
  std::optional<nlohmann::ordered_json> axes;
  std::optional<nlohmann::ordered_json> baseline;
  std::optional<Reference> reference;
  /// How long all of it takes, for whoever looks for an experiment.
  std::optional<Duration> typical_time;
};
void describe(config::Fields& fields, Experiment& experiment);

/// The engine keeps all memory on one server, but the cluster has more.
bool has_too_many_servers(const Experiment& experiment);

/// "nic.mtu" -> "cluster.nic.mtu": paths of --set and of axes may leave out "cluster" before its
/// best known members.
std::string expand_path(const std::string& path);

/// The whole configuration with all defaults, as result.json shows it: reading it back gives the
/// same experiment.
nlohmann::ordered_json effective_config(const Experiment& experiment);

}  // namespace dsmsim
