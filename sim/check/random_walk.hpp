#pragma once
// Random walks through the executions of a scenario: what is too long to be explored is sampled.
//
// guide.hpp says in which orders. In every state the engine's invariants are checked.

#include <cstdint>
#include <optional>

#include "sim/base/random.hpp"
#include "sim/check/failure.hpp"

namespace dsmsim {

struct Walks {
  std::uint64_t walks = 0;
  std::uint64_t steps = 0;
  Schedule last;                   ///< the way of the last one
  std::optional<Failure> failure;  ///< then it was the last
};

/// Asks whether to stop before every walk (sim/base/stop.hpp). Throws Error if the engine cannot
/// be explored.
Walks walk(const Scenario& scenario, const Specimen& specimen, RandomStream& random,
           std::uint64_t walks);

}  // namespace dsmsim
