#include "sim/experiment/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "sim/base/error.hpp"
#include "sim/base/folder_name.hpp"
#include "sim/base/stop.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/setup_checks.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

/// A --set argument, its path spelt out.
struct Override {
  std::string path;
  std::string value;
  std::string text;
};

Override parse_override(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos) {
    return {"", "", argument};  // a mistake, which the document reports with the others
  }
  const std::string path = expand_path(argument.substr(0, equals));
  const std::string value = argument.substr(equals + 1);
  return {path, value, path + "=" + value};
}

/// The same mistake shows in every run that has it; it is reported once.
class Mistakes {
 public:
  void add(const InputErrors& errors) {
    for (const std::string& line : errors.lines()) {
      if (seen_.insert(line).second) {
        lines_.push_back(line);
      }
    }
  }
  void throw_if_any() const {
    if (!lines_.empty()) {
      throw InputErrors(lines_);
    }
  }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> lines_;
};

class Planner {
 public:
  Planner(const std::string& file, const std::vector<std::string>& overrides,
          const std::vector<std::string>& search_path,
          const std::optional<std::string>& text = std::nullopt) {
    std::vector<std::string> of_comparison;
    for (const std::string& argument : overrides) {
      const Override parsed = parse_override(argument);
      const bool of_axes = parsed.path.starts_with("axes") || parsed.path.starts_with("baseline");
      if (of_axes) {
        of_comparison.push_back(parsed.text);
        whole_ = false;
      } else {
        overrides_.push_back(parsed);
      }
    }
    document_ = text ? config::parse(*text, file, of_comparison, search_path)
                     : config::load(file, of_comparison, search_path);
    plan_.name = std::filesystem::path(file).stem().string();
  }

  Plan plan() {
    read_grids();
    std::size_t fixed = 0;
    for (Grid& grid : plan_.grids) {
      for (Axis& axis : grid.axes) {
        fixed += fix(axis, grid) ? 1 : 0;
      }
    }
    check_number_of_runs();
    plan_runs();
    throw_mistakes();
    check_names();
    if (!plan_.runs.empty() && !plan_.runs.front().experiment.name.empty()) {
      plan_.name = plan_.runs.front().experiment.name;
    }
    check_reference();
    document_.throw_if_problems();
    check_that_some_run();
    if (plan_.grids.size() == 1 && fixed == plan_.grids.front().axes.size()) {
      become_single_run();
    }
    check_name();
    return std::move(plan_);
  }

 private:
  void read_grids() {
    for (std::vector<Axis>& axes : read_axes(document_)) {
      plan_.grids.push_back({std::move(axes), {}});
    }
    read_baseline();
  }

  /// An axis that --set decides has that one value.
  bool fix(Axis& axis, Grid& grid) {
    bool fixed = false;
    for (const Override& given : overrides_) {
      if (!axis.path.empty() && given.path == axis.path) {
        const ordered_json value = ordered_json::parse(given.value, nullptr, false);
        axis.values = {{value.is_discarded() ? given.value : label_of(value), {}}};
        grid.baseline.clear();
        fixed = true;
      }
    }
    whole_ = whole_ && !fixed;
    return fixed;
  }

  void check_number_of_runs() {
    constexpr std::size_t most = 10'000;
    std::size_t runs = 0;
    for (const Grid& grid : plan_.grids) {
      runs += count_combinations(grid.axes);
    }
    if (runs > most) {
      document_.problem("/axes", fmt::format("make more than {} runs", most));
      document_.throw_if_problems();
    }
  }

  /// Without axes there is one run: the combination of none.
  void plan_runs() {
    of_a_run_ = document_;
    for (const char* key : {"axes", "baseline"}) {
      of_a_run_.erase(key);
    }
    if (plan_.grids.empty()) {
      plan_grid(0, {});
    }
    for (std::size_t grid = 0; grid < plan_.grids.size(); ++grid) {
      plan_grid(grid, plan_.grids[grid].axes);
    }
  }

