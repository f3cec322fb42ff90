// DRust in every order of events, on scenarios of a few steps: racing accesses, which Rust would
// not compile and a replayed trace makes.

#include <catch2/catch.hpp>

#include "drust_fixture.hpp"
#include "sim/check/schedule.hpp"

namespace dsmsim::testing {
namespace {

Specimen specimen_of(DrustOptions options) {
  options = timeless(options);
  return {[options](EngineContext context) -> std::unique_ptr<Engine> {
    return std::make_unique<DrustEngine>(context, options);
  }};
}

Scenario scenario(const std::string& name) {
  return read_scenario(std::string(DSMSIM_SOURCE_DIR) + "/tests/" + name + ".litmus");
}

TEST_CASE("DRust keeps its promises in every order of events") {
  for (const std::string name : {"eviction", "locks-3", "locked-upgrade", "owner-reads"}) {
    INFO(name);
    const Exploration found = explore(scenario("scenarios/" + name), specimen_of({}), {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
    CHECK(found.outcomes.size() > 1);
  }
}

TEST_CASE("An owner that keeps its copy while others write reads it when it is old") {
  DrustOptions options;
  options.owner_copy = DrustOwnerCopy::keep;
  const Exploration found = explore(scenario("scenarios/owner-reads"), specimen_of(options), {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::incoherent);
  CHECK_THAT(found.failure->what, Catch::Contains("must see operation 2 of thread 1"));
}

TEST_CASE("An address that is used again at once meets the copies of what was there before") {
  DrustOptions options;
  options.reuse = DrustReuse::unsafe;
  const Exploration found = explore(scenario("litmus/CoRR2"), specimen_of(options), {});
  REQUIRE(found.failure);
  CHECK_THAT(found.failure->what, Catch::Contains("the copy of object 0 on server 2"));
}

TEST_CASE("DRust: taking states with equal fingerprints for one hides no outcome") {
  const Scenario small = scenario("litmus/MP");
  const Exploration merged = explore(small, specimen_of({}), {});
  const Exploration whole = explore(small, specimen_of({}), {.prune = false});
  CHECK(whole.states == merged.states);
  CHECK(whole.outcomes.size() == merged.outcomes.size());
}

}  // namespace
}  // namespace dsmsim::testing
