// The verdicts of the literature on the tests of tests/litmus: Alglave, Maranget, Tautschnig,
// "Herding Cats", ACM TOPLAS 36(2), 2014; SPARC V9 for TSO and PSO.

#include "sim/check/memory_model.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "sim/base/error.hpp"

using namespace dsmsim;

namespace {

/// Is the interesting outcome allowed: s sequential, t TSO, p PSO, c coherent.
const std::map<std::string, std::string> kVerdicts = {
    {"SB", "-tpc"},
    {"SB+crossed", "-tpc"},
    {"SB+fence", "-tpc"},
    {"SB+fences", "---c"},
    {"SB+locks", "---c"},
    {"MP", "--pc"},
    {"MP+away", "--pc"},
    {"MP+one-block", "--pc"},
    {"MP+cached", "--pc"},
    {"MP+fence", "---c"},
    {"MP+fences", "---c"},
    {"MP+locks", "---c"},
    {"MP+handover", "---c"},
    {"MP+handover+away", "---c"},
    {"MP+add", "---c"},
    {"MP+mutex", "---c"},
    {"LB", "---c"},
    {"LB+crossed", "---c"},
    {"LB+fences", "---c"},
    {"IRIW", "---c"},
    {"IRIW+crossed", "---c"},
    {"IRIW+fences", "---c"},
    {"CoRR", "----"},
    {"CoRR+away", "----"},
    {"CoRR2", "----"},
    {"CoWW", "----"},
    {"CoRW", "----"},
    {"CoWR", "----"},
    {"2+2W", "--pc"},
    {"2+2W+away", "--pc"},
    {"2+2W+fences", "---c"},
    {"S", "--pc"},
    {"S+away", "--pc"},
    {"S+fence", "---c"},
    {"R", "-tpc"},
    {"R+fence", "--pc"},
    {"R+fences", "---c"},
    {"WRC", "---c"},
    {"WRC+cached", "---c"},
    {"WRC+fences", "---c"},
    {"lock-update", "----"},
    {"lock-update+away", "----"},
    {"rlock-stable", "----"},
    {"trylock-exclusion", "---c"},
    {"trylock-against-lock", "----"},
    {"mutex-update", "----"},
    {"mutex-try", "----"},
    {"add-add", "----"},
    {"cas-cas", "----"},
};

std::string verdict(const Scenario& scenario) {
  std::string text;
  for (const MemoryModel model : kMemoryModels) {
    const AllowedOutcomes allowed = allowed_outcomes(scenario, model);
    CHECK_FALSE(allowed.can_deadlock);
    const bool shows =
        std::any_of(allowed.outcomes.begin(), allowed.outcomes.end(),
                    [&](const Outcome& outcome) { return is_interesting(scenario, outcome); });
    text += shows ? to_string(model).front() : '-';
  }
  return text;
}

/// Every litmus test of the project.
std::vector<Scenario> all_tests() {
  std::vector<Scenario> tests;
  for (const auto& entry : std::filesystem::directory_iterator(DSMSIM_SOURCE_DIR "/tests/litmus")) {
    tests.push_back(read_scenario(entry.path().string()));
    CHECK(entry.path().filename().string() == tests.back().name + ".litmus");
  }
  return tests;
}

Scenario scenario_of(const std::string& lines) {
  return parse_scenario("name T\nobject x on 0\nobject y on 0\n" + lines, "a.litmus");
}

std::set<std::string> outcomes(const Scenario& scenario, MemoryModel model,
                               ModelOptions options = {}) {
  std::set<std::string> texts;
  for (const Outcome& outcome : allowed_outcomes(scenario, model, options).outcomes) {
    texts.insert(to_text(scenario, outcome));
  }
  return texts;
}

}  // namespace

TEST_CASE("Each litmus test has the verdicts of the literature under every model") {
  std::map<std::string, std::string> verdicts;
  for (const Scenario& scenario : all_tests()) {
    verdicts[scenario.name] = verdict(scenario);
  }
  CHECK(verdicts == kVerdicts);
}

TEST_CASE("Each litmus test says what it asks, and its text reads back as the same") {
  for (const Scenario& scenario : all_tests()) {
    INFO(scenario.name);
    CHECK(!scenario.about.empty());
    CHECK(!scenario.exists.empty());
    CHECK(parse_scenario(to_text(scenario), "again") == scenario);
  }
}

TEST_CASE("A weaker model allows what a stronger one does") {
  for (const Scenario& scenario : all_tests()) {
    INFO(scenario.name);
    std::set<Outcome> stronger;
    for (const MemoryModel model : kMemoryModels) {
      const std::set<Outcome> allowed = allowed_outcomes(scenario, model).outcomes;
      CHECK(std::includes(allowed.begin(), allowed.end(), stronger.begin(), stronger.end()));
      stronger = allowed;
    }
  }
}

TEST_CASE("All outcomes of a test are found, and no others") {
  const Scenario buffering = scenario_of("thread on 0: x = 1; r = y\nthread on 0: y = 1; s = x\n");
  CHECK(outcomes(buffering, MemoryModel::sequential) ==
        std::set<std::string>{"r=0 s=1 x=1 y=1", "r=1 s=0 x=1 y=1", "r=1 s=1 x=1 y=1"});
  CHECK(outcomes(buffering, MemoryModel::tso).size() == 4);
  const Scenario passing = scenario_of("thread on 0: x = 1; y = 1\nthread on 0: r = y; s = x\n");
  CHECK(outcomes(passing, MemoryModel::tso).size() == 3);
  CHECK(outcomes(passing, MemoryModel::pso).size() == 4);
}

