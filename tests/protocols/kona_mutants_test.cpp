// Every defect that can be put into Kona is found by exploring scenarios of a few steps.

#include <catch2/catch.hpp>

#include "kona_fixture.hpp"
#include "mutant_score.hpp"
#include "protocols/kona/mutants.hpp"
#include "specimens.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

struct Setting {
  std::string name;
  Scenario scenario;
  KonaOptions options;
};

/// A log that is always full; one that takes several blocks in a batch; two copies; lines that come
/// before their blocks; virtual memory.
std::vector<Setting> settings() {
  const Scenario eviction = scenario("scenarios/eviction");
  KonaOptions batches = one_frame();
  batches.log = batches.batch = Bytes(4096);
  KonaOptions replicated = one_frame();
  replicated.slabs.replicas = 2;
  return {{"eviction, a full log", eviction, one_frame()},
          {"eviction, batches", eviction, batches},
          {"eviction-3, two copies", scenario("scenarios/eviction-3"), replicated},
          {"eviction-3, two lines of a block", lines_of_a_block(), critical_lines()},
          {"eviction, virtual memory", eviction, one_frame(KonaVariant::kona_vm)}};
}

/// The first setting in which something is wrong, or "".
std::string kona_mutant_found_by(std::string_view mutant) {
  for (const Setting& setting : settings()) {
    const Specimen specimen = specimen_of<KonaEngine>(setting.options, mutant);
    if (explore(setting.scenario, specimen, {.states = 500}).failure) {
      return setting.name;
    }
  }
  return "";
}

TEST_CASE("Exploration finds every mutant of Kona") {
  MutantScore score("kona");
  CHECK(kona_mutant_found_by("").empty());
  for (const MutantRow& mutant : kona_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, kona_mutant_found_by(mutant.name)));
  }
}

}  // namespace
}  // namespace dsmsim::testing

#endif
