// The verb reproduce: what figures of a paper need is run here; Python draws them.
//
// Of each experiment only those runs are carried out that a curve of the figures asked for, or an
// end of its band, is about, and those that speedups are over.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/atomic_file.hpp"
#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/commands/carry_out.hpp"
#include "sim/commands/commands.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/search_path.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Of the form of reproduction.json.
constexpr const char* kSchema = "dsmsim-reproduction-1";

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Those asked for, of all that the paper has; throws Error for one that it has not, and if nothing
/// says what to run.
std::vector<ReferenceFigure> figures_of(const ReproduceOptions& options,
                                        const Reference& reference) {
  std::vector<std::string> names;
  for (const ReferenceFigure& figure : reference.figures) {
    names.push_back(figure.name);
  }
  for (const std::string& wanted : options.figures) {
    if (!contains(names, wanted)) {
      throw Error(fmt::format("{}: there is no figure \"{}\"; there are {}", options.paper, wanted,
                              fmt::join(names, ", ")));
    }
  }
  std::vector<ReferenceFigure> figures;
  for (const ReferenceFigure& figure : reference.figures) {
    const bool wanted = options.figures.empty() || contains(options.figures, figure.name);
    if (wanted && !figure.experiments.empty()) {
      figures.push_back(figure);
    } else if (wanted && !options.figures.empty()) {
      throw Error(fmt::format("{}: figure \"{}\" does not say which experiments it is drawn from",
                              options.paper, figure.name));
    }
  }
  if (figures.empty()) {
    throw Error(options.paper + ": no figure says which experiments it is drawn from");
  }
  return figures;
}

/// One experiment with the settings of its size, whatever figures need it.
struct Part {
  std::string experiment;
  std::vector<std::string> settings;
  Plan plan;
  std::vector<bool> needed;  ///< by run
};

/// Bands are of the reduced size alone: they would take several times as long.
void mark_needed(Part& part, const ReferenceFigure& figure, bool with_bands) {
  const auto mark = [&part](std::size_t run) {
    part.needed[run] = true;
    const PlannedRun* const baseline = part.plan.baseline_of(part.plan.runs[run]);
    if (baseline != nullptr) {
      part.needed[static_cast<std::size_t>(baseline - part.plan.runs.data())] = true;
    }
  };
  for (const ReferenceCurve& curve : figure.curves) {
    if (!is_about(figure, curve, part.plan.name)) {
      continue;
    }
    std::vector<RunLabels> sets = {curve.where};
    if (with_bands) {
      sets.insert(sets.end(), curve.band.begin(), curve.band.end());
    }
    for (const RunLabels& labels : sets) {
      const std::vector<std::size_t> runs = part.plan.runs_of(figure, labels);
      std::for_each(runs.begin(), runs.end(), mark);
    }
  }
}

void leave_out_the_rest(Part& part) {
  std::vector<PlannedRun> needed;
  for (std::size_t i = 0; i < part.plan.runs.size(); ++i) {
    if (part.needed[i]) {
      needed.push_back(std::move(part.plan.runs[i]));
    }
  }
  part.plan.runs = std::move(needed);
}

/// Throws Error, which says whose it is, if there is no such experiment.
void check_experiment(const ReproduceOptions& options, const ReferenceFigure& figure,
                      const FigureRuns& runs, const std::vector<std::string>& search_path) {
  try {
    experiment_file(runs.experiment, search_path);
  } catch (const InputErrors& errors) {
    throw Error(fmt::format("{}: figure \"{}\": {}", options.paper, figure.name, errors.what()));
  }
}

std::vector<std::string> settings_of(const ReproduceOptions& options, const FigureRuns& runs) {
  std::vector<std::string> settings;
  for (const auto& [path, value] : options.full ? runs.full : runs.reduced) {
    settings.push_back(path + "=" + value);
  }
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  if (options.check) {
    settings.emplace_back("check=true");
  }
  return settings;
}

