// Grappa in every order of events, on scenarios of a few steps.

#include <catch2/catch.hpp>

#include "tests/protocols/grappa/fixture.hpp"
#include "tests/protocols/mutant_score.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

GrappaOptions asynchronous(GrappaCompletion completion = GrappaCompletion::task) {
  GrappaOptions options;
  options.writes = GrappaWrites::asynchronous;
  options.completion = completion;
  return options;
}

/// Of one core.
Scenario two_tasks() {
  return parse_scenario(
      "name two-tasks\nobject x on 1\nthread on 0: x = 1; r0 = x\nthread on 0: x = 2; r1 = x\n",
      "two-tasks");
}

/// An object of six blocks, three at each home.
Scenario six_blocks() {
  return parse_scenario(
      "name six-blocks\nservers 2\nobject x on 0 size 3KiB\n"
      "thread on 0: x = 1; fence\nthread on 1: x = 2; fence\n",
      "six-blocks");
}

TEST_CASE("Grappa writes an object of several blocks by as many delegates, in every order") {
  GrappaOptions options;
  options.packet = 640_B;
  const Exploration found = explore(six_blocks(), specimen_of<GrappaEngine>(options), {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
}

TEST_CASE("Grappa with a worker for two tasks does one after the other") {
  GrappaOptions options;
  options.workers = 1;
  const Exploration found = explore(two_tasks(), specimen_of<GrappaEngine>(options), {});
  CHECK((found.failure ? found.failure->what : "") == "");
  CHECK(found.complete);
  CHECK(found.outcomes.size() == 2);
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
  options.packet = 640_B;
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

/// The first scenario in which something is wrong, or ""; small ones come first.
std::string grappa_mutant_found_by(std::string_view mutant) {
  GrappaOptions tiny;
  tiny.packet = 640_B;
  GrappaOptions one_worker;
  one_worker.workers = 1;
  const auto fails = [mutant](const Scenario& test, const GrappaOptions& options) {
    return explore(test, specimen_of<GrappaEngine>(options, mutant), {.states = 3000})
        .failure.has_value();
  };
  if (fails(two_tasks(), one_worker)) {
    return "two tasks and one worker";
  }
  for (const std::string name :
       {"scenarios/words/two-takers", "scenarios/words/look-and-take", "scenarios/words/overwrite",
        "scenarios/own-write", "scenarios/locked-upgrade"}) {
    if (fails(scenario(name), tiny)) {
      return name;
    }
  }
  if (fails(six_blocks(), tiny) || fails(six_blocks(), asynchronous())) {
    return "six blocks";
  }
  for (const std::string name : {"litmus/SB+fences", "litmus/CoWR"}) {
    if (fails(scenario(name), asynchronous())) {
      return name + " with asynchronous writes";
    }
  }
  if (fails(scenario("litmus/SB+fences"), asynchronous(GrappaCompletion::global))) {
    return "litmus/SB+fences with a global completion event";
  }
  for (const std::string name : {"scenarios/shared-locks-3", "scenarios/locks-3", "litmus/SB"}) {
    if (fails(scenario(name), tiny)) {
      return name;
    }
  }
  return "";
}

TEST_CASE("Exploration finds every mutant of Grappa") {
  MutantScore score("grappa");
  CHECK(grappa_mutant_found_by("").empty());
  for (const MutantRow& mutant : grappa_mutants()) {
    INFO(mutant.name << ": " << mutant.help);
    CHECK(score.count(mutant, grappa_mutant_found_by(mutant.name)));
  }
}

#endif

}  // namespace
}  // namespace dsmsim::testing
