// Every defect that can be put into swapping is found, by exploring scenarios of a few steps or by
// a crash at every step of one.

#include <catch2/catch.hpp>

#include "sim/check/crash_table.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/specimens.hpp"
#include "tests/protocols/swap/fixture.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// The first scenario in which something is wrong, or "".
std::string swap_mutant_found_by(std::string_view mutant) {
  for (const SlabMapping mapping : {SlabMapping::at_once, SlabMapping::activity}) {
    const SwapOptions options = short_of_memory(2, mapping, Specimen().memory);
    if (explore(scenario("scenarios/pages/page-eviction"), specimen_of<SwapEngine>(options, mutant),
                {})
            .failure) {
      return mapping == SlabMapping::at_once ? "slabs taken back" : "slabs mapped";
    }
  }
  const std::pair<std::string, std::uint32_t> explored[] = {
      {"page-eviction", 2}, {"page-forgotten", 2}, {"pages-3", 2}, {"page-neighbours", 4}};
  for (const auto& [name, frames] : explored) {
    const Specimen specimen = specimen_of<SwapEngine>(small_swap(frames), mutant);
    if (explore(scenario("scenarios/pages/" + name), specimen, {.states = 5000}).failure) {
      return name;
    }
  }
  const Specimen specimen = specimen_of<SwapEngine>(small_swap(2), mutant);
  const CrashTable table = crash_everywhere(scenario("scenarios/pages/page-crash"), specimen, {});
  return table.count(CrashEnd::incorrect) > 0 ? "a crash" : "";
}

TEST_CASE("Exploration and crashes find every mutant of swapping") {
  MutantScore score("swap");
  CHECK(swap_mutant_found_by("").empty());
  for (const MutantRow& mutant : swap_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, swap_mutant_found_by(mutant.name)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