/// The one that is there already, or a new one.
Part& part_for(std::map<std::string, Part>& parts, const ReproduceOptions& options,
               const FigureRuns& runs, const std::vector<std::string>& search_path) {
  const std::vector<std::string> settings = settings_of(options, runs);
  for (auto& [name, part] : parts) {
    if (part.experiment == runs.experiment && part.settings == settings) {
      return part;
    }
  }
  Plan plan = read_plan(runs.experiment, settings, search_path);
  if (!plan.is_comparison()) {
    throw Error(runs.experiment + ": has no axes, so no curve can be drawn from it");
  }
  const auto [at, is_new] = parts.try_emplace(plan.name);
  if (!is_new) {
    throw Error(fmt::format("{}: figures need {} with different settings: reproduce one at a time",
                            options.paper, plan.name));
  }
  std::vector<bool> needed(plan.runs.size());
  at->second = {runs.experiment, settings, std::move(plan), std::move(needed)};
  return at->second;
}

/// Every experiment once, by its name.
std::map<std::string, Part> parts_of(const ReproduceOptions& options, const Reference& reference,
                                     const std::vector<ReferenceFigure>& figures,
                                     const std::vector<std::string>& search_path) {
  std::map<std::string, Part> parts;
  for (const ReferenceFigure& figure : figures) {
    for (const FigureRuns& runs : figure.experiments) {
      check_experiment(options, figure, runs, search_path);
      mark_needed(part_for(parts, options, runs, search_path), figure, !options.full);
    }
  }
  std::vector<std::string> names;
  for (auto& [name, part] : parts) {
    names.push_back(name);
    part.plan.reference = reference;
    leave_out_the_rest(part);
  }
  for (const std::string& name : options.experiments) {
    if (!contains(names, name)) {
      throw Error(fmt::format("{}: no figure is drawn from an experiment \"{}\"; they are {}",
                              options.paper, name, fmt::join(names, ", ")));
    }
  }
  std::erase_if(parts, [&options](const auto& part) {
    return !options.experiments.empty() && !contains(options.experiments, part.first);
  });
  for (const auto& [name, part] : parts) {
    if (part.plan.runs.empty()) {
      throw Error(fmt::format("{}: no run of {} is on a curve", options.paper, name));
    }
  }
  return parts;
}

/// Gives the exit code.
int run_part(const Plan& plan, const std::string& folder, std::size_t processes) {
  fs::create_directories(folder);
  ProgressLine line;
  const ComparisonResult result = carry_out(plan, folder, processes, line, plan.name + ": ");
  fmt::print("{}: {} runs in {:.0f} s\n", plan.name, plan.runs.size(), line.seconds());
  std::fflush(stdout);
  return result.exit_code;
}

}  // namespace

int reproduce_command(const ReproduceOptions& options) {
  const std::vector<std::string> search_path = config_search_path(options.configs);
  const std::string file = reference_file(options.paper, search_path);
  const Reference reference = read_reference(file, search_path);
  const std::vector<ReferenceFigure> figures = figures_of(options, reference);
  const std::map<std::string, Part> parts = parts_of(options, reference, figures, search_path);

  const std::string name = fs::path(file).stem().string();
  AtomicFolder folder(options.out.empty() ? "results/reproduce-" + name : options.out,
                      {"reproduction.json", kSchema});
  keep_input(file, "paper", folder.target());
  for (const auto& [experiment, part] : parts) {
    keep_input(experiment_file(part.experiment, search_path), "experiment", folder.target());
  }
  int code = 0;
  ordered_json manifest = {{"schema", kSchema},
                           {"paper", name},
                           {"size", options.full ? "full" : "reduced"},
                           {"settings", options.settings},
                           {"experiments", ordered_json::array()},
                           {"figures", ordered_json::array()},
                           {"reference", config::write(reference)}};
  for (const auto& [experiment, part] : parts) {
    const int ended = run_part(part.plan, folder.temporary() + "/" + experiment, options.processes);
    code = code == 0 ? ended : code;
    manifest["experiments"].push_back(experiment);
  }
  for (const ReferenceFigure& figure : figures) {
    manifest["figures"].push_back(figure.name);
  }
  write_file(folder.temporary() + "/reproduction.json", manifest.dump(2) + "\n");
  stop_if_asked();
  folder.commit();
  hand_over_to_python({"reproduce", folder.target(), "--status", std::to_string(code)});
}

}  // namespace dsmsim
