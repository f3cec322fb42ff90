#include "sim/check/shrink.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/check/scenario_rules.hpp"

using namespace dsmsim;

namespace {

/// Fails if some thread writes 2 to x, whatever else there is.
std::optional<Failure> writes_two(const Scenario& scenario) {
  CHECK(faults(scenario).empty());
  for (const ScenarioThread& thread : scenario.threads) {
    for (const Step& step : thread.steps) {
      if (step.kind == OpKind::write && step.operand == 2 &&
          scenario.objects[step.object.index()].name == "x") {
        return Failure{ExitCode::incoherent, "2 was written", {}};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("A failing scenario loses what its failure does not need") {
  const Scenario scenario = parse_scenario(
      "name large\nobject y on 0\nobject x on 2\n"
      "thread on 1:  lock y;  r0 = y;  x = 1;  x = 2;  unlock y;  r1 = x\n"
      "thread on 2:  y = 2;  fence\n"
      "thread on 3:  r2 = trylock x;  x = 3;  unlock x\n",
      "test");
  const FailingScenario small = shrink({scenario, *writes_two(scenario)}, writes_two);
  CHECK(to_text(small.scenario) == "name large\nobject x on 1\nthread on 0:  x = 2\n");
}

TEST_CASE("A smaller scenario does not ask for the outcome of the larger one") {
  const Scenario scenario = parse_scenario(
      "name asks\nobject y on 0\nobject x on 1\n"
      "thread on 0:  r0 = y;  x = 2\nthread on 1:  r1 = x\nexists r0 = 0 and r1 = 2 and y = 0\n",
      "test");
  const FailingScenario small = shrink({scenario, *writes_two(scenario)}, writes_two);
  CHECK(to_text(small.scenario) == "name asks\nobject x on 1\nthread on 0:  x = 2\n");
}

TEST_CASE("Shrinking keeps to the failure that it was given") {
  const Scenario scenario =
      parse_scenario("name two\nobject x on 0\nthread on 0:  x = 1;  x = 2\n", "test");
  const auto find = [](const Scenario& candidate) {
    std::optional<Failure> failure = writes_two(candidate);
    if (failure && candidate.threads[0].steps.size() == 1) {
      failure->code = ExitCode::deadlock;
    }
    return failure;
  };
  CHECK(shrink({scenario, *find(scenario)}, find).scenario == scenario);
}
