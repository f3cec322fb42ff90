#include "sim/experiment/axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/folder_name.hpp"
#include "sim/base/stop.hpp"
#include "sim/experiment/experiment.hpp"

namespace dsmsim {
namespace {

using config::join_pointer;
using nlohmann::ordered_json;

/// Of the tables that comparison_files.hpp describes.
constexpr std::array<std::string_view, 5> kColumns = {"run", "status", "exit_code", "speedup",
                                                      "extension"};

/// What is of the comparison as a whole, and no axis can change.
constexpr std::array<std::string_view, 5> kOfAll = {"axes", "baseline", "reference", "name",
                                                    "extends"};

/// What may stand in the name of a folder on every system.
std::string for_folder(std::string text) {
  for (char& c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("._+-").find(c) != std::string_view::npos;
    c = plain ? c : '-';
  }
  return text;
}

class AxesReader {
 public:
  /// `grid` is where in the document these axes stand.
  AxesReader(config::Document& document, std::string grid)
      : document_(document), grid_(std::move(grid)) {}

  std::vector<Axis> read(const ordered_json& axes) {
    std::vector<Axis> result;
    for (const auto& [key, values] : axes.items()) {
      const std::string pointer = join_pointer(grid_, key);
      if (!values.is_array() || values.empty()) {
        document_.problem(pointer, "expected the list of the values of this axis");
        continue;
      }
      result.push_back(axis(key, values, pointer));
      for (const AxisValue& value : result.back().values) {
        check_changes(value);
      }
    }
    shorten_names(result);
    check_names(result);
    return result;
  }

 private:
  void check_changes(const AxisValue& value) {
    for (const auto& [path, pointer] : value.changes) {
      const std::string first = path.substr(0, path.find('.'));
      if (std::find(kOfAll.begin(), kOfAll.end(), first) != kOfAll.end()) {
        document_.problem(pointer,
                          fmt::format("\"{}\" is the same for all runs: no axis sets it", first));
      }
    }
  }

  Axis axis(const std::string& key, const ordered_json& values, const std::string& pointer) {
    Axis axis{key, expand_path(key), {}};
    std::set<std::string> labels;
    StopCounter stop(100);
    for (std::size_t i = 0; i < values.size(); ++i) {
      stop.step();
      const std::string at = join_pointer(pointer, std::to_string(i));
      AxisValue value = axis_value(axis.path, values[i], at);
      check_label(value.label, at);
      if (!labels.insert(for_folder(value.label)).second) {
        document_.problem(at, fmt::format("another value of this axis is called \"{}\" too; give "
                                          "each a name: {{\"label\": ..., \"value\": ...}}",
                                          value.label));
      }
      axis.values.push_back(std::move(value));
    }
    if (std::all_of(values.begin(), values.end(), is_coupled)) {
      axis.path.clear();
    }
    return axis;
  }

  static bool is_labelled(const ordered_json& value) {
    return value.is_object() && value.contains("label");
  }
  static bool is_coupled(const ordered_json& value) {
    return is_labelled(value) && value.contains("set");
  }

  AxisValue axis_value(const std::string& path, const ordered_json& value,
                       const std::string& pointer) {
    if (!is_labelled(value)) {
      return {label_of(value), {{path, pointer}}};
    }
    AxisValue result{label_of(value["label"]), {}};
    for (const auto& [key, item] : value.items()) {
      if (key == "value") {
        result.changes.emplace_back(path, join_pointer(pointer, key));
      } else if (key == "set" && item.is_object()) {
        for (const auto& change : item.items()) {
          result.changes.emplace_back(expand_path(change.key()),
                                      join_pointer(join_pointer(pointer, key), change.key()));
        }
      } else if (key != "label") {
        document_.problem(join_pointer(pointer, key),
                          key == "set"
                              ? "expected an object of paths and values"
                              : fmt::format("unknown key \"{}\"; a value has \"label\" and "
                                            "\"value\" or \"set\"",
                                            key));
      }
    }
    return result;
  }

