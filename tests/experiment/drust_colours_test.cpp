// The experiment about DRust's colours, shortened.

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run.hpp"

namespace dsmsim {

TEST_CASE("With 4 bits colours run out again and again, and memory stays coherent") {
  const std::string shipped = DSMSIM_SOURCE_DIR "/configs";
  const Plan plan = read_plan(shipped + "/experiments/drust-colours.json",
                              {"program.steps=60", "program.object_size=1KiB"}, {shipped});
  std::map<std::string, nlohmann::ordered_json> engines;
  for (const PlannedRun& run : plan.runs) {
    engines[run.name] = run_experiment(run.experiment).summary["engine"];  // throws if incoherent
  }
  REQUIRE(engines.size() == 3);
  CHECK(engines.at("colour_bits=4")["colour_overflows"].get<int>() > 10);
  CHECK(engines.at("colour_bits=16")["colour_overflows"].get<int>() == 0);
  for (const auto& [name, engine] : engines) {
    INFO(name);
    CHECK(engine["stale_reads"].get<int>() == 0);
  }
}

}  // namespace dsmsim
