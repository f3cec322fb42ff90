// Every defect that can be put into the page directory is found by exploring scenarios of a few
// steps, of IVY and of Kona with `sharing: directory`.

#include <catch2/catch.hpp>

#include "tests/protocols/ivy/fixture.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/shared_fixture.hpp"
#include "tests/protocols/specimens.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// The first scenario in which something is wrong, or "".
std::string ivy_mutant_found_by(std::string_view mutant) {
  for (const std::string name :
       {"scenarios/locked-upgrade", "scenarios/eviction", "scenarios/writes-3",
        "scenarios/eviction-locks", "scenarios/eviction-3", "scenarios/upgrades-3",
        "scenarios/contended-home"}) {
    const Specimen specimen = specimen_of<IvyEngine>(small_ivy(1), mutant);
    if (explore(scenario(name), specimen, {.states = 5000}).failure) {
      return name;
    }
  }
  // What goes wrong only where dirty lines alone are written back.
  const Specimen lines = shared_specimen<KonaShared>(shared_kona(), mutant);
  return explore(two_lines(), lines, {.states = 5000}).failure ? "lines of kona-shared" : "";
}

TEST_CASE("Exploration finds every mutant of IVY") {
  MutantScore score("ivy");
  CHECK(ivy_mutant_found_by("").empty());
  for (const MutantRow& mutant : ivy_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, ivy_mutant_found_by(mutant.name)));
  }
}

TEST_CASE("A home whose thread never gets to use its page is found as starvation") {
  const Exploration found =
      explore(scenario("scenarios/contended-home"),
              specimen_of<IvyEngine>(small_ivy(1), "directory.confirm_before_wake"), {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::deadlock);
  CHECK_THAT(found.failure->what, Catch::StartsWith("ivy: starvation of thread 0: "));
}

}  // namespace
}  // namespace dsmsim::testing

#endif
