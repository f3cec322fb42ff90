// The verb reproduce: what figures of a paper need is run here; Python draws them.
//
// Of each experiment only those runs are carried out that a curve of the figures asked for, or an
// end of its band, is about, and those that speedups are over.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/base/atomic_file.hpp"
#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/progress.hpp"
#include "sim/experiment/comparison.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/search_path.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Of the form of reproduction.json.
constexpr const char* kSchema = "dsmsim-reproduction-1";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
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
    if (std::find(names.begin(), names.end(), wanted) == names.end()) {
      throw Error(fmt::format("{}: there is no figure \"{}\"; there are {}", options.paper, wanted,
                              joined(names)));
    }
  }
  std::vector<ReferenceFigure> figures;
  for (const ReferenceFigure& figure : reference.figures) {
    const bool wanted = options.figures.empty() ||
                        std::find(options.figures.begin(), options.figures.end(), figure.name) !=
                            options.figures.end();
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

/// One experiment with the settings of its size, and the figures that need it.
struct Part {
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

Plan plan_of(const ReproduceOptions& options, const FigureRuns& runs,
             const std::vector<std::string>& search_path) {
  std::vector<std::string> settings;
  for (const auto& [path, value] : options.full ? runs.full : runs.reduced) {
    settings.push_back(path + "=" + value);
  }
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  if (options.check) {
    settings.emplace_back("check=true");
  }
  Plan plan = read_plan(runs.experiment, settings, search_path);
  if (!plan.is_comparison()) {
    throw Error(runs.experiment + ": has no axes, so no curve can be drawn from it");
  }
  return plan;
}

/// Every experiment once, whatever figures need it.
std::map<std::string, Part> parts_of(const ReproduceOptions& options, const Reference& reference,
                                     const std::vector<ReferenceFigure>& figures,
                                     const std::vector<std::string>& search_path) {
  std::map<std::string, Part> parts;
  std::vector<std::string> known;
  for (const ReferenceFigure& figure : figures) {
    for (const FigureRuns& runs : figure.experiments) {
      check_experiment(options, figure, runs, search_path);
      Plan plan = plan_of(options, runs, search_path);
      const std::string name = plan.name;
      known.push_back(name);
      if (!options.experiments.empty() &&
          std::find(options.experiments.begin(), options.experiments.end(), name) ==
              options.experiments.end()) {
        continue;
      }
      const auto [at, is_new] = parts.try_emplace(name);
      if (is_new) {
        at->second.needed.resize(plan.runs.size());
        at->second.plan = std::move(plan);
        at->second.plan.reference = reference;
      }
      mark_needed(at->second, figure, !options.full);
    }
  }
  for (const std::string& name : options.experiments) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Error(fmt::format("{}: no figure is drawn from an experiment \"{}\"; they are {}",
                              options.paper, name, joined(known)));
    }
  }
  for (auto& [name, part] : parts) {
    leave_out_the_rest(part);
    if (part.plan.runs.empty()) {
      throw Error(fmt::format("{}: no run of {} is on a curve", options.paper, name));
    }
  }
  return parts;
}

int carry_out(const Plan& plan, const fs::path& folder, std::size_t processes) {
  fs::create_directories(folder);
  ProgressLine line;
  const ComparisonResult result = compare(plan, folder, processes, [&](std::size_t done) {
    stop_if_asked();
    line.show(
        [&] { return plan.name + ": " + progress_text(done, plan.runs.size(), line.seconds()); });
  });
  line.clear();
  const double seconds = line.seconds();
  for (const RunRecord& run : result.runs) {
    if (run.status == RunRecord::Status::failed) {
      fmt::print(stderr, "{}: {} failed with exit code {}: {}\n", plan.name, run.name,
                 run.exit_code, run.message);
    }
  }
  fmt::print("{}: {} runs in {:.0f} s\n", plan.name, plan.runs.size(), seconds);
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
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  int code = 0;
  ordered_json manifest = {{"schema", kSchema},
                           {"paper", name},
                           {"size", options.full ? "full" : "reduced"},
                           {"settings", options.settings},
                           {"experiments", ordered_json::array()},
                           {"figures", ordered_json::array()},
                           {"reference", config::write(reference)}};
  for (const auto& [experiment, part] : parts) {
    const int ended = carry_out(part.plan, fs::path(folder.temporary()) / experiment,
                                options.processes == 0 ? cores : options.processes);
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
