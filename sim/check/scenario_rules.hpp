#pragma once
// What makes a scenario a good one, beyond what its form already guarantees. The reader reports
// every fault at its place in the text; whoever changes scenarios (a shrinker) asks whether there
// are any.
//
// - A thread unlocks what it has locked before, locks nothing twice, and ends without locks. A
//   try-lock counts as a lock: its unlock is passed over when it has failed.
// - The plain writes to an object have distinct nonzero values: a value that was read says which
//   write was seen.
// - An object is worked on either by plain reads and writes, or by atomics, or as a word with a
//   full/empty bit, because engines keep the stamps of plain writes and the words of the others
//   apart (sim/dsm/contract/op.hpp).
// - A guarded object is read under its lock, written under its exclusive lock, and has no atomics
//   and no full/empty bit.
// - Every register is assigned by exactly one step.
// - The limits of scenario.hpp; every server that is named is one of `servers`.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/check/scenario.hpp"

namespace dsmsim {

struct ScenarioFault {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t thread = kNone;     ///< kNone: not about one thread
  std::size_t step = kNone;       ///< of the thread; kNone: not about one step
  std::size_t object = kNone;     ///< whose declaration is at fault
  bool of_missing_steps = false;  ///< steps that are not there would mend it
  std::string what;
};

std::vector<ScenarioFault> faults(const Scenario& scenario);

}  // namespace dsmsim
