// GAM in every order of events, on scenarios of a few steps.

#include <catch2/catch.hpp>

#include "sim/check/random_walk.hpp"
#include "sim/check/schedule.hpp"
#include "sim/check/shrink.hpp"
#include "tests/protocols/gam/fixture.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("GAM repaired keeps its promises in every order of events, in all situations but eight") {
  // The slow scenarios, which ./dev test --long explores, meet five of these.
  CHECK(situations_not_met(specimen_of<GamEngine>(cache_of(1))) ==
        std::set<std::string>{"WRITE at home to_dirty", "WRITE at home to_shared",
                              "FETCH_AND_SHARED at to_dirty", "READ_FORWARD at to_dirty",
                              "WRITE_FORWARD at to_dirty", "INVALIDATE_FORWARD at to_dirty, locked",
                              "INVALIDATE_FORWARD at to_invalid",
                              "READ_REPLY (refusal) at to_shared"});
}

TEST_CASE("A read from a dying line is found in released GAM, by a schedule of eight steps") {
  GamOptions options;
  options.read_dying_lines = true;
  const Scenario writes = scenario("scenarios/writes-3");
  const Exploration found = explore(writes, specimen_of<GamEngine>(options), {});
  REQUIRE(found.failure);
  const Failure shortest = shorten(writes, specimen_of<GamEngine>(options), *found.failure, {});
  CHECK(shortest.code == ExitCode::incoherent);
  CHECK(shortest.schedule.size() <= found.failure->schedule.size());
  CHECK(shortest.schedule.size() == 8);
  const Playback again = play(writes, specimen_of<GamEngine>(options), shortest.schedule);
  CHECK(again.ends == ExitCode::incoherent);
  CHECK(again.what == shortest.what);
  CHECK(play(writes, specimen_of<GamEngine>(GamOptions()), shortest.schedule).ends == ExitCode::ok);
}

TEST_CASE("GAM without caching keeps its promises in every order of events") {
  GamOptions options;
  options.caching = false;
  for (const std::string name : {"scenarios/eviction-locks", "scenarios/upgrade-and-reader",
                                 "scenarios/own-write", "litmus/MP+fence"}) {
    INFO(name);
    const Exploration found = explore(scenario(name), specimen_of<GamEngine>(options), {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
  }
}

TEST_CASE("A thread reads what it has written under a read lock of another thread of its server") {
  const Exploration found =
      explore(scenario("scenarios/own-write"), specimen_of<GamEngine>(GamOptions()), {});
  CHECK(found.complete);
  CHECK(found.outcomes.size() == 1);
}

TEST_CASE("A deadlock of the program ends its paths, one of GAM is a failure") {
  const Scenario crossed = scenario("scenarios/crossed-locks");
  const Exploration found = explore(crossed, specimen_of<GamEngine>(GamOptions()), {});
  CHECK_FALSE(found.failure);
  CHECK(found.complete);
  CHECK(found.standstills > 0);
  CHECK(found.standstills < found.ends);
  CHECK(found.outcomes.size() == 1);
  GamOptions options = cache_of(1);
  options.confuse_copies = true;
  const ScheduleFile kept =
      read_schedule(DSMSIM_SOURCE_DIR "/tests/schedules/gam-confuse-copies.json");
  const Exploration stuck = explore(kept.scenario, specimen_of<GamEngine>(options), {});
  REQUIRE(stuck.failure);
  CHECK(stuck.failure->code == ExitCode::deadlock);
  CHECK(stuck.standstills == 0);
}

TEST_CASE("A home that invalidates copies still reads, or a lock of two blocks is a deadlock") {
  const Scenario blocks = scenario("scenarios/lock-of-two-blocks");
  GamOptions released;
  released.home_reads_wait = true;
  const Exploration stuck = explore(blocks, specimen_of<GamEngine>(released), {});
  REQUIRE(stuck.failure);
  CHECK(stuck.failure->code == ExitCode::deadlock);
  const Exploration repaired = explore(blocks, specimen_of<GamEngine>(GamOptions()), {});
  CHECK((repaired.failure ? repaired.failure->what : "") == "");
  CHECK(repaired.complete);
}

TEST_CASE("Released GAM is explored to its end where failures end their path only") {
  GamOptions options;
  options.read_dying_lines = options.early_write_bytes = options.ack_locked_upgrade = true;
  const Exploration found = explore(scenario("scenarios/locked-upgrade"),
                                    specimen_of<GamEngine>(options), {.all_failures = true});
  CHECK(found.complete);
  CHECK(found.failure);
  CHECK(found.failures.size() >= 2);
  // A read of what has not taken effect yet, where nothing has.
  CHECK(explore(scenario("scenarios/own-write"), specimen_of<GamEngine>(options),
                {.all_failures = true})
            .complete);
}

TEST_CASE("Random walks find a read from a dying line, and shrinking leaves what it takes") {
  GamOptions options;
  options.read_dying_lines = true;
  const Specimen specimen = specimen_of<GamEngine>(options);
  const auto find = [&specimen](const Scenario& candidate) {
    RandomStream random(1, "test");
    return walk(candidate, specimen, random, 1000).failure;
  };
  const Scenario writes = scenario("scenarios/writes-3");
  const std::optional<Failure> failure = find(writes);
  REQUIRE(failure);
  CHECK(failure->code == ExitCode::incoherent);
  const FailingScenario small = shrink({writes, *failure}, find);
  std::size_t steps = 0;
  for (const ScenarioThread& thread : small.scenario.threads) {
    steps += thread.steps.size();
  }
  CHECK(steps <= 4);
  CHECK(play(small.scenario, specimen, small.failure.schedule).what == small.failure.what);
}

TEST_CASE("Random walks are functions of their seed") {
  const Scenario writes = scenario("scenarios/writes-3");
  const auto last = [&writes](std::uint64_t seed) {
    RandomStream random(seed, "test");
    return walk(writes, specimen_of<GamEngine>(GamOptions()), random, 3).last;
  };
  CHECK(last(1) == last(1));
  CHECK(last(1) != last(2));
}

TEST_CASE("Taking states with equal fingerprints for one hides no outcome") {
  for (const std::string name : {"litmus/SB", "litmus/lock-update"}) {
    INFO(name);
    const Scenario small = scenario(name);
    const Exploration merged = explore(small, specimen_of<GamEngine>(GamOptions()), {});
    const Exploration whole =
        explore(small, specimen_of<GamEngine>(GamOptions()), {.prune = false});
    CHECK(whole.complete);
    CHECK(whole.states == merged.states);
    CHECK(whole.ends > merged.ends);
    std::vector<dsmsim::Outcome> outcomes[2];
    for (const auto& [outcome, schedule] : merged.outcomes) {
      outcomes[0].push_back(outcome);
    }
    for (const auto& [outcome, schedule] : whole.outcomes) {
      outcomes[1].push_back(outcome);
    }
    CHECK(outcomes[0] == outcomes[1]);
  }
}

TEST_CASE("An exploration gives up where it is told to, and says that it is not complete") {
  const Exploration found = explore(scenario("scenarios/writes-3"),
                                    specimen_of<GamEngine>(GamOptions()), {.states = 100});
  CHECK_FALSE(found.complete);
  CHECK_FALSE(found.failure);
  CHECK(found.states == 100);
}

}  // namespace
}  // namespace dsmsim::testing
