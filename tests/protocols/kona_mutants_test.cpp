// Every defect that can be put into Kona is found by exploring scenarios of a few steps.

#include <catch2/catch.hpp>

#include "kona_fixture.hpp"
#include "mutant_score.hpp"
#include "protocols/kona/mutants.hpp"
#include "specimens.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

/// The options under which the scenarios run: with a log that is always full, with one that takes
/// several blocks in a batch, with two copies, and on virtual memory.
std::vector<KonaOptions> settings() {
  KonaOptions batches = one_frame();
  batches.log = batches.batch = Bytes(4096);
  KonaOptions replicated = one_frame();
  replicated.slabs.replicas = 2;
  return {one_frame(), batches, replicated, one_frame(KonaVariant::kona_vm)};
}

/// The first scenario in which something is wrong, or "".
std::string found_by(std::string_view mutant) {
  for (const KonaOptions& options : settings()) {
    const std::string name =
        options.slabs.replicas == 1 ? "scenarios/eviction" : "scenarios/eviction-3";
    if (explore(scenario(name), specimen_of<KonaEngine>(options, mutant), {.states = 500})
            .failure) {
      return name;
    }
  }
  return "";
}

TEST_CASE("Exploration finds every mutant of Kona") {
  MutantScore score("kona");
  CHECK(found_by("").empty());
  for (const MutantRow& mutant : kona_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, found_by(mutant.name)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
