#include "sim/experiment/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "sim/experiment/registries.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;
using namespace nlohmann::literals;

/// The sections of result.json in which the keys below are labels, not names.
struct Labelled {
  std::string_view section;
  std::array<std::string_view, 2> labels;  ///< of the first and second level below, or ""
};
constexpr std::array kLabelled = {
    Labelled{"latency", {"kind", ""}}, Labelled{"breakdown", {"category", ""}},
    Labelled{"breakdown_by_kind", {"kind", "category"}}, Labelled{"messages", {"type", ""}}};

/// By the form of the name: of what is no counter of an engine.
std::string unit_by_name(std::string_view name) {
  struct Unit {
    std::string_view suffix;
    std::string_view unit;
  };
  constexpr std::array units = {Unit{"per_second", "1/s"}, Unit{"_ns", "ns"}, Unit{"_s", "s"},
                                Unit{"_bytes", "B"}};
  for (const Unit& unit : units) {
    if (name.ends_with(unit.suffix)) {
      return std::string(unit.unit);
    }
  }
  return "1";
}

/// Walks one section of a result.
class Flattener {
 public:
  Flattener(std::string section, std::span<const CounterRow> counters, std::vector<Metric>& metrics)
      : section_(std::move(section)), counters_(counters), metrics_(metrics) {
    for (const Labelled& labelled : kLabelled) {
      if (labelled.section == section_) {
        labels_ = labelled.labels;
      }
    }
  }

  void walk(const ordered_json& value) { walk(value, section_, section_, "", 0); }

 private:
  void walk(const ordered_json& value, const std::string& path, const std::string& name,
            const std::string& labels, std::size_t depth) {
    if (value.is_number()) {
      metrics_.push_back({path, name, labels, unit_of(path), value.get<double>()});
      return;
    }
    if (!value.is_structured()) {
      return;
    }
    std::size_t index = 0;
    for (const auto& [key, item] : value.items()) {
      // The items of a list go by their type if they have one, else by their place.
      const bool typed = value.is_array() && item.is_object() && item.contains("type");
      const std::string part = typed              ? item["type"].get<std::string>()
                               : value.is_array() ? std::to_string(index)
                                                  : key;
      ++index;
      const std::string_view label = depth < labels_.size() ? labels_[depth] : "";
      if (label.empty()) {
        walk(item, path + "." + part, name + "." + part, labels, depth + 1);
      } else {
        walk(item, path + "." + part, name, with_label(labels, label, part), depth + 1);
      }
    }
  }

  std::string unit_of(const std::string& path) const {
    for (const CounterRow& row : counters_) {
      const std::string named = fmt::format("{}.{}", section_, row.name);
      if (path == named || path.starts_with(named + ".")) {
        return std::string(row.unit);
      }
    }
    return unit_by_name(path);
  }

  static std::string with_label(const std::string& labels, std::string_view label,
                                const std::string& part) {
    const bool timed = label == "category" && part.ends_with("_ns");
    return fmt::format("{}{}{}={}", labels, labels.empty() ? "" : ";", label,
                       timed ? part.substr(0, part.size() - 3) : part);
  }

  std::string section_;
  std::span<const CounterRow> counters_;  // that may stand in this section
  std::vector<Metric>& metrics_;
  std::array<std::string_view, 2> labels_{};
};

/// Of the engine that the configuration names.
std::span<const CounterRow> counters_of(const ordered_json& result) {
  const std::string name = result.value("/config/protocol/name"_json_pointer, std::string());
  for (const ProtocolRow& row : protocol_rows()) {
    if (row.variant.name == name) {
      return row.counters;
    }
  }
  return {};
}

}  // namespace

std::vector<Metric> metrics_of(const ordered_json& result) {
  const std::span<const CounterRow> none;
  std::vector<Metric> metrics;
  for (const auto& [section, value] : result.items()) {
    if (section != "config") {
      Flattener(section, section == "engine" ? counters_of(result) : none, metrics).walk(value);
    }
  }
  return metrics;
}

std::string number_text(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53: below, an integral double is an integer
  if (value == std::floor(value) && std::abs(value) < kExact) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  return fmt::format("{}", value);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

}  // namespace dsmsim
