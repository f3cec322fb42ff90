// DRust in every order of events, on scenarios of a few steps: racing accesses, which Rust would
// not compile and a replayed trace makes.

#include <catch2/catch.hpp>

#include "sim/check/schedule.hpp"
#include "tests/protocols/drust/fixture.hpp"
#include "tests/protocols/drust/programs.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("DRust keeps its promises in every order of events, in the situations of scenarios") {
  Specimen specimen = specimen_of<DrustEngine>(cramped(DrustOptions()));
  specimen.memory = 16_KiB;
  CHECK(situations_not_met(specimen) ==
        std::set<std::string>{
            "INVALIDATE: no copies, they were evicted or never there",
            "OWNER_UPDATE: nothing has changed",
            // No scenario has these operations; random programs of the engine's own tests do.
            "PART_READ", "PART_WRITE", "PART_COLOUR", "UNSAFE_READ", "UNSAFE_WRITE",
            "IN_PLACE_READ", "IN_PLACE_WRITE", "RESET", "RESET_DONE", "TRANSFER: nobody waits",
            "TRANSFER: others wait for the object", "ALLOCATE", "ALLOCATED"});
}

TEST_CASE("An owner that keeps its copy while others write reads it when it is old") {
  DrustOptions options;
  options.mode = DrustMode::as_written;
  const Exploration found =
      explore(scenario("scenarios/owner-reads"), specimen_of<DrustEngine>(options), {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::incoherent);
  CHECK_THAT(found.failure->what, Catch::Contains("must see operation 2 of thread 1"));
}

TEST_CASE("An address that is used again at once meets the copies of what was there before") {
  DrustOptions options;
  options.mode = DrustMode::as_written;
  const Exploration found =
      explore(scenario("litmus/CoRR2"), specimen_of<DrustEngine>(options), {});
  REQUIRE(found.failure);
  CHECK_THAT(found.failure->what, Catch::Contains("the copy of object 0 on server 2"));
}

TEST_CASE("DRust: taking states with equal fingerprints for one hides no outcome") {
  const Scenario small = scenario("litmus/MP");
  const Exploration merged = explore(small, specimen_of<DrustEngine>(DrustOptions()), {});
  const Exploration whole =
      explore(small, specimen_of<DrustEngine>(DrustOptions()), {.prune = false});
  CHECK(whole.states == merged.states);
  CHECK(whole.outcomes.size() == merged.outcomes.size());
}

/// Whoever finds a lock taken tries again at once.
Specimen impatient(std::string_view mutant = {}) {
  DrustOptions options = timeless(DrustOptions());
  options.lock_pause = options.lock_pause_limit = Duration();
  return {[options, mutant](EngineContext context) -> std::unique_ptr<Engine> {
    context.mutant = mutant;
    return std::make_unique<DrustEngine>(context, options);
  }};
}

TEST_CASE("Locks whose retries take no time are explored to the end: others have their turn") {
  for (const std::string name : {"scenarios/locks-3", "litmus/lock-update", "litmus/MP+locks"}) {
    INFO(name);
    const Exploration found = explore(scenario(name), impatient(), {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
  }
}

#ifdef DSMSIM_MUTANTS
TEST_CASE("A lock that is granted twice is found though retries take no time") {
  const Exploration found =
      explore(scenario("scenarios/locks-3"), impatient("drust.taken_lock_taken"), {});
  REQUIRE(found.failure);
  CHECK_THAT(found.failure->what, Catch::Contains("does not hold the lock"));
}
#endif

}  // namespace
}  // namespace dsmsim::testing
