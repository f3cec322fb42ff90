// Grappa in every order of events, on scenarios of a few steps.

#include <catch2/catch.hpp>

#include "grappa_fixture.hpp"
#include "mutant_score.hpp"
#include "specimens.hpp"

namespace dsmsim::testing {
namespace {

GrappaOptions asynchronous() {
  GrappaOptions options;
  options.writes = GrappaWrites::asynchronous;
  return options;
}

TEST_CASE("Grappa is sequentially consistent in every order of polls, flushes and packets") {
  for (const std::string name : {"scenarios/own-write", "scenarios/locks-3",
                                 "scenarios/shared-locks-3", "scenarios/eviction", "litmus/SB",
                                 "litmus/MP", "litmus/MP+handover+away", "litmus/add-add"}) {
    INFO(name);
    const Exploration found =
        explore(scenario(name), specimen_of<GrappaEngine>(GrappaOptions()), {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
  }
}

TEST_CASE("Grappa with several cores a server, and packets of a message, is so too") {
  GrappaOptions options = grappa_options(2);
  options.packet = 256_B;
  for (const std::string name : {"scenarios/owner-reads", "litmus/SB", "litmus/MP+locks"}) {
    INFO(name);
    const Exploration found = explore(scenario(name), specimen_of<GrappaEngine>(options), {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
  }
}

TEST_CASE("Grappa with asynchronous writes keeps partial store order, and no more") {
  std::size_t weak = 0;
  for (const std::string name : {"litmus/SB", "litmus/MP", "litmus/2+2W", "litmus/CoWW",
                                 "litmus/CoWR", "litmus/SB+fences", "litmus/R", "litmus/S"}) {
    INFO(name);
    const Specimen specimen = specimen_of<GrappaEngine>(asynchronous());
    const Exploration found = explore(scenario(name), specimen, {});
    CHECK((found.failure ? found.failure->what : "") == "");
    CHECK(found.complete);
    const std::size_t strong =
        explore(scenario(name), specimen_of<GrappaEngine>(GrappaOptions()), {}).outcomes.size();
    weak += found.outcomes.size() > strong ? 1 : 0;
  }
  CHECK(weak >= 2);
}

#ifdef DSMSIM_MUTANTS

/// The first scenario in which something is wrong, or "".
std::string found_by(std::string_view mutant) {
  GrappaOptions tiny;
  tiny.packet = 256_B;
  for (const std::string name :
       {"scenarios/locked-upgrade", "scenarios/locks-3", "scenarios/own-write",
        "scenarios/upgrades-3", "scenarios/eviction", "scenarios/shared-locks-3", "litmus/SB",
        "litmus/MP+locks"}) {
    if (explore(scenario(name), specimen_of<GrappaEngine>(tiny, mutant), {.states = 3000})
            .failure) {
      return name;
    }
  }
  for (const std::string name : {"litmus/SB+fences", "litmus/CoWR", "scenarios/eviction"}) {
    if (explore(scenario(name), specimen_of<GrappaEngine>(asynchronous(), mutant), {.states = 3000})
            .failure) {
      return name + " with asynchronous writes";
    }
  }
  return "";
}

TEST_CASE("Exploration finds every mutant of Grappa") {
  MutantScore score("grappa");
  CHECK(found_by("").empty());
  for (const MutantRow& mutant : grappa_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, found_by(mutant.name)));
  }
}

#endif

}  // namespace
}  // namespace dsmsim::testing
