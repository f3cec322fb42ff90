// Sharing by a page directory in every order of events, and with a crash at every step. Here the
// homes run no threads, and Kona sends dirty lines alone home; what a home does for itself is
// explored with IVY.

#include <catch2/catch.hpp>

#include "sim/check/crash_table.hpp"
#include "tests/protocols/shared_fixture.hpp"

namespace dsmsim::testing {
namespace {

/// Takes the situations that were met out of `missing`.
void check_complete(const Scenario& scenario, const Specimen& specimen,
                    std::set<std::string>& missing) {
  INFO(scenario.name);
  const Exploration found = explore(scenario, specimen, {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
  for (std::size_t i = 0; i < found.met.size(); ++i) {
    if (found.met[i] > 0) {
      missing.erase(found.situations[i]);
    }
  }
}

std::set<std::string> all_situations() {
  const std::vector<std::string>& all = paging::Directory::situations();
  return {all.begin(), all.end()};
}

TEST_CASE("kona with sharing keeps its promises in every order of events, in all situations") {
  std::set<std::string> missing = all_situations();
  const Specimen kona = shared_specimen<KonaShared>(shared_kona());
  for (const std::string name :
       {"scenarios/eviction-3", "scenarios/eviction-locks", "litmus/WRC"}) {
    check_complete(scenario(name), kona, missing);
  }
  check_complete(two_lines(), kona, missing);
  KonaOptions two_blocks = shared_kona();
  two_blocks.fmem = Bytes(1024);
  two_blocks.ways = 2;
  check_complete(scenario("scenarios/owner-reads"), shared_specimen<KonaShared>(two_blocks),
                 missing);
  CHECK(missing == std::set<std::string>{});
}

TEST_CASE("legoos with sharing keeps its promises in every order of events") {
  std::set<std::string> missing = all_situations();
  const Specimen legoos = shared_specimen<LegoosShared>(shared_legoos());
  check_complete(scenario("scenarios/pages/page-sharing"), legoos, missing);
  check_complete(scenario("litmus/WRC"), legoos, missing);
  CHECK(missing == std::set<std::string>{"WRITE_FAULT: of the owner"});  // two pages fit nowhere
}

TEST_CASE("A crash at any step ends every run with sharing as promised") {
  const Scenario small = scenario("scenarios/upgrade-and-reader");
  const CrashTable table = crash_everywhere(small, shared_specimen<KonaShared>(shared_kona()), {});
  CHECK(table.runs.size() == (table.schedule.size() + 1) * small.servers * 2);
  CHECK(table.count(CrashEnd::incorrect) == 0);
  CHECK(table.count(CrashEnd::finished) > 0);
  CHECK(table.count(CrashEnd::failed) > 0);
}

}  // namespace
}  // namespace dsmsim::testing
