#include "sim/check/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsmsim {

bool is_interesting(const Scenario& scenario, const Outcome& outcome) {
  return !scenario.exists.empty() &&
         std::all_of(scenario.exists.begin(), scenario.exists.end(),
                     [&](const Condition& condition) {
                       const std::uint64_t value = condition.result.valid()
                                                       ? outcome.registers[condition.result.index()]
                                                       : outcome.objects[condition.object.index()];
                       return value == condition.value;
                     });
}

std::string to_text(const Scenario& scenario, const Outcome& outcome) {
  std::string text;
  for (std::size_t i = 0; i < outcome.registers.size(); ++i) {
    text += fmt::format("{}={} ", scenario.registers[i], outcome.registers[i]);
  }
  for (std::size_t i = 0; i < outcome.objects.size(); ++i) {
    text += fmt::format("{}={} ", scenario.objects[i].name, outcome.objects[i]);
  }
  if (!text.empty()) {
    text.pop_back();
  }
  return text;
}

}  // namespace dsmsim
