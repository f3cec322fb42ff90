#include "sim/experiment/setup_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <chrono>

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {
namespace {

using Clock = std::chrono::steady_clock;

/// What decides whether a run can be started; the other sections only matter while it goes on.
const std::vector<std::string> kSetup = {"cluster", "protocol",  "program",
                                         "faults",  "placement", "limits"};

std::vector<SetupProblem> lines_of(const Misfit& misfit) {
  std::vector<std::string> lines;
  const std::string text = misfit.what();
  boost::split(lines, text, boost::is_any_of("\n"));
  std::vector<SetupProblem> problems;
  for (const std::string& line : lines) {
    problems.push_back({misfit.pointer(), line});
  }
  return problems;
}

/// What the file itself says, else what --set has put below a name, else what is nearest to it in
/// the file.
config::Place place_in(const ReadRun& run, const std::string& pointer) {
  bool found = false;
  config::Place written = run.as_written.place_of(pointer, found);
  if (found) {
    return written;
  }
  const config::Place read = run.as_read.place_of(pointer, found);
  return found && read.source && !read.source->has_lines ? read : written;
}

}  // namespace

Combination SetupChecks::without_others(const Combination& combination,
                                        const std::vector<std::string>& sections) const {
  Combination result = combination;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const auto& changes = axes_[i].values[combination[i]].changes;
    const bool of_sections = std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
      const std::string section = change.first.substr(0, change.first.find('.'));
      return std::find(sections.begin(), sections.end(), section) != sections.end();
    });
    result[i] = of_sections ? combination[i] : axes_[i].values.size();
  }
  return result;
}

const SetupChecks::Made& SetupChecks::program_of(const ReadRun& run) {
  const auto [at, is_new] = programs_.try_emplace(without_others(run.combination, {"program"}));
  if (is_new) {
    try {
      at->second.program = make_program(run.experiment);
    } catch (const Misfit& misfit) {
      at->second.problems = lines_of(misfit);
    }
  }
  return at->second;
}

std::shared_ptr<Program> SetupChecks::check(const ReadRun& run) {
  const StopQuestion question([start = Clock::now(), &limits = run.experiment.limits] {
    const std::chrono::duration<double> gone = Clock::now() - start;
    if (limits.wall && gone.count() > limits.wall->seconds()) {
      throw Error(ExitCode::limit, fmt::format("limits.wall of {} reached while a run was set up; "
                                               "there is no result",
                                               to_string(*limits.wall)));
    }
  });
  ++checked_;
  const Made& made = program_of(run);
  for (const SetupProblem& problem : made.problems) {
    add(run, problem);
  }
  if (!made.program) {
    return nullptr;
  }
  const auto [at, is_new] = setups_.try_emplace(without_others(run.combination, kSetup));
  if (is_new) {
    at->second = setup_problems(run.experiment, *made.program);
  }
  for (const SetupProblem& problem : at->second) {
    add(run, problem);
  }
  return made.program;
}

void SetupChecks::add(const ReadRun& run, const SetupProblem& problem) {
  const config::Place place = place_in(run, problem.pointer);
  const std::string key = place.text() + "  " + problem.pointer + "  " + problem.message;
  const auto [at, is_new] = known_.emplace(key, mistakes_.size());
  if (is_new) {
    mistakes_.push_back({place, problem.pointer, problem.message, {}});
  }
  mistakes_[at->second].runs.push_back(run.combination);
}

std::vector<std::size_t> SetupChecks::common_axes(const std::vector<Combination>& runs) const {
  std::vector<std::size_t> common;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const bool all = std::all_of(runs.begin(), runs.end(),
                                 [&](const Combination& run) { return run[i] == runs.front()[i]; });
    if (all && axes_[i].values.size() > 1) {
      common.push_back(i);
    }
  }
  return common;
}

bool SetupChecks::is_of(const config::Place& place, const AxisValue& value) {
  return std::any_of(value.changes.begin(), value.changes.end(), [&](const auto& change) {
    return (place.pointer + "/").starts_with(change.second + "/");
  });
}

std::string SetupChecks::text_of(const std::vector<std::size_t>& axes,
                                 const Combination& run) const {
  std::string text;
  for (const std::size_t i : axes) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", axes_[i].name,
                        axes_[i].values[run[i]].label);
  }
  return text;
}

void SetupChecks::report(config::Document& document) const {
  for (const Mistake& mistake : mistakes_) {
    if (mistake.runs.size() == checked_) {
      document.problems().add(mistake.place, mistake.message);
      continue;
    }
    const auto [place, message] = at_axis(mistake, document);
    document.problems().add(place, message);
  }
}

std::pair<config::Place, std::string> SetupChecks::at_axis(const Mistake& mistake,
                                                           config::Document& document) const {
  const Combination& run = mistake.runs.front();
  std::vector<std::size_t> common = common_axes(mistake.runs);
  if (common.empty()) {
    return {mistake.place, mistake.message + " (with " + name_of(axes_, run) + ")"};
  }
  config::Place place = mistake.place;
  std::string message = mistake.message;
  auto own = std::find_if(common.begin(), common.end(), [&](std::size_t i) {
    return is_of(mistake.place, axes_[i].values[run[i]]);
  });
  if (own == common.end()) {
    own = common.begin();
    bool found = false;
    place = document.place_of(axes_[*own].values[run[*own]].changes.front().second, found);
    message = mistake.pointer + ": " + message;
  }
  common.erase(own);
  return {place, common.empty() ? message : message + " (with " + text_of(common, run) + ")"};
}

}  // namespace dsmsim
