// Every defect that can be put into LegoOS is found by exploring scenarios of a few steps.

#include <catch2/catch.hpp>

#include "legoos_fixture.hpp"
#include "mutant_score.hpp"
#include "protocols/legoos/mutants.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// The first scenario in which something is wrong, or "".
std::string found_by(std::string_view mutant) {
  for (const std::string name : {"scenarios/pages/page-eviction", "scenarios/pages/pages-3"}) {
    if (explore(scenario(name), specimen_of<LegoosEngine>(one_set(2), mutant), {.states = 3000})
            .failure) {
      return name;
    }
  }
  const std::string distant = "scenarios/pages/page-table-lock";
  if (explore(scenario(distant), distant_pages(mutant), {.states = 3000}).failure) {
    return distant;
  }
  const std::string logged = "scenarios/pages/page-replicas";
  const Specimen replicas = specimen_of<LegoosEngine>(replicated(LegoosReplication::paper), mutant);
  return explore(scenario(logged), replicas, {.states = 3000}).failure ? logged : "";
}

TEST_CASE("Exploration finds every mutant of LegoOS") {
  MutantScore score("legoos");
  CHECK(found_by("").empty());
  for (const MutantRow& mutant : legoos_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, found_by(mutant.name)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
