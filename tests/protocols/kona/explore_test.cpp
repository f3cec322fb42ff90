// Kona in every order of events, on scenarios of a few steps.

#include <catch2/catch.hpp>

#include "sim/check/crash_table.hpp"
#include "tests/protocols/kona/fixture.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("Kona keeps its promises in every order of events, in all situations but these") {
  CHECK(situations_not_met(specimen_of<KonaEngine>(one_frame())) ==
        std::set<std::string>{"LOG_ACK that a thread waits for", "PAGE_WRITE", "FETCH_REST",
                              "FETCH_REST of a block that is wanted",
                              "PAGE_WRITE of a page that is wanted"});
}

/// The situations met in a complete search without a failure.
std::set<std::string> situations_met(const Scenario& scenario, const KonaOptions& options) {
  const Exploration found = explore(scenario, specimen_of<KonaEngine>(options), {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
  std::set<std::string> met;
  for (std::size_t i = 0; i < found.met.size(); ++i) {
    if (found.met[i] > 0) {
      met.insert(found.situations[i]);
    }
  }
  return met;
}

TEST_CASE("Kona is explored to its end where fetches wait for the log, and with two copies") {
  KonaOptions options = one_frame();
  options.refetch = KonaRefetch::wait;
  CHECK(situations_met(scenario("scenarios/eviction-3"), options)
            .contains("LOG_ACK that a thread waits for"));
  options.slabs.replicas = 2;
  options.refetch = KonaRefetch::from_log;
  Scenario replicated = scenario("scenarios/eviction");
  replicated.servers = 3;
  CHECK(situations_met(replicated, options).contains("LOG_ACK that an evictor waits for"));
}

TEST_CASE("Kona is explored to its end where critical lines come first") {
  CHECK(situations_met(lines_of_a_block(), critical_lines())
            .contains("FETCH_REST of a block that is wanted"));
}

TEST_CASE("Kona is explored to its end with CPU caches, which say what is dirty") {
  const Specimen specimen = specimen_of<KonaEngine>(cpu_cached());
  for (const std::string name : {"scenarios/eviction-3", "scenarios/eviction-locks"}) {
    const Exploration found = explore(scenario(name), specimen, {});
    INFO(name);
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
  }
}

TEST_CASE("Kona-VM is explored to its end with evictions of pages") {
  CHECK(situations_met(scenario("scenarios/eviction-3"), one_frame(KonaVariant::kona_vm))
            .contains("PAGE_WRITE of a page that is wanted"));
}

TEST_CASE("With one copy, a crash of the memory node that is needed ends the run with its losses") {
  const CrashTable table =
      crash_everywhere(scenario("scenarios/eviction-3"), specimen_of<KonaEngine>(one_frame()), {});
  CHECK(table.count(CrashEnd::incorrect) == 0);
  CHECK(table.count(CrashEnd::survived) == 0);
  CHECK(table.count(CrashEnd::failed) > 0);
  for (const CrashRun& run : table.runs) {  // the other memory node has no slab
    CHECK((run.server != NodeId(2) || run.end == CrashEnd::finished));
  }
}

/// Nobody is told of a crash between the arrival of a log write and its acknowledgement: who waits
/// for room in the log then hears of it from the failure detector.
TEST_CASE("With two copies, the crash of any memory node at any step loses nothing") {
  for (const KonaVariant variant : {KonaVariant::kona, KonaVariant::kona_vm}) {
    KonaOptions options = one_frame(variant);
    options.slabs.replicas = 2;
    const CrashTable table =
        crash_everywhere(scenario("scenarios/eviction-3"), specimen_of<KonaEngine>(options), {});
    CHECK(table.count(CrashEnd::incorrect) == 0);
    CHECK(table.count(CrashEnd::survived) > 0);
    CHECK(table.count(CrashEnd::waits) == 0);
    for (const CrashRun& run : table.runs) {
      INFO(run.next << ", server " << run.server.value());
      CHECK((run.server == NodeId(0) || run.objects.empty()));
      CHECK((run.server == NodeId(0) || run.end != CrashEnd::failed));
    }
  }
}

}  // namespace
}  // namespace dsmsim::testing
