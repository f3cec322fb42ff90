#pragma once
// The files of one run: result.json, metrics.csv (metric, labels, value, unit), messages.csv (by
// type and server), histograms.json (latency buckets), events.jsonl (what the engine's runtime has
// seen and decided, if it tells) and timing.json, the only one that depends on the machine.

#include <filesystem>
#include <string>

#include "sim/experiment/result.hpp"

namespace dsmsim {

/// Writes them into an existing folder. Throws Error if that fails.
void write_result_files(const Result& result, const std::filesystem::path& folder);

/// The text of result.json.
std::string result_text(const Result& result);

}  // namespace dsmsim
