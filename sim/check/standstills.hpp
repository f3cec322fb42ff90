#pragma once
// Whether an execution in which nobody goes on any more is the program's fault or the engine's: the
// program's if it can come to the same standstill in a memory without a protocol
// (memory_model.hpp), its threads before the same steps and with the same locks. For whoever looks
// for ends of executions.

#include <optional>
#include <set>

#include "sim/check/execution.hpp"
#include "sim/check/memory_model.hpp"

namespace dsmsim {

class Standstills {
 public:
  /// `scenario` must stay.
  explicit Standstills(const Scenario& scenario) : scenario_(scenario) {}

  /// Whether the execution of the scenario, in which no thread goes on any more, stands still as
  /// the program itself can. False if all threads have ended. Throws Error(ExitCode::limit) if the
  /// program is too large to be asked.
  bool is_of_program(const Execution& execution);

 private:
  const Scenario& scenario_;
  std::optional<std::set<Standstill>> known_;  ///< from the first question on
};

}  // namespace dsmsim
