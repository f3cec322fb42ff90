// Every defect that can be put into Kona is found by exploring scenarios of a few steps.

#include "protocols/kona/mutants.hpp"

#include <catch2/catch.hpp>

#include "sim/check/schedule.hpp"
#include "tests/protocols/kona/fixture.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/specimens.hpp"

#ifdef DSMSIM_MUTANTS

namespace dsmsim::testing {
namespace {

struct Setting {
  std::string name;
  Scenario scenario;
  KonaOptions options;
};

/// Virtual memory with one page of it in memory.
KonaOptions one_page() {
  KonaOptions options = one_frame(KonaVariant::kona_vm);
  options.block = options.fmem = Bytes(4096);
  return options;
}

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
          {"eviction-3, CPU caches", scenario("scenarios/eviction-3"), cpu_cached()},
          {"eviction-3, two lines of a block", lines_of_a_block(), critical_lines()},
          {"eviction, virtual memory", eviction, one_frame(KonaVariant::kona_vm)},
          {"first-stores", scenario("scenarios/pages/first-stores"), one_page()}};
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

TEST_CASE("Threads that take each other's page before its first store is found as a livelock") {
  const Scenario stores = scenario("scenarios/pages/first-stores");
  const Specimen mutant = specimen_of<KonaEngine>(one_page(), "kona.evict_while_allowing");
  const Exploration found = explore(stores, mutant, {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::deadlock);
  CHECK_THAT(found.failure->what, Catch::StartsWith("livelock: the last "));
  const Failure shortest = shorten(stores, mutant, *found.failure, {});
  CHECK(shortest.schedule.size() <= found.failure->schedule.size());
  const Playback again = play(stores, mutant, shortest.schedule);
  CHECK(again.ends == ExitCode::deadlock);
  CHECK(again.what == shortest.what);
}

}  // namespace
}  // namespace dsmsim::testing

#endif
