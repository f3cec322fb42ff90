// GAM's own evaluation, at a scale that a test can afford. docs/validation.md has the whole curves.

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run.hpp"

using namespace dsmsim;

namespace {

const std::string kShipped = std::string(DSMSIM_SOURCE_DIR) + "/configs";
const std::string kFigures = kShipped + "/experiments/gam-figures.json";

/// The second of the experiment's groups of axes, alone.
std::string axes_of_figure_7() {
  std::ifstream file(kFigures);
  const auto axes = nlohmann::ordered_json::parse(file)["axes"][1];
  REQUIRE(axes["figure"][0]["label"] == "7");
  return "axes=" + axes.dump();
}

/// A run of figure 7.
std::string figure_7(const std::string& read_ratio, const std::string& operation,
                     const std::string& remote_ratio) {
  return "figure=7,read_ratio=" + read_ratio + ",operation=" + operation +
         ",remote_ratio=" + remote_ratio;
}

/// What runs of the shipped experiment say, by name; 9.77 operations a block, as in the paper.
std::map<std::string, nlohmann::ordered_json> run_series(
    const std::vector<std::string>& names, const std::vector<std::string>& more = {}) {
  std::vector<std::string> overrides = {"program.blocks=1024", "program.operations=10000",
                                        "protocol.cache=256KiB", axes_of_figure_7()};
  overrides.insert(overrides.end(), more.begin(), more.end());
  const Plan plan = read_plan(kFigures, overrides, {kShipped});
  std::map<std::string, nlohmann::ordered_json> found;
  for (const PlannedRun& run : plan.runs) {
    if (std::find(names.begin(), names.end(), run.name) != names.end()) {
      found[run.name] = run_experiment(run.experiment).summary;
    }
  }
  return found;
}

/// The paper's metric, in millions.
double throughput(const nlohmann::ordered_json& summary) {
  return summary["program"]["sum_of_thread_rates_per_second"].get<double>() / 1e6;
}

/// Whether the paper's throughput comes out.
void check_series(const std::map<std::string, double>& paper, double epsilon,
                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> names;
  for (const auto& [name, expected] : paper) {
    names.push_back(name);
  }
  const auto simulated = run_series(names, more);
  for (const auto& [name, expected] : paper) {
    INFO(name);
    CHECK(throughput(simulated.at(name)) == Approx(expected).epsilon(epsilon));
  }
}

double hit_ratio(const nlohmann::ordered_json& summary) {
  return summary["engine"]["remote_writes_hit"].get<double>() /
         summary["engine"]["remote_writes"].get<double>();
}

}  // namespace

TEST_CASE("GAM's figures reproduce the paper's throughput where costs come from") {
  check_series({{figure_7("0", "access", "0"), 29.5},
                {figure_7("0", "tso", "0"), 25.9},
                {figure_7("1", "access", "0"), 37.2},
                {figure_7("1", "access", "0.3"), 25.1},
                {figure_7("1", "access", "1"), 2.36},
                {figure_7("0", "tso", "1"), 1.77},
                {figure_7("1", "lock", "0"), 10.8}},
               0.04);
}

TEST_CASE("GAM's micro-benchmark that stays on one block is as fast as at the end of figure 8") {
  check_series({{figure_7("0", "access", "0.9"), 42.0},
                {figure_7("0", "tso", "0.9"), 34.3},
                {figure_7("0", "lock", "0.9"), 24.2},
                {figure_7("1", "access", "0.9"), 58.8},
                {figure_7("1", "lock", "0.9"), 23.3}},
               0.025, {"program.space_locality=1"});
}

TEST_CASE("GAM's figures predict curves that costs were not taken from") {
  check_series({{figure_7("1", "access", "0.8"), 3.68},
                {figure_7("1", "lock", "0.8"), 3.10},
                {figure_7("0", "lock", "0.8"), 2.73}},
               0.15);
}

TEST_CASE("Of GAM's all-remote writes as many hit as the paper says, with and without fences") {
  const auto simulated = run_series({figure_7("0", "access", "1"), figure_7("0", "tso", "1")});
  CHECK(hit_ratio(simulated.at(figure_7("0", "access", "1"))) == Approx(0.8).margin(0.05));
  CHECK(hit_ratio(simulated.at(figure_7("0", "tso", "1"))) == Approx(0.5).margin(0.02));
}

TEST_CASE("The hump of GAM's figure 9 is the leak of lines that were handed over") {
  const auto at = [](const std::string& sharing, const std::string& leak) {
    const std::string name = figure_7("0", "tso", "0.9");
    return throughput(run_series({name}, {"program.shared_ratio=" + sharing,
                                          "protocol.leak_shipped_lines=" + leak})
                          .at(name));
  };
  const double unshared = at("0", "true");
  CHECK(at("0", "false") == unshared);
  CHECK(at("0.2", "true") > 1.5 * unshared);
  CHECK(at("0.2", "false") < unshared);
}
