#pragma once
// A program's single request, walked: the messages of its measured part.

#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run.hpp"

namespace dsmsim::walk {

/// Messages of one type, and their payload in all.
struct Sent {
  std::uint64_t count;
  std::uint64_t bytes;
  bool operator==(const Sent&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Sent& sent) {
  return out << sent.count << " of " << sent.bytes << " B";
}
using Walk = std::map<std::string, Sent>;

inline Experiment experiment_of(const nlohmann::json& text) {
  const Plan plan =
      read_plan_text(text.dump(), "walk.json", {}, {std::string(DSMSIM_SOURCE_DIR) + "/configs"});
  return plan.runs.at(0).experiment;
}

/// The run of an experiment that is written as JSON.
inline nlohmann::json result_of(const nlohmann::json& text) {
  return run_experiment(experiment_of(text)).summary;
}

/// The same; throws Error(ExitCode::incoherent) if a read sees what the engine's memory model
/// forbids.
inline nlohmann::json checked_result_of(const nlohmann::json& text) {
  Experiment experiment = experiment_of(text);
  experiment.check = true;
  return run_experiment(experiment).summary;
}

inline Walk messages_of(const nlohmann::json& experiment) {
  const nlohmann::json result = result_of(experiment);
  Walk walk;
  for (const auto& row : result["messages"]) {
    if (row["count"] != 0) {
      walk[row["type"]] = {row["count"], row["payload_bytes"]};
    }
  }
  return walk;
}

}  // namespace dsmsim::walk
