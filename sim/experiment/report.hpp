#pragma once
// The screen of one run: what ran, and what came out.

#include <string>

#include "sim/experiment/experiment.hpp"
#include "sim/experiment/result.hpp"

namespace dsmsim {

/// "kvstore under drust on 4 servers of 16 cores, cx3-ib40, seed 1"
std::string headline(const Experiment& experiment);

/// What a user should know of the run before trusting its numbers, a line each.
std::vector<std::string> warnings_of(const nlohmann::ordered_json& summary);

/// Operations, latencies, where the time went, messages; ends with a newline.
std::string run_report(const Result& result);

}  // namespace dsmsim
