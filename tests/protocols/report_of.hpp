#pragma once
// What `engine` in result.json would say now.

#include "sim/dsm/contract/counters_json.hpp"
#include "sim/dsm/contract/engine.hpp"

namespace dsmsim {

inline nlohmann::ordered_json report_of(const Engine& engine) {
  CounterReport report;
  engine.report(report);
  return to_json(report);
}

}  // namespace dsmsim