  /// "cluster.nic.mtu" goes by "mtu" as long as no other axis would.
  static void shorten_names(std::vector<Axis>& axes) {
    const auto last_part = [](const std::string& name) {
      return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
    };
    for (Axis& axis : axes) {
      const std::string shorter = last_part(axis.name);
      const auto same = std::count_if(axes.begin(), axes.end(), [&](const Axis& other) {
        return last_part(other.name) == shorter;
      });
      axis.name = same == 1 ? shorter : axis.name;
    }
  }

  void check_label(const std::string& label, const std::string& pointer) {
    if (label.empty()) {
      document_.problem(pointer,
                        "a value without a name: give it one that is not \"\", "
                        "{\"label\": ..., \"value\": ...}");
    }
    if (!is_printable(label)) {
      document_.problem(pointer, "the name of the value holds a control character");
    }
  }

  /// Tables of SQLite know no case.
  void check_names(const std::vector<Axis>& axes) {
    std::set<std::string> names;
    for (const Axis& axis : axes) {
      const std::string name = boost::to_lower_copy(axis.name);
      if (name.empty() || !is_printable(name)) {
        document_.problem(grid_, "the name of an axis is empty, or holds a control character");
      }
      if (!names.insert(name).second) {
        document_.problem(grid_, fmt::format("another axis is called \"{}\" too", axis.name));
      }
      if (std::find(kColumns.begin(), kColumns.end(), name) != kColumns.end()) {
        document_.problem(grid_, fmt::format("an axis cannot be called \"{}\": every table of "
                                             "results has such a column",
                                             axis.name));
      }
    }
  }

  config::Document& document_;
  std::string grid_;
};

constexpr const char* kNoAxis = "names nothing that is varied; a single run has no \"axes\"";

/// Adds the grid that `axes` describes.
void read_grid(config::Document& document, const ordered_json& axes, const std::string& pointer,
               std::vector<std::vector<Axis>>& grids) {
  if (!axes.is_object()) {
    document.problem(pointer, "expected an object: a path and the list of its values");
    return;
  }
  if (axes.empty()) {
    document.problem(pointer, kNoAxis);
  }
  std::vector<Axis> grid = AxesReader(document, pointer).read(axes);
  if (!grid.empty()) {
    grids.push_back(std::move(grid));
  }
}

}  // namespace

std::vector<std::vector<Axis>> read_axes(config::Document& document) {
  const config::Node* node = document.root().find("axes");
  if (node == nullptr || node->kind == config::Node::Kind::null) {
    return {};
  }
  std::vector<std::vector<Axis>> grids;
  const ordered_json axes = config::to_json(*node);
  if (!axes.is_array()) {
    read_grid(document, axes, "/axes", grids);
    return grids;
  }
  if (axes.empty()) {
    document.problem("/axes", kNoAxis);
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    read_grid(document, axes[i], join_pointer("/axes", std::to_string(i)), grids);
  }
  return grids;
}

std::string label_of(const ordered_json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_object() && value.contains("name") && value["name"].is_string()) {
    return value["name"].get<std::string>();
  }
  return value.dump();
}

std::size_t count_combinations(const std::vector<Axis>& axes) {
  constexpr std::size_t exact = std::size_t{1} << 32;
  std::size_t count = 1;
  for (const Axis& axis : axes) {
    count = std::min(count * axis.values.size(), exact);
  }
  return count;
}

std::vector<Combination> combinations(const std::vector<Axis>& axes) {
  std::vector<Combination> result = {{}};
  for (const Axis& axis : axes) {
    std::vector<Combination> longer;
    for (const Combination& combination : result) {
      for (std::size_t i = 0; i < axis.values.size(); ++i) {
        longer.push_back(combination);
        longer.back().push_back(i);
      }
    }
    result = std::move(longer);
  }
  return result;
}

std::string name_of(const std::vector<Axis>& axes, const Combination& combination) {
  std::string name;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    name += fmt::format("{}{}={}", name.empty() ? "" : ",", for_folder(axes[i].name),
                        for_folder(axes[i].values[combination[i]].label));
  }
  return name;
}

}  // namespace dsmsim
