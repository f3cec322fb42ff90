// The verb explore.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "sim/base/atomic_file.hpp"
#include "sim/base/stop.hpp"
#include "sim/check/explorer.hpp"
#include "sim/check/schedule.hpp"
#include "sim/check/shrink.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/failure_report.hpp"
#include "sim/commands/progress.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/specimen.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kShrinkingStates = 100'000;  // of one candidate

std::string coverage(const std::vector<std::string>& situations,
                     const std::vector<std::uint64_t>& met) {
  std::size_t count = 0;
  std::string missing;
  for (std::size_t i = 0; i < situations.size(); ++i) {
    count += met[i] > 0 ? 1 : 0;
    missing += met[i] > 0 ? "" : "\n  " + situations[i];
  }
  return fmt::format("situations met: {} of {}{}\n", count, situations.size(),
                     missing.empty() ? "" : "; not met:" + missing);
}

void print_outcomes(const Scenario& scenario, const std::map<Outcome, Schedule>& outcomes) {
  constexpr std::size_t kShown = 20;
  std::size_t shown = 0;
  for (auto outcome = outcomes.begin(); outcome != outcomes.end() && shown < kShown; ++outcome) {
    std::printf("  %s\n", to_text(scenario, outcome->first).c_str());
    ++shown;
  }
  if (shown < outcomes.size()) {
    std::printf("  and %zu other outcomes\n", outcomes.size() - shown);
  }
}

/// With less in it that can be explored, and then the shortest schedule.
FailingScenario smallest(const Scenario& scenario, const Specimen& specimen,
                         const Failure& failure) {
  const ExploreLimits limits{.states = kShrinkingStates};
  FailingScenario small = shrink({scenario, failure}, [&](const Scenario& candidate) {
    return explore(candidate, specimen, limits).failure;
  });
  small.failure = shorten(small.scenario, specimen, small.failure, limits);
  return small;
}

/// Explores one scenario and prints what came of it; adds the situations that it met.
ExitCode explore_one(const Scenario& scenario, const Specimen& specimen,
                     const ExploreOptions& options, Exploration& all) {
  const Clock::time_point start = Clock::now();
  ProgressLine line;
  const auto progress = [&](std::uint64_t states) {
    line.show([&] { return search_text(scenario.name, options.protocol, states, line.seconds()); });
  };
  const ExploreLimits limits{
      .states = options.states, .progress = progress, .all_failures = options.all};
  const Exploration found = explore(scenario, specimen, limits);
  line.clear();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%s",
              fmt::format("{}: {} states, {} steps, {} ends, depth {}, {:.1f} s, {} states/s{}\n",
                          scenario.name, grouped(found.states), grouped(found.steps),
                          grouped(found.ends), found.depth, seconds,
                          grouped(static_cast<std::uint64_t>(static_cast<double>(found.states) /
                                                             std::max(seconds, 1e-6))),
                          found.complete || (found.failure && !options.all) ? "" : "; not complete")
                  .c_str());
  all.situations = found.situations;
  all.met.resize(found.met.size());
  std::transform(found.met.begin(), found.met.end(), all.met.begin(), all.met.begin(),
                 std::plus<>());
  print_outcomes(scenario, found.outcomes);
  if (found.standstills > 0) {
    std::printf("  %s ends without an outcome: the program can deadlock by itself\n",
                grouped(found.standstills).c_str());
  }
  for (const auto& [defect, count] : found.defects) {
    std::printf("  known defect at %s ends: %s\n", grouped(count).c_str(), defect.c_str());
  }
  if (options.all) {
    for (const auto& [what, count] : found.failures) {
      std::printf("  %s x %s\n", grouped(count).c_str(), what.c_str());
    }
  }
  if (!found.failure) {
    return found.complete ? ExitCode::ok : ExitCode::limit;
  }
  report_failure(smallest(scenario, specimen, *found.failure), specimen, options.protocol,
                 options.settings, options.save);
  return found.failure->code;
}

}  // namespace

int explore_command(const ExploreOptions& asked) {
  if (!asked.save.empty()) {
    check_writable(asked.save);
  }
  const std::vector<std::string> paths = config_search_path(asked.configs);
  ExploreOptions options = asked;
  if (options.scarce) {
    options.settings = scarce_settings(options.protocol, options.settings, paths);
  }
  const Specimen specimen = make_specimen(options.protocol, options.settings, paths);
  ExitCode worst = ExitCode::ok;
  Exploration all;
  for (const std::string& file : options.scenarios) {
    stop_if_asked();
    worst = std::max(worst, explore_one(read_scenario(file), specimen, options, all));
    std::fflush(stdout);  // the next one may take long
  }
  std::printf("%s", coverage(all.situations, all.met).c_str());
  return static_cast<int>(worst);
}

int play_command(const RunOptions& options) {
  const ScheduleFile file = read_schedule(options.file);
  const Specimen specimen =
      make_specimen(file.protocol, file.settings, config_search_path(options.configs));
  const Playback playback = play(file.scenario, specimen, file.choices);
  std::printf("%s%s\n", options.trace ? playback.trace.c_str() : "", playback.what.c_str());
  return static_cast<int>(playback.ends);
}

}  // namespace dsmsim