TEST_CASE("A thread sees its own writes before others do, the last one first") {
  const Scenario own = scenario_of("thread on 0: x = 1; x = 2; r = x\nthread on 0: s = x\n");
  for (const MemoryModel model : kMemoryModels) {
    CHECK(outcomes(own, model) ==
          std::set<std::string>{"r=2 s=0 x=2 y=0", "r=2 s=1 x=2 y=0", "r=2 s=2 x=2 y=0"});
  }
}

TEST_CASE("Atomics add, compare and swap in one step, under every model") {
  const Scenario atomics = scenario_of(
      "thread on 0: a = add x 2; b = cas x 2 9\nthread on 0: c = add x 1; d = cas x 7 5\n");
  for (const MemoryModel model : kMemoryModels) {
    CHECK(outcomes(atomics, model) ==
          std::set<std::string>{"a=0 b=2 c=9 d=10 x=10 y=0", "a=0 b=3 c=2 d=3 x=3 y=0",
                                "a=1 b=3 c=0 d=1 x=3 y=0", "a=1 b=3 c=0 d=3 x=3 y=0"});
  }
}

TEST_CASE("A lock is held by one thread or shared by readers, and a try-lock says which") {
  const Scenario tries = scenario_of(
      "thread on 0: r = trylock x; unlock x\n"
      "thread on 0: s = tryrlock x; unlock x\n");
  const Scenario readers = scenario_of(
      "thread on 0: r = tryrlock x; unlock x\n"
      "thread on 0: s = tryrlock x; unlock x\n");
  for (const MemoryModel model : kMemoryModels) {
    CHECK(outcomes(tries, model) ==
          std::set<std::string>{"r=0 s=1 x=0 y=0", "r=1 s=0 x=0 y=0", "r=1 s=1 x=0 y=0"});
    CHECK(outcomes(readers, model) == std::set<std::string>{"r=1 s=1 x=0 y=0"});
    CHECK(outcomes(readers, model, {.spurious_failures = true}).size() == 4);
  }
}

TEST_CASE("Threads that lock in opposite orders can wait for each other for ever") {
  const Scenario crossed = scenario_of(
      "thread on 0: lock x; lock y; x = 1; unlock y; unlock x\n"
      "thread on 0: lock y; rlock x; r = x; unlock x; unlock y\n");
  const Scenario ordered = scenario_of(
      "thread on 0: lock x; lock y; x = 1; unlock y; unlock x\n"
      "thread on 0: rlock x; lock y; r = x; unlock x; unlock y\n");
  for (const MemoryModel model : kMemoryModels) {
    CHECK(allowed_outcomes(crossed, model).can_deadlock);
    CHECK(allowed_outcomes(crossed, model).outcomes.size() == 2);
    CHECK_FALSE(allowed_outcomes(ordered, model).can_deadlock);
  }
}

TEST_CASE("A program comes to a standstill by itself where threads wait, and in no other place") {
  const Scenario crossed = scenario_of(
      "thread on 0: r = y; lock x; lock y; x = 1; unlock y; unlock x\n"
      "thread on 0: s = trylock y; lock x; unlock x; unlock y\n");
  const std::set<Standstill> found = standstills(crossed);
  CHECK(found == std::set<Standstill>{{{2, 1}, {0, 1}}});  // with y, not after it was refused
  CHECK(found.contains(standstill_at(crossed, {2, 1}, {7, 1})));  // what was read says nothing
  CHECK_FALSE(found.contains(standstill_at(crossed, {2, 1}, {0, 0})));
  CHECK_FALSE(found.contains(standstill_at(crossed, {1, 1}, {0, 1})));
  CHECK(standstills(scenario_of("thread on 0: lock x; unlock x\nthread on 0: r = add y 1\n"))
            .empty());
  CHECK(standstills(scenario_of("thread on 0: x = 1; r = read_fe y\n")) ==
        std::set<Standstill>{{{1}, {0}}});
}

TEST_CASE("What is behind a lock is passed over by a thread whose try-lock has failed") {
  const std::string threads =
      "thread on 0: r = trylock m; m = 1; unlock m\n"
      "thread on 0: s = tryrlock m; t = m; unlock m\n";
  const Scenario guarded = parse_scenario("name T\nobject m on 0 guarded\n" + threads, "a.litmus");
  const Scenario open = parse_scenario("name T\nobject m on 0\n" + threads, "a.litmus");
  for (const MemoryModel model : kMemoryModels) {
    CHECK(outcomes(guarded, model) == std::set<std::string>{"r=0 s=1 t=0 m=0", "r=1 s=0 t=0 m=1",
                                                            "r=1 s=1 t=0 m=1", "r=1 s=1 t=1 m=1"});
    CHECK(outcomes(open, model).contains("r=0 s=1 t=1 m=1"));
  }
}

TEST_CASE("A scenario with too many states is refused, not searched for ever") {
  const Scenario scenario = scenario_of(
      "thread on 0: x = 1; y = 2; x = 3; y = 4\nthread on 0: x = 5; y = 6; x = 7; y = 8\n");
  CHECK_NOTHROW(allowed_outcomes(scenario, MemoryModel::pso));
  try {
    allowed_outcomes(scenario, MemoryModel::pso, {.most_states = 100});
    FAIL("was searched");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::limit);
  }
}
