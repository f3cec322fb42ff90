#pragma once
// What the verbs that run comparisons have in common.

#include <string>

#include "sim/commands/progress.hpp"
#include "sim/experiment/comparison.hpp"

namespace dsmsim {

/// Carries out the runs of the plan, `processes` at a time (0: as many as there are cores), with a
/// progress on the line, and prints those that failed on standard error; both behind `prefix`.
ComparisonResult carry_out(const Plan& plan, const std::string& folder, std::size_t processes,
                           ProgressLine& line, const std::string& prefix = "");

/// Throws Error if results in the folder would take the place of the file that is read, which is
/// called `what`.
void keep_input(const std::string& file, const std::string& what, const std::string& folder);

}  // namespace dsmsim