  void plan_grid(std::size_t grid, const std::vector<Axis>& axes) {
    SetupChecks setups(axes);
    for (const Combination& combination : combinations(axes)) {
      stop_if_asked();
      plan_run(grid, axes, combination, setups);
    }
    setups.report(document_);
  }

  void throw_mistakes() {
    try {
      document_.throw_if_problems();
    } catch (const InputErrors& errors) {
      mistakes_.add(errors);
    }
    mistakes_.throw_if_any();
  }

  void check_names() {
    std::set<std::string> names;
    for (const PlannedRun& run : plan_.runs) {
      if (!is_folder_name(run.name)) {
        document_.problem("/axes", fmt::format("the run \"{}\" {}; give values a \"label\"",
                                               run.name, folder_name_rule()));
      }
      if (!names.insert(run.name).second) {
        document_.problem("/axes", fmt::format("two grids have a run called \"{}\"", run.name));
      }
    }
  }

  /// The file's, if it gives no other.
  void check_name() {
    if (plan_.name.empty() || !is_folder_name(plan_.name)) {
      document_.problem("/name", fmt::format("\"{}\" is what results would be called; a name {}",
                                             plan_.name, folder_name_rule()));
      document_.throw_if_problems();
    }
  }

  /// Every published curve is one of this comparison, unless the command line has changed its axes.
  void check_reference() {
    if (plan_.runs.empty()) {
      return;
    }
    plan_.reference = plan_.runs.front().experiment.reference;
    if (!plan_.reference || !plan_.is_comparison() || !whole_) {
      return;
    }
    for (const ReferenceFigure& figure : plan_.reference->figures) {
      for (const ReferenceCurve& curve : figure.curves) {
        if (is_about(figure, curve, plan_.name)) {
          check_has_runs(figure, curve.where);
          std::for_each(curve.band.begin(), curve.band.end(),
                        [&](const RunLabels& end) { check_has_runs(figure, end); });
        }
      }
    }
  }

  void check_has_runs(const ReferenceFigure& figure, const RunLabels& where) {
    if (plan_.runs_of(figure, where).empty()) {
      document_.problem("/reference",
                        fmt::format("figure \"{}\": no run is on the axis \"{}\" where {}",
                                    figure.name, figure.x, describe_where(where)));
    }
  }

  void check_that_some_run() {
    if (std::all_of(plan_.runs.begin(), plan_.runs.end(),
                    [](const PlannedRun& run) { return run.skipped; })) {
      document_.problem("/protocol", "keeps all memory on one server, and every run has more");
      document_.throw_if_problems();
    }
  }

  void become_single_run() {
    plan_.name += "," + plan_.runs.front().name;
    plan_.grids.clear();
    plan_.runs.front().combination.clear();
  }

  void plan_run(std::size_t grid, const std::vector<Axis>& axes, const Combination& combination,
                SetupChecks& setups) {
    config::Document document = of_a_run_;
    for (std::size_t i = 0; i < combination.size(); ++i) {
      for (const auto& [path, pointer] : axes[i].values[combination[i]].changes) {
        document.copy(path, document_, pointer);
      }
    }
    for (const Override& given : overrides_) {
      document.set(given.text);
    }
    config::Document as_written = document;  // reading puts files in the place of their names
    try {
      PlannedRun run{grid, combination, name_of(axes, combination),
                     config::read<Experiment>(document)};
      run.skipped = plan_.is_comparison() && has_too_many_servers(run.experiment);
      if (!run.skipped) {
        run.program = setups.check({combination, run.experiment, as_written, document});
      }
      plan_.runs.push_back(std::move(run));
    } catch (const InputErrors& errors) {
      mistakes_.add(errors);
    }
  }

