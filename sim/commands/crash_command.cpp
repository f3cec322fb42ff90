// The verb crash: a crash at every step of a scenario, and what comes of it.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim/base/error.hpp"
#include "sim/check/crash_table.hpp"
#include "sim/check/crash_walk.hpp"
#include "sim/check/schedule.hpp"
#include "sim/check/shrink.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/failure_report.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/specimen.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

std::string join(const std::vector<std::size_t>& numbers) {
  return numbers.empty() ? "-" : fmt::format("{}", fmt::join(numbers, ", "));
}

std::string text_of(const CrashTable& table) {
  TextTable text({"     in the place of", "crashes", "the others", "because of", "finished", "lost",
                  "not finished", "objects lost"});
  for (const CrashRun& run : table.runs) {
    text.add({fmt::format("{:3}  {}", run.step + 1, run.next.empty() ? "nothing" : run.next),
              fmt::format("server {}", run.server.value()), std::string(to_string(run.end)),
              run.what.empty() ? "-" : run.what.substr(0, run.what.find('\n')), join(run.finished),
              join(run.lost), join(run.unfinished),
              run.objects.empty() ? "-" : fmt::format("{}", fmt::join(run.objects, ", "))});
  }
  return text.text();
}

std::string counts(const CrashTable& table) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kCrashEnds; ++i) {
    const auto end = static_cast<CrashEnd>(i);
    if (const std::size_t count = table.count(end); count > 0) {
      parts.push_back(fmt::format("{} {}", to_string(end), count));
    }
  }
  return fmt::format("{} runs: {}\n", table.runs.size(), fmt::join(parts, ", "));
}

void check_servers(const Scenario& scenario, const Specimen& specimen, const CrashPlan& plan) {
  for (const NodeId server : plan.servers) {
    if (server.index() >= specimen.servers(scenario)) {
      throw Error(fmt::format("--server {}: \"{}\" has {} servers", server.value(), scenario.name,
                              specimen.servers(scenario)));
    }
  }
}

/// Whether every run ended as promised.
bool crash_one(const std::string& protocol, const Scenario& scenario, const Specimen& specimen,
               const CrashPlan& plan) {
  check_servers(scenario, specimen, plan);
  const CrashTable table = crash_everywhere(scenario, specimen, plan);
  std::printf(
      "%s", fmt::format("{} on {}\n{}{}\n", scenario.name, protocol, text_of(table), counts(table))
                .c_str());
  return table.count(CrashEnd::incorrect) == 0;
}

constexpr std::uint64_t kCandidateWalks = 400;  // a candidate

/// The same of random orders, with the smallest scenario that fails.
bool crash_in_any_order(const CrashOptions& options, const std::vector<std::string>& settings,
                        const Scenario& scenario, const Specimen& specimen, const CrashPlan& plan) {
  check_servers(scenario, specimen, plan);
  RandomStream random(options.seed, "crash");
  CrashWalkPlan walks{options.walks, options.crashes, plan.servers};
  const CrashWalks found = walk_with_crashes(scenario, specimen, random, walks);
  std::printf("%s", fmt::format("{} on {}: {} orders with up to {} crashes, {} steps: survived {}, "
                                "a request failed {}, ended before a crash {}\n",
                                scenario.name, options.protocol, grouped(found.walks),
                                options.crashes, grouped(found.steps), grouped(found.survived),
                                grouped(found.lost), grouped(found.without))
                        .c_str());
  if (!found.failure) {
    return true;
  }
  walks.walks = kCandidateWalks;
  walks.servers.clear();
  report_failure(shrink({scenario, *found.failure},
                        [&](const Scenario& candidate) {
                          return walk_with_crashes(candidate, specimen, random, walks).failure;
                        }),
                 specimen, options.protocol, settings, options.save);
  return false;
}

}  // namespace

int crash_command(const CrashOptions& options) {
  const std::vector<std::string> configs = config_search_path(options.configs);
  CrashPlan plan;
  if (options.server) {
    plan.servers.emplace_back(*options.server);
  }
  bool good = true;
  if (!options.schedule.empty()) {
    const ScheduleFile file = read_schedule(options.schedule);
    plan.schedule = file.choices;
    good = crash_one(file.protocol, file.scenario,
                     make_specimen(file.protocol, file.settings, configs), plan);
  } else if (options.protocol.empty() || options.scenarios.empty()) {
    throw Error("dsmsim: crash needs a PROTOCOL and a SCENARIO, or --schedule FILE");
  }
  if (!options.protocol.empty()) {
    plan.schedule.clear();
    const std::vector<std::string> settings =
        options.scarce ? scarce_settings(options.protocol, options.settings, configs)
                       : options.settings;
    const Specimen specimen = make_specimen(options.protocol, settings, configs);
    for (const std::string& file : options.scenarios) {
      const Scenario scenario = read_scenario(file);
      good = (options.walks > 0 ? crash_in_any_order(options, settings, scenario, specimen, plan)
                                : crash_one(options.protocol, scenario, specimen, plan)) &&
             good;
    }
  }
  return static_cast<int>(good ? ExitCode::ok : ExitCode::incoherent);
}

}  // namespace dsmsim
