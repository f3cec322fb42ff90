#pragma once
// What can be seen of one execution of a scenario, whoever executed it: a reference memory model
// (memory_model.hpp) or an engine.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/scenario.hpp"

namespace dsmsim {

struct Outcome {
  std::vector<std::uint64_t> registers;  ///< final values, by RegisterIndex
  std::vector<std::uint64_t> objects;    ///< after all threads have ended, by ObjectIndex
  auto operator<=>(const Outcome&) const = default;
};

/// Whether it is the interesting outcome of the scenario: all conditions of `exists` hold. Without
/// conditions none is.
bool is_interesting(const Scenario& scenario, const Outcome& outcome);

/// "r0=0 r1=1 x=1 y=1", for tables and messages.
std::string to_text(const Scenario& scenario, const Outcome& outcome);

}  // namespace dsmsim