  void read_baseline() {
    const config::Node* node = document_.root().find("baseline");
    if (node == nullptr || node->kind == config::Node::Kind::null) {
      return;
    }
    if (!node->is_object()) {
      document_.problem("/baseline", "expected an object: axes and the value of each");
      return;
    }
    for (Grid& grid : plan_.grids) {
      grid.baseline.resize(grid.axes.size());
    }
    const ordered_json baseline = config::to_json(*node);
    for (const auto& [key, value] : baseline.items()) {
      read_baseline_value(key, label_of(value));
    }
  }

  /// The axis may be one of several grids.
  void read_baseline_value(const std::string& key, const std::string& label) {
    const std::string pointer = config::join_pointer("/baseline", key);
    std::vector<std::string> names;
    std::vector<std::string> labels;
    bool found = false;
    for (Grid& grid : plan_.grids) {
      for (std::size_t i = 0; i < grid.axes.size(); ++i) {
        const Axis& axis = grid.axes[i];
        names.push_back(axis.name);
        if (key != axis.name && expand_path(key) != axis.path) {
          continue;
        }
        for (std::size_t v = 0; v < axis.values.size(); ++v) {
          labels.push_back(axis.values[v].label);
          if (label == labels.back()) {
            grid.baseline[i] = v;
            found = true;
          }
        }
      }
    }
    if (labels.empty()) {
      document_.problem(pointer,
                        fmt::format("there is no such axis{}", config::suggestion(key, names)));
    } else if (!found) {
      document_.problem(pointer, fmt::format("the axis has no value \"{}\"{}", label,
                                             config::suggestion(label, labels)));
    }
  }

  config::Document document_;
  config::Document of_a_run_;  ///< without what is of the comparison, which grows with the runs
  std::vector<Override> overrides_;
  Plan plan_;
  Mistakes mistakes_;
  bool whole_ = true;  ///< all axes are as the file has them
};

}  // namespace

bool Plan::has_baseline() const {
  return std::any_of(grids.begin(), grids.end(),
                     [](const Grid& grid) { return !grid.baseline.empty(); });
}

std::vector<std::string> Plan::labels_of(const PlannedRun& run) const {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < run.combination.size(); ++i) {
    labels.push_back(axes_of(run)[i].values[run.combination[i]].label);
  }
  return labels;
}

std::vector<std::size_t> Plan::runs_of(const ReferenceFigure& figure,
                                       const RunLabels& where) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::vector<Axis>& axes = axes_of(runs[i]);
    std::size_t met = 0;
    bool has_x = false;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      const auto wanted = where.find(axes[a].name);
      met += wanted != where.end() && wanted->second == axes[a].values[runs[i].combination[a]].label
                 ? 1
                 : 0;
      has_x = has_x || axes[a].name == figure.x;
    }
    if (has_x && met == where.size()) {
      found.push_back(i);
    }
  }
  return found;
}

const PlannedRun* Plan::baseline_of(const PlannedRun& run) const {
  const auto& baseline = grids[run.grid].baseline;
  if (baseline.empty()) {
    return nullptr;
  }
  Combination wanted = run.combination;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] = baseline[i].value_or(wanted[i]);
  }
  const auto before = [](const PlannedRun& a, const PlannedRun& b) {
    return std::tie(a.grid, a.combination) < std::tie(b.grid, b.combination);
  };
  const PlannedRun key{run.grid, wanted, {}, {}};
  const auto at = std::lower_bound(runs.begin(), runs.end(), key, before);
  return at != runs.end() && !before(key, *at) && !at->skipped ? &*at : nullptr;
}

Plan read_plan(const std::string& file, const std::vector<std::string>& overrides,
               const std::vector<std::string>& search_path) {
  return Planner(experiment_file(file, search_path), overrides, search_path).plan();
}

Plan read_plan_text(const std::string& text, const std::string& name,
                    const std::vector<std::string>& overrides,
                    const std::vector<std::string>& search_path) {
  return Planner(name, overrides, search_path, text).plan();
}

}  // namespace dsmsim
