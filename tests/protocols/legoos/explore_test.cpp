// LegoOS in every order of events, on scenarios of a few steps.

#include <catch2/catch.hpp>

#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("LegoOS keeps its promises in every order of events, in all situations") {
  CHECK(situations_not_met(specimen_of<LegoosEngine>(one_set(2)), {"scenarios/pages"}) ==
        std::set<std::string>());
}

TEST_CASE("Variants of LegoOS keep them, too") {
  std::vector<LegoosOptions> variants(7, one_set(2));
  variants[0].zero_fill = false;
  variants[1].piggyback = false;
  variants[2].batch_poll = true;
  variants[3].workers = 2;
  variants[3].zero_fill = false;
  variants[4].eviction = LegoosEviction::victim;
  variants[4].victim_lines = 1;
  variants[5].eviction = LegoosEviction::write_protect;
  variants[6].placement = LegoosPlacement::spread;
  for (const LegoosOptions& options : variants) {
    for (const std::string name :
         {"scenarios/pages/page-eviction", "scenarios/pages/page-forgotten"}) {
      const Exploration found = explore(scenario(name), specimen_of<LegoosEngine>(options), {});
      INFO(name);
      CHECK((found.failure ? found.failure->what : "") == "");
      CHECK(found.complete);
    }
  }
}

TEST_CASE("LegoOS claims that a program on one server is sequential, and is right with one line") {
  const Exploration found =
      explore(scenario("scenarios/pages/page-eviction"), specimen_of<LegoosEngine>(one_set(1)), {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
}

TEST_CASE("LegoOS pages that are 2 MiB apart are fetched side by side, and never too early") {
  const Exploration found =
      explore(scenario("scenarios/pages/page-table-lock"), distant_pages(), {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
}

TEST_CASE("Released LegoOS can fetch a page that was evicted again while the core waited") {
  LegoosOptions options = one_set(2);
  options.forget_late_evictions = true;
  const Exploration found =
      explore(scenario("scenarios/pages/pages-3"), specimen_of<LegoosEngine>(options), {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::incoherent);
}

}  // namespace
}  // namespace dsmsim::testing
