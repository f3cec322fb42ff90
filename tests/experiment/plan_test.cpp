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

}  // namespace dsmsim
