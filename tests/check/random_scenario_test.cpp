#include "sim/check/random_scenario.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "sim/check/scenario_rules.hpp"

using namespace dsmsim;

TEST_CASE("Random programs keep the rules of scenarios, and are read as they are written") {
  RandomStream random(1, "test");
  bool locks = false;
  bool atomics = false;
  bool guarded = false;
  for (int i = 0; i < 300; ++i) {
    const Scenario scenario = random_scenario(random, "random-" + std::to_string(i));
    INFO(to_text(scenario));
    CHECK(faults(scenario).empty());
    CHECK(parse_scenario(to_text(scenario), "test") == scenario);
    for (const ScenarioThread& thread : scenario.threads) {
      for (const Step& step : thread.steps) {
        locks = locks || step.kind == OpKind::unlock;
        atomics = atomics || step.kind == OpKind::atomic_add;
        guarded = guarded || (step.kind == OpKind::write && needs_lock(scenario, step));
      }
    }
  }
  CHECK(locks);
  CHECK(atomics);
  CHECK(guarded);
}

TEST_CASE("A random program is a function of its seed") {
  const auto text = [](std::uint64_t seed) {
    RandomStream random(seed, "test");
    return to_text(random_scenario(random, "random"));
  };
  CHECK(text(7) == text(7));
  CHECK(text(7) != text(8));
}
