// GAM's own evaluation, at a scale that a test can afford. docs/validation.md has the whole curve.

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run.hpp"

using namespace dsmsim;

namespace {

const std::string kShipped = std::string(DSMSIM_SOURCE_DIR) + "/configs";

/// Million operations per second of the runs of the shipped experiment, by name.
std::map<std::string, double> throughput(const std::vector<std::string>& names) {
  const Plan plan = read_plan(
      kShipped + "/experiments/gam-remote-ratio.json",
      {"program.blocks=2048", "program.operations=10000", "protocol.cache=512KiB"}, {kShipped});
  std::map<std::string, double> found;
  for (const PlannedRun& run : plan.runs) {
    if (std::find(names.begin(), names.end(), run.name) != names.end()) {
      const Result result = run_experiment(run.experiment);
      found[run.name] = result.summary["operations"]["per_second"].get<double>() / 1e6;
    }
  }
  return found;
}

}  // namespace

TEST_CASE("GAM's remote-ratio experiment reproduces the paper's throughput where costs come from") {
  const std::map<std::string, double> paper = {
      {"series=write,remote_ratio=0", 29.5},     {"series=read,remote_ratio=0", 37.2},
      {"series=read,remote_ratio=0.3", 25.1},    {"series=read,remote_ratio=1", 2.36},
      {"series=write-tso,remote_ratio=1", 1.77}, {"series=read-lock,remote_ratio=0", 10.8}};
  std::vector<std::string> names;
  for (const auto& [name, expected] : paper) {
    names.push_back(name);
  }
  const auto simulated = throughput(names);
  for (const auto& [name, expected] : paper) {
    INFO(name);
    CHECK(simulated.at(name) == Approx(expected).epsilon(0.04));
  }
}

TEST_CASE("GAM's remote-ratio experiment predicts curves that costs were not taken from") {
  const std::map<std::string, double> paper = {{"series=read,remote_ratio=0.8", 3.68},
                                               {"series=read-lock,remote_ratio=0.8", 3.10},
                                               {"series=write-lock,remote_ratio=0.8", 2.73}};
  std::vector<std::string> names;
  for (const auto& [name, expected] : paper) {
    names.push_back(name);
  }
  const auto simulated = throughput(names);
  for (const auto& [name, expected] : paper) {
    INFO(name);
    CHECK(simulated.at(name) == Approx(expected).epsilon(0.15));
  }
}
