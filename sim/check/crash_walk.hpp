#pragma once
// Random walks through the executions of a scenario in which servers crash: what happens before,
// between and after the crashes is in any order, where crash_table.hpp takes one. Recoveries from
// one crash are met by the next.
//
// Crashes come at random steps; the failure detector tells of each at a random step after it, at
// the latest when nothing else is left to happen. The checker watches what the survivors read. A
// walk fails if it says something, or if survivors wait for ever though the engine does without all
// servers that have crashed.

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/check/failure.hpp"

namespace dsmsim {

struct CrashWalkPlan {
  std::uint64_t walks = 1;
  std::size_t crashes = 1;           ///< on each, at most: a walk may end before
  std::vector<NodeId> servers = {};  ///< that crash; empty: any
};

struct CrashWalks {
  std::uint64_t walks = 0;
  std::uint64_t steps = 0;
  std::uint64_t lost = 0;          ///< walks that the engine has ended with Error(ExitCode::lost);
  std::uint64_t survived = 0;      ///< in which the survivors finished after all crashes,
  std::uint64_t without = 0;       ///< or the program ended before the first
  std::optional<Failure> failure;  ///< then it was the last
};

/// Throws Error if the engine cannot be explored.
CrashWalks walk_with_crashes(const Scenario& scenario, const Specimen& specimen,
                             RandomStream& random, const CrashWalkPlan& plan);

/// What is wrong where nothing is left to happen after crashes of which the failure detector has
/// told: "threads still wait, 2: r0 = x"; nothing if all survivors have finished, or it has yet to
/// tell.
std::optional<std::string> who_still_waits(const Scenario& scenario, const Execution& execution);

}  // namespace dsmsim
