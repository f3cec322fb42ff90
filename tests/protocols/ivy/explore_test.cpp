// IVY in every order of events, and with a crash at every step, on scenarios of a few steps.

#include <catch2/catch.hpp>

#include "sim/check/crash_table.hpp"
#include "tests/protocols/ivy/fixture.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("IVY keeps its promises in every order of events, and meets all situations") {
  std::set<std::string> missing(paging::Directory::situations().begin(),
                                paging::Directory::situations().end());
  const std::vector<std::pair<std::string, std::uint32_t>> explored = {
      {"eviction", 1},    {"eviction-locks", 1}, {"locks-3", 1},        {"owner-reads", 1},
      {"owner-reads", 2}, {"own-write", 1},      {"try-upgrades-3", 2}, {"upgrade-and-reader", 1}};
  for (const auto& [name, pages] : explored) {
    INFO(name << ", " << pages);
    const Specimen specimen = specimen_of<IvyEngine>(small_ivy(pages));
    const Exploration found = explore(scenario("scenarios/" + name), specimen, {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
    for (std::size_t i = 0; i < found.met.size(); ++i) {
      if (found.met[i] > 0) {
        missing.erase(found.situations[i]);
      }
    }
  }
  CHECK(missing == std::set<std::string>{});
}

TEST_CASE("IVY without upgrades keeps its promises in every order of events") {
  IvyOptions options = small_ivy(2);
  options.upgrades = false;
  for (const std::string name : {"scenarios/locked-upgrade", "scenarios/eviction-locks"}) {
    INFO(name);
    const Exploration found = explore(scenario(name), specimen_of<IvyEngine>(options), {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
  }
}

TEST_CASE("A crash at any step ends every run of IVY as promised") {
  for (const std::string name : {"scenarios/upgrade-and-reader", "scenarios/eviction-3"}) {
    INFO(name);
    const Scenario small = scenario(name);
    const CrashTable table = crash_everywhere(small, specimen_of<IvyEngine>(small_ivy(1)), {});
    CHECK(table.runs.size() == (table.schedule.size() + 1) * small.servers);
    CHECK(table.count(CrashEnd::incorrect) == 0);
    CHECK(table.count(CrashEnd::finished) > 0);
    CHECK(table.count(CrashEnd::failed) > 0);
  }
}

}  // namespace
}  // namespace dsmsim::testing
