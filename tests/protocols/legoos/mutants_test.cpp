// Every defect that can be put into LegoOS' memory is found by exploring scenarios of a few steps.
// Those of files: files_test.cpp.

#include "protocols/legoos/mutants.hpp"

#include <catch2/catch.hpp>

#include "sim/check/crash_walk.hpp"
#include "tests/protocols/legoos/fixture.hpp"
#include "tests/protocols/mutant_score.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

struct Search {
  std::string scenario;
  LegoosOptions options;
};

/// The quick ones first.
std::vector<Search> searches() {
  std::vector<Search> all = {{"page-eviction", one_set(2)},
                             {"page-replicas", one_set(1)},
                             {"page-eviction", one_set(2)},
                             {"page-replicas", replicated(LegoosReplication::paper)},
                             {"pages-3", one_set(2)}};
  all[1].options.eviction = LegoosEviction::victim;
  all[1].options.victim_lines = 1;
  all[2].options.eviction = LegoosEviction::write_protect;
  return all;
}

/// The first scenario in which something is wrong, or "".
std::string found_by(std::string_view mutant) {
  const std::string distant = "page-table-lock";
  const Exploration first =
      explore(scenario("scenarios/pages/" + distant), distant_pages(mutant), {.states = 3000});
  if (first.failure) {
    return distant;
  }
  for (const Search& search : searches()) {
    if (explore(scenario("scenarios/pages/" + search.scenario),
                specimen_of<LegoosEngine>(search.options, mutant), {.states = 3000})
            .failure) {
      return search.scenario;
    }
  }
  RandomStream random(1, "test");
  const CrashWalks crashes =
      walk_with_crashes(scenario("scenarios/pages/page-replicas-3"),
                        specimen_of<LegoosEngine>(replicated(LegoosReplication::paper), mutant),
                        random, {.walks = 2000, .crashes = 2, .servers = {NodeId(1), NodeId(2)}});
  return crashes.failure ? "page-replicas-3, two crashes" : "";
}

TEST_CASE("Exploration finds every mutant of LegoOS") {
  MutantScore score("legoos");
  CHECK(found_by("").empty());
  const std::span<const MutantRow> all = legoos_mutants();
  for (const MutantRow& mutant : all.first(all.size() - legoos_file_mutants().size())) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, found_by(mutant.name)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
