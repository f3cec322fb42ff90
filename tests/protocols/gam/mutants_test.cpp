// Every defect that can be put into GAM is found by exploring scenarios of a few steps.

#include "protocols/gam/mutants.hpp"

#include <catch2/catch.hpp>

#include "tests/protocols/gam/fixture.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/specimens.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// The first scenario in which something is wrong, or "".
std::string gam_mutant_found_by(std::string_view mutant) {
  for (const std::string name :
       {"scenarios/locked-upgrade", "scenarios/locks-3", "scenarios/upgrades-3",
        "scenarios/writes-3", "scenarios/eviction", "scenarios/eviction-3",
        "scenarios/try-upgrades-3", "litmus/SB+fences", "litmus/MP+fence"}) {
    if (explore(scenario(name), specimen_of<GamEngine>(cache_of(1), mutant), {.states = 3000})
            .failure) {
      return name;
    }
  }
  return "";
}

TEST_CASE("Exploration finds every mutant of GAM") {
  MutantScore score("gam");
  CHECK(gam_mutant_found_by("").empty());
  for (const MutantRow& mutant : gam_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, gam_mutant_found_by(mutant.name)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
