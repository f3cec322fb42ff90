#pragma once
// Random walks through the executions of a scenario: what is too long to be explored is sampled.
//
// Half of the walks take any choice with the same chance. In the others every thread and every
// direction of a queue pair has a random rank, the highest goes first, and now and then the ranks
// are drawn again: so some are delayed for long, which finds what needs few but unlikely changes of
// order (Burckhardt et al., A randomized scheduler with probabilistic guarantees of finding bugs,
// ASPLOS 2010). In every state the engine's invariants are checked.

#include <cstdint>
#include <functional>
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

/// `poll` is called before every walk; what it throws ends them. Throws Error if the engine cannot
/// be explored.
Walks walk(const Scenario& scenario, const Specimen& specimen, RandomStream& random,
           std::uint64_t walks, const std::function<void()>& poll = {});

}  // namespace dsmsim
