#pragma once
// Whether the runs of a plan can be started: setup_problems (setup.hpp) of every combination of the
// axes, each distinct one once, with the places of the mistakes. For the Planner (plan.cpp).

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/experiment/axes.hpp"
#include "sim/experiment/setup.hpp"

namespace dsmsim {

/// A run as it was written, before names of files were replaced by what the files hold, and as it
/// was read.
struct ReadRun {
  const Combination& combination;
  const Experiment& experiment;
  config::Document& as_written;
  config::Document& as_read;
};

class SetupChecks {
 public:
  explicit SetupChecks(const std::vector<Axis>& axes) : axes_(axes) {}

  /// The run's program, which runs of equal "program" share; null if it cannot be made.
  std::shared_ptr<Program> check(const ReadRun& run);
  /// Adds a mistake of one run.
  void add(const ReadRun& run, const SetupProblem& problem);
  /// Tells `document` every mistake once. One that not all runs have stands at the value of an axis
  /// that those have in common which have it.
  void report(config::Document& document) const;

 private:
  struct Mistake {
    config::Place place;
    std::string pointer;
    std::string message;
    std::vector<Combination> runs;
  };
  struct Made {
    std::shared_ptr<Program> program;
    std::vector<SetupProblem> problems;
  };

  /// The combination, with one and the same number for all values of an axis that set nothing in
  /// these sections: one that no value has.
  Combination without_others(const Combination& combination,
                             const std::vector<std::string>& sections) const;
  const Made& program_of(const ReadRun& run);
  /// The axes of which all these runs have the same value, and other runs another one.
  std::vector<std::size_t> common_axes(const std::vector<Combination>& runs) const;
  /// Where a mistake stands that only some runs have.
  std::pair<config::Place, std::string> at_axis(const Mistake& mistake,
                                                config::Document& document) const;
  static bool is_of(const config::Place& place, const AxisValue& value);
  std::string text_of(const std::vector<std::size_t>& axes, const Combination& run) const;

  const std::vector<Axis>& axes_;
  std::map<Combination, Made> programs_;
  std::map<Combination, std::vector<SetupProblem>> setups_;
  std::vector<Mistake> mistakes_;
  std::unordered_map<std::string, std::size_t> known_;  ///< mistakes, by all that they say
  std::size_t checked_ = 0;
};

}  // namespace dsmsim
