// The verb fuzz: random programs in random orders of events, until time is up.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "sim/base/atomic_file.hpp"
#include "sim/check/crash_table.hpp"
#include "sim/check/crash_walk.hpp"
#include "sim/check/explorer.hpp"
#include "sim/check/random_scenario.hpp"
#include "sim/check/random_walk.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/failure_report.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/specimen.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

constexpr std::uint64_t kWalks = 50;            // a program
constexpr std::uint64_t kShrinkingWalks = 400;  // a candidate
constexpr std::uint64_t kShorteningStates = 300'000;
/// In programs; with 1 left over when it is divided by a small number of set-ups, so that each has
/// its turn.
constexpr std::uint64_t kCrashPeriod = 13;
constexpr std::uint64_t kCrashWalks = 50;  // of one of them
constexpr std::size_t kCrashes = 2;        // on a walk, at most

struct Totals {
  std::uint64_t programs = 0;
  std::uint64_t walks = 0;
  std::uint64_t steps = 0;
  std::uint64_t crashes = 0;
};

/// How the engine is set up: as the user says, with everything scarce too, and beyond that by the
/// engine's detours (ProtocolRow), in turn.
struct SetUp {
  std::vector<std::string> settings;
  Specimen specimen;
};

std::vector<SetUp> set_ups(const FuzzOptions& options) {
  const std::vector<std::string> paths = config_search_path(options.configs);
  std::vector<std::vector<std::string>> all =
      detour_settings(options.protocol, options.settings, paths);
  all.insert(all.begin(),
             {options.settings, scarce_settings(options.protocol, options.settings, paths)});
  std::vector<SetUp> set_ups;
  for (const std::vector<std::string>& settings : all) {
    try {
      set_ups.push_back({settings, make_specimen(options.protocol, settings, paths)});
    } catch (const Error&) {
      if (set_ups.empty()) {  // what the user has asked for; the others may not fit it
        throw;
      }
    }
  }
  return set_ups;
}

FailingScenario smallest(FailingScenario failing, const Specimen& specimen, RandomStream& random) {
  failing = shrink(std::move(failing), [&](const Scenario& candidate) {
    return walk(candidate, specimen, random, kShrinkingWalks).failure;
  });
  const ExploreLimits limits{.states = kShorteningStates};
  failing.failure = shorten(failing.scenario, specimen, failing.failure, limits);
  return failing;
}

/// Crashes every server at every step of the schedule; what is not as promised.
std::optional<Failure> crash_at_steps(const Scenario& scenario, const Specimen& specimen,
                                      const Schedule& schedule, Totals& totals) {
  const CrashTable table = crash_everywhere(scenario, specimen, {.schedule = schedule});
  totals.crashes += table.runs.size();
  for (const CrashRun& run : table.runs) {
    if (run.end == CrashEnd::incorrect) {
      return Failure{ExitCode::incoherent,
                     fmt::format("after a crash of server {} at step {}: {}", run.server.value(),
                                 run.step, run.what),
                     schedule};
    }
  }
  return std::nullopt;
}

/// Crashes at any step of random orders; what is not as promised, made small.
std::optional<FailingScenario> crash_at_random(const Scenario& scenario, const Specimen& specimen,
                                               RandomStream& random, Totals& totals,
                                               std::uint64_t walks) {
  CrashWalkPlan plan{.walks = walks, .crashes = kCrashes};
  const CrashWalks found = walk_with_crashes(scenario, specimen, random, plan);
  totals.crashes += found.walks;
  if (!found.failure) {
    return std::nullopt;
  }
  plan.walks = kShrinkingWalks;
  return shrink({scenario, *found.failure}, [&](const Scenario& candidate) {
    return walk_with_crashes(candidate, specimen, random, plan).failure;
  });
}

/// Both; what the first finds is told in terms of the second if that finds it, too.
std::optional<FailingScenario> crash(const Scenario& scenario, const Specimen& specimen,
                                     const Schedule& schedule, RandomStream& random,
                                     Totals& totals) {
  const std::optional<Failure> failure = crash_at_steps(scenario, specimen, schedule, totals);
  std::optional<FailingScenario> found =
      crash_at_random(scenario, specimen, random, totals, failure ? kShrinkingWalks : kCrashWalks);
  return failure && !found ? FailingScenario{scenario, *failure} : found;
}

/// One program; what it finds, as small as it gets.
std::optional<FailingScenario> test(const FuzzOptions& options, const SetUp& set_up,
                                    Totals& totals) {
  RandomStream random(options.seed, "fuzz", totals.programs);
  const Scenario scenario =
      random_scenario(random, fmt::format("random-{}-{}", options.seed, totals.programs));
  const Walks walks = walk(scenario, set_up.specimen, random, kWalks);
  totals.walks += walks.walks;
  totals.steps += walks.steps;
  if (walks.failure) {
    return smallest({scenario, *walks.failure}, set_up.specimen, random);
  }
  if (totals.programs % kCrashPeriod == 0) {
    return crash(scenario, set_up.specimen, walks.last, random, totals);
  }
  return std::nullopt;
}

/// Whether random orders of the scenario fail.
bool fails(const Scenario& scenario, const Specimen& specimen, std::uint64_t seed) {
  RandomStream random(seed, "fuzz.again");
  return walk(scenario, specimen, random, kShrinkingWalks).failure.has_value();
}

/// Which defects of the published protocol it is: those without which it does not fail.
std::string known_defects(const FuzzOptions& options, const SetUp& set_up,
                          const FailingScenario& failing) {
  const std::vector<std::string> paths = config_search_path(options.configs);
  std::string text;
  if (!fails(failing.scenario, set_up.specimen, options.seed)) {
    return text;
  }
  for (const std::string& repair : repairs_of(options.protocol, paths)) {
    std::vector<std::string> settings = set_up.settings;
    settings.push_back(repair);
    if (!fails(failing.scenario, make_specimen(options.protocol, settings, paths), options.seed)) {
      text += fmt::format(
          "a known defect of the published protocol (docs/findings.md): it is not there with --set "
          "{}\n",
          repair);
    }
  }
  return text;
}

}  // namespace

int fuzz_command(const FuzzOptions& options) {
  if (!options.save.empty()) {
    check_writable(options.save);
  }
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const std::vector<SetUp> all = set_ups(options);
  Totals totals;
  std::optional<FailingScenario> found;
  while (!found && (options.programs != 0 ? totals.programs < options.programs
                                          : seconds() < options.minutes * 60)) {
    const SetUp& set_up = all[totals.programs % all.size()];
    found = test(options, set_up, totals);
    ++totals.programs;
    if (found) {
      report_failure(*found, set_up.specimen, options.protocol, set_up.settings, options.save);
      std::printf("%s", known_defects(options, set_up, *found).c_str());
    }
  }
  std::printf("%s",
              fmt::format("{}, seed {}: {} programs, {} walks, {} steps, {} crashes, "
                          "{:.1f} s; {}\n",
                          options.protocol, options.seed, grouped(totals.programs),
                          grouped(totals.walks), grouped(totals.steps), grouped(totals.crashes),
                          seconds(), found ? "the last program fails" : "nothing found")
                  .c_str());
  return static_cast<int>(found ? found->failure.code : ExitCode::ok);
}

}  // namespace dsmsim
