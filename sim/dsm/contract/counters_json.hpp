#pragma once
// The counters of a run as result.json has them; apart, for engines and programs need no JSON.

#include <nlohmann/json.hpp>

#include "sim/base/expects.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim {

inline nlohmann::ordered_json to_json(const CounterReport& report) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : report.entries()) {
    nlohmann::ordered_json* place = &json;
    for (std::size_t from = 0; from <= name.size();) {
      const std::size_t end = std::min(name.find('.', from), name.size());
      place = &(*place)[name.substr(from, end - from)];
      from = end + 1;
    }
    if (value) {
      expects(place->is_null(), "a report has one number of a name");
      std::visit([place](auto number) { *place = number; }, *value);
    } else {
      *place = nlohmann::ordered_json::object();
    }
  }
  return json;
}

/// What an engine or a program says.
template <class Reporter>
nlohmann::ordered_json report_of(const Reporter& reporter) {
  CounterReport report;
  reporter.report(report);
  return to_json(report);
}

}  // namespace dsmsim
