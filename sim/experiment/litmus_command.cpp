// The verb litmus: what programs of a few steps show on an engine, in every order of events, beside
// what the memory model that it claims allows.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "sim/check/explorer.hpp"
#include "sim/check/memory_model.hpp"
#include "sim/experiment/commands.hpp"
#include "sim/experiment/interrupt.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/specimen.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;

/// One scenario on one engine.
struct Verdict {
  Exploration found;
  MemoryModel model;
  std::set<Outcome> forbidden;  ///< shown, and not allowed
  std::set<Outcome> missing;    ///< one step at a time would show it, and it was not seen
  bool interesting_allowed = false;
  bool interesting_seen = false;

  bool good() const { return found.complete && forbidden.empty() && missing.empty(); }
};

bool has_locks(const Scenario& scenario) {
  return std::any_of(scenario.threads.begin(), scenario.threads.end(),
                     [](const ScenarioThread& thread) {
                       return std::any_of(thread.steps.begin(), thread.steps.end(),
                                          [](const Step& s) { return s.kind == OpKind::unlock; });
                     });
}

Verdict judge(const Scenario& scenario, const Specimen& specimen) {
  Verdict verdict;
  verdict.model = claimed_model(specimen);
  verdict.found = explore(scenario, specimen, {.poll = throw_if_interrupted});
  // A try-lock may find a lock on what merely shares a block.
  const AllowedOutcomes allowed =
      allowed_outcomes(scenario, verdict.model, {.spurious_failures = true});
  // A lock may keep out accesses that do not ask for it, so less may be seen.
  const AllowedOutcomes required =
      has_locks(scenario) ? AllowedOutcomes() : allowed_outcomes(scenario, MemoryModel::sequential);
  for (const auto& [outcome, schedule] : verdict.found.outcomes) {
    if (!allowed.outcomes.contains(outcome)) {
      verdict.forbidden.insert(outcome);
    }
    verdict.interesting_seen |= is_interesting(scenario, outcome);
  }
  for (const Outcome& outcome : required.outcomes) {
    if (!verdict.found.outcomes.contains(outcome)) {
      verdict.missing.insert(outcome);
    }
  }
  verdict.interesting_allowed =
      std::any_of(allowed.outcomes.begin(), allowed.outcomes.end(),
                  [&](const Outcome& outcome) { return is_interesting(scenario, outcome); });
  return verdict;
}

std::string complaints(const Scenario& scenario, const std::string& protocol,
                       const Verdict& verdict) {
  std::string text;
  const std::string where = scenario.name + " on " + protocol + ": ";
  if (verdict.found.failure) {
    text += where + verdict.found.failure->what + "\n";
    return text;
  }
  for (const Outcome& outcome : verdict.forbidden) {
    text += where + to_text(scenario, outcome) + " was seen, which " +
            std::string(to_string(verdict.model)) + " consistency forbids\n";
  }
  for (const Outcome& outcome : verdict.missing) {
    text += where + to_text(scenario, outcome) + " was never seen\n";
  }
  return text;
}

std::vector<std::string> shipped_scenarios() {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(litmus_folder())) {
    if (entry.path().extension() == ".litmus") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int litmus_command(const ExploreOptions& options) {
  const std::vector<std::string> protocols =
      options.protocol == "all" ? explorable_protocols() : std::vector{options.protocol};
  const std::vector<std::string> files =
      options.scenarios.empty() ? shipped_scenarios() : options.scenarios;
  TextTable table({"test", "protocol", "model", "states", "outcomes", "its question", ""});
  std::string bad;
  for (const std::string& file : files) {
    const Scenario scenario = read_scenario(file);
    for (const std::string& protocol : protocols) {
      throw_if_interrupted();
      const Specimen specimen =
          make_specimen(protocol, options.settings, config_search_path(options.configs));
      const Verdict verdict = judge(scenario, specimen);
      const std::string question =
          scenario.exists.empty()
              ? "-"
              : fmt::format("{}, {}", verdict.interesting_allowed ? "allowed" : "forbidden",
                            verdict.interesting_seen ? "seen" : "not seen");
      table.add({scenario.name, protocol, std::string(to_string(verdict.model)),
                 grouped(verdict.found.states), grouped(verdict.found.outcomes.size()), question,
                 verdict.good() ? "ok" : "WRONG"});
      bad += complaints(scenario, protocol, verdict);
    }
  }
  std::printf("%s\n%s", table.text().c_str(), bad.c_str());
  return static_cast<int>(bad.empty() ? ExitCode::ok : ExitCode::incoherent);
}

}  // namespace dsmsim
