#pragma once
// What an execution ends with when something is wrong, and how to get there.

#include <string>
#include <vector>

#include "sim/base/error.hpp"
#include "sim/check/execution.hpp"

namespace dsmsim {

using Schedule = std::vector<Choice>;

struct Failure {
  ExitCode code = ExitCode::incoherent;
  std::string what;
  Schedule schedule;
};

/// To be called in a catch block: what the current exception says about the execution. One that
/// says nothing about it (an interruption) is thrown again.
Failure current_failure(Schedule schedule);

}  // namespace dsmsim
