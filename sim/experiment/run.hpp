#pragma once
// Carries out one experiment: builds the simulated world, runs the program, collects the result.
// Called by the command line, by every process of a comparison, and by the Python module.

#include <functional>
#include <memory>
#include <optional>

#include "sim/experiment/experiment.hpp"
#include "sim/experiment/result.hpp"

namespace dsmsim {

struct RunProgress {
  Time now;
  std::uint64_t events;
  std::optional<double> fraction;  ///< of the program's operations, if it knows how many
};
/// Called every few milliseconds of real time while a run goes on. What it throws ends the run.
using ProgressHook = std::function<void(const RunProgress&)>;

/// Throws Error: deadlock (with the wait-for cycle), limit (saying what was reached), bad_input for
/// what only the run could find out. The same experiment gives the same result, but for its timing.
/// `program`: the experiment's, when whoever read it has made it already; it runs only once.
Result run_experiment(const Experiment& experiment, const ProgressHook& hook = {},
                      std::shared_ptr<Program> program = nullptr);

}  // namespace dsmsim
