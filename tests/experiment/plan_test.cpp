#include "sim/experiment/plan.hpp"

#include <catch2/catch.hpp>

#include "tests/support/command_line.hpp"

namespace dsmsim {

TEST_CASE("What only varies while runs go on is set up once for all runs") {
  const Scratch scratch;
  scratch.file("seeds.json", R"({
      "cluster": {"extends": "clusters/drust8.json", "servers": 2}, "protocol": "gam",
      "program": {"name": "gups", "updates": 4, "threads_per_server": 1},
      "axes": {"program.words": [64, 128], "seed": [1, 2, 3]}})");
  const Plan plan =
      read_plan((scratch.path() / "seeds.json").string(), {}, {DSMSIM_SOURCE_DIR "/configs"});
  REQUIRE(plan.runs.size() == 6);
  for (const std::size_t run : {1, 2}) {
    CHECK(plan.runs[run].program == plan.runs[0].program);
    CHECK(plan.runs[3 + run].program == plan.runs[3].program);
  }
  CHECK(plan.runs[0].program != plan.runs[3].program);
}

// A run whose axis value left the program alone got the program of the axis's first value.
TEST_CASE("A value that sets nothing of the program does not share the program of one that does") {
  const Scratch scratch;
  scratch.file("systems.json", R"({
      "cluster": {"extends": "clusters/drust8.json", "servers": 2}, "program": "gups",
      "axes": {"system": [
          {"label": "original", "set": {"protocol": "local", "servers": 1, "program": "kvstore"}},
          {"label": "gam", "set": {"protocol": "gam"}},
          {"label": "ivy", "set": {"protocol": "ivy"}}]}})");
  const Plan plan =
      read_plan((scratch.path() / "systems.json").string(), {}, {DSMSIM_SOURCE_DIR "/configs"});
  REQUIRE(plan.runs.size() == 3);
  CHECK(plan.runs[0].program != plan.runs[1].program);
  CHECK(plan.runs[1].program == plan.runs[2].program);
}

}  // namespace dsmsim
