// The verb litmus: what programs of a few steps show on an engine, in every order of events, beside
// what the memory model that it claims allows.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "sim/base/stop.hpp"
#include "sim/check/explorer.hpp"
#include "sim/check/memory_model.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/progress.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/specimen.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;

/// One scenario on one engine.
struct Verdict {
  Exploration found;
  MemoryModel model = MemoryModel::sequential;
  std::set<Outcome> forbidden;  ///< shown, and not allowed
  std::set<Outcome> missing;    ///< one step at a time would show it, and it was not seen
  bool interesting_allowed = false;
  bool interesting_seen = false;
  bool can_deadlock = false;  ///< the program, under the model

  bool good() const { return found.complete && forbidden.empty() && missing.empty(); }
};

bool has_locks(const Scenario& scenario) {
  return std::any_of(scenario.threads.begin(), scenario.threads.end(),
                     [](const ScenarioThread& thread) {
                       return std::any_of(thread.steps.begin(), thread.steps.end(),
                                          [](const Step& s) { return s.kind == OpKind::unlock; });
                     });
}

Exploration search(const Scenario& scenario, const std::string& protocol,
                   const Specimen& specimen) {
  ProgressLine line;
  return explore(
      scenario, specimen, {.progress = [&](std::uint64_t states) {
        line.show([&] { return search_text(scenario.name, protocol, states, line.seconds()); });
      }});
}

Verdict judge(const Scenario& scenario, const std::string& protocol, const Specimen& specimen) {
  Verdict verdict;
  verdict.model = claimed_model(specimen);
  verdict.found = search(scenario, protocol, specimen);
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
  verdict.can_deadlock = allowed.can_deadlock;
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

/// The widest of them.
template <class List, class Name>
std::size_t widest(const List& list, Name name) {
  std::size_t most = 0;
  for (const auto& item : list) {
    most = std::max(most, std::string_view(name(item)).size());
  }
  return most;
}

/// Prints the verdicts as they come: an exploration may take long.
class Report {
 public:
  Report(const std::vector<Scenario>& tests, const std::vector<std::string>& protocols)
      : rows_({"test", "protocol", "model", "states", "outcomes", "its question", ""},
              {widest(tests, [](const Scenario& test) { return test.name; }),
               widest(protocols, [](const std::string& name) { return name; }),
               widest(kMemoryModels, [](MemoryModel model) { return to_string(model); }), kStates,
               0, kQuestion, kVerdict}) {
    print(rows_.head());
  }

  void add(const Scenario& test, const std::string& protocol, const Verdict& verdict) {
    const std::string question =
        test.exists.empty()
            ? "-"
            : fmt::format("{}, {}", verdict.interesting_allowed ? "allowed" : "forbidden",
                          verdict.interesting_seen ? "seen" : "not seen");
    print(rows_.row({test.name, protocol, std::string(to_string(verdict.model)),
                     grouped(verdict.found.states), grouped(verdict.found.outcomes.size()),
                     question, verdict.good() ? "ok" : "WRONG"}));
    complaints_ += complaints(test, protocol, verdict);
  }

  /// After the last protocol.
  void remark(const Scenario& test, const Verdict& verdict) {
    if (verdict.can_deadlock) {
      print(test.name +
            ": the program can deadlock, whatever the protocol: such ends have no outcome\n");
    }
  }

  ExitCode end() const {
    std::printf("\n%s", complaints_.c_str());
    return complaints_.empty() ? ExitCode::ok : ExitCode::incoherent;
  }

 private:
  static constexpr std::size_t kStates = std::string_view("100,000").size();
  static constexpr std::size_t kQuestion = std::string_view("forbidden, not seen").size();
  static constexpr std::size_t kVerdict = std::string_view("WRONG").size();

  static void print(const std::string& line) {
    std::printf("%s", line.c_str());
    std::fflush(stdout);
  }

  TextRows rows_;
  std::string complaints_;
};

}  // namespace

int litmus_command(const ExploreOptions& options) {
  const std::vector<std::string> protocols =
      options.protocol == "all" ? explorable_protocols() : std::vector{options.protocol};
  std::vector<Scenario> tests;
  for (const std::string& file :
       options.scenarios.empty() ? shipped_scenarios() : options.scenarios) {
    tests.push_back(read_scenario(file));
  }
  Report report(tests, protocols);
  for (const Scenario& test : tests) {
    Verdict verdict;
    for (const std::string& protocol : protocols) {
      stop_if_asked();
      verdict =
          judge(test, protocol,
                make_specimen(protocol, options.settings, config_search_path(options.configs)));
      report.add(test, protocol, verdict);
    }
    report.remark(test, verdict);
  }
  return static_cast<int>(report.end());
}

}  // namespace dsmsim
