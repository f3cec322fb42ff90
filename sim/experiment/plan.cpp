#include "sim/experiment/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/error.hpp"

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
          const std::vector<std::string>& search_path) {
    std::vector<std::string> of_comparison;
    for (const std::string& argument : overrides) {
      const Override parsed = parse_override(argument);
      const bool of_axes = parsed.path.starts_with("axes") || parsed.path.starts_with("baseline");
      if (of_axes) {
        of_comparison.push_back(parsed.text);
      } else {
        overrides_.push_back(parsed);
      }
    }
    document_ = config::load(file, of_comparison, search_path);
    plan_.name = std::filesystem::path(file).stem().string();
  }

  Plan plan() {
    plan_.axes = read_axes(document_);
    read_baseline();
    const auto fixed = std::count_if(plan_.axes.begin(), plan_.axes.end(),
                                     [this](Axis& axis) { return fix(axis); });
    check_number_of_runs();
    for (const Combination& combination : combinations(plan_.axes)) {
      plan_run(combination);
    }
    mistakes_.throw_if_any();
    document_.throw_if_problems();
    check_that_some_run();
    if (!plan_.runs.front().experiment.name.empty()) {
      plan_.name = plan_.runs.front().experiment.name;
    }
    if (fixed > 0 && fixed == std::ssize(plan_.axes)) {
      become_single_run();
    }
    return std::move(plan_);
  }

 private:
  /// An axis that --set decides has that one value.
  bool fix(Axis& axis) {
    bool fixed = false;
    for (const Override& given : overrides_) {
      if (!axis.path.empty() && given.path == axis.path) {
        const ordered_json value = ordered_json::parse(given.value, nullptr, false);
        axis.values = {{value.is_discarded() ? given.value : label_of(value), {}}};
        plan_.baseline.clear();
        fixed = true;
      }
    }
    return fixed;
  }

  void check_number_of_runs() {
    constexpr std::size_t most = 10'000;
    std::size_t runs = 1;
    for (const Axis& axis : plan_.axes) {
      runs *= axis.values.size();
      if (runs > most) {
        document_.problem("/axes", fmt::format("make more than {} runs", most));
        document_.throw_if_problems();
      }
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
    plan_.axes.clear();
    plan_.runs.front().combination.clear();
  }

  void plan_run(const Combination& combination) {
    config::Document document = document_;
    for (std::size_t i = 0; i < combination.size(); ++i) {
      for (const auto& [path, pointer] : plan_.axes[i].values[combination[i]].changes) {
        document.copy(path, document_, pointer);
      }
    }
    for (const Override& given : overrides_) {
      document.set(given.text);
    }
    try {
      PlannedRun run{
          combination, name_of(plan_.axes, combination),
          plan_.is_comparison() ? config::read<Experiment>(document) : read_experiment(document)};
      run.skipped = has_too_many_servers(run.experiment);
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
    plan_.baseline.resize(plan_.axes.size());
    const ordered_json baseline = config::to_json(*node);
    for (const auto& [key, value] : baseline.items()) {
      read_baseline_value(key, label_of(value));
    }
  }

  void read_baseline_value(const std::string& key, const std::string& label) {
    const std::string pointer = config::join_pointer("/baseline", key);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < plan_.axes.size(); ++i) {
      const Axis& axis = plan_.axes[i];
      names.push_back(axis.name);
      if (key != axis.name && expand_path(key) != axis.path) {
        continue;
      }
      std::vector<std::string> labels;
      for (std::size_t v = 0; v < axis.values.size(); ++v) {
        labels.push_back(axis.values[v].label);
        if (label == labels.back()) {
          plan_.baseline[i] = v;
          return;
        }
      }
      document_.problem(pointer, fmt::format("the axis has no value \"{}\"{}", label,
                                             config::suggestion(label, labels)));
      return;
    }
    document_.problem(pointer,
                      fmt::format("there is no such axis{}", config::suggestion(key, names)));
  }

  config::Document document_;
  std::vector<Override> overrides_;
  Plan plan_;
  Mistakes mistakes_;
};

}  // namespace

const PlannedRun* Plan::baseline_of(const PlannedRun& run) const {
  if (baseline.empty()) {
    return nullptr;
  }
  Combination wanted = run.combination;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] = baseline[i].value_or(wanted[i]);
  }
  for (const PlannedRun& other : runs) {
    if (other.combination == wanted && !other.skipped) {
      return &other;
    }
  }
  return nullptr;
}

Plan read_plan(const std::string& file, const std::vector<std::string>& overrides,
               const std::vector<std::string>& search_path) {
  return Planner(file, overrides, search_path).plan();
}

}  // namespace dsmsim
