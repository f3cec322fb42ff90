#pragma once
// What the verbs that look for failures say about the one that they have found.

#include <string>
#include <vector>

#include "sim/check/shrink.hpp"

namespace dsmsim {

/// Prints the failure, its scenario and its schedule, and writes them to the file `save` unless it
/// is "". The specimen is that of `protocol` and `settings`.
void report_failure(const FailingScenario& failing, const Specimen& specimen,
                    const std::string& protocol, const std::vector<std::string>& settings,
                    const std::string& save);

}  // namespace dsmsim
