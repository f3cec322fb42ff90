// Memory without a cache in every order of events, and the defects that this finds.

#include <algorithm>
#include <catch2/catch.hpp>

#include "protocols/nocache/engine.hpp"
#include "sim/check/crash_table.hpp"
#include "sim/check/memory_model.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

Specimen nocache(std::string_view mutant = {}) {
  return specimen_of<NocacheEngine>(NocacheOptions(), mutant);
}

TEST_CASE("Memory without a cache keeps its promises in every order, and meets all situations") {
  CHECK(situations_not_met(nocache()) == std::set<std::string>{});
}

TEST_CASE("A crash at any step ends every run of memory without a cache as promised") {
  const Scenario locks = scenario("scenarios/locks-3");
  const CrashTable table = crash_everywhere(locks, nocache(), {});
  CHECK(table.runs.size() == (table.schedule.size() + 1) * locks.servers);
  CHECK(table.count(CrashEnd::incorrect) == 0);
  CHECK(table.count(CrashEnd::failed) > 0);
}

#ifdef DSMSIM_MUTANTS

/// The first test in which something is wrong, or "".
std::string found_by(std::string_view mutant) {
  for (const std::string name : {"litmus/cas-cas", "litmus/lock-update", "litmus/rlock-stable",
                                 "scenarios/readers-3", "scenarios/shared-locks-3"}) {
    const Scenario played = scenario(name);
    const Exploration found = explore(played, nocache(mutant), {});
    const auto allowed = allowed_outcomes(played, MemoryModel::sequential).outcomes;
    const bool forbidden =
        std::any_of(found.outcomes.begin(), found.outcomes.end(),
                    [&](const auto& outcome) { return !allowed.contains(outcome.first); });
    if (found.failure || forbidden) {
      return name;
    }
  }
  return "";
}

TEST_CASE("Exploration finds every mutant of memory without a cache") {
  MutantScore score("nocache");
  CHECK(found_by("").empty());
  for (const MutantRow& mutant : nocache_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, found_by(mutant.name)));
  }
}

#endif

}  // namespace
}  // namespace dsmsim::testing
