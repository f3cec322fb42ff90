#pragma once
// The tables of a comparison: results.csv and results.sqlite (table "runs") with one row a run, and
// manifest.json, which says what was varied and how every run ended. Columns: run, one for every
// axis, status, exit_code, speedup, then every number of result.json by its path.

#include <filesystem>

#include "sim/experiment/comparison.hpp"

namespace dsmsim {

void write_comparison_files(const Plan& plan, const ComparisonResult& result,
                            const std::filesystem::path& folder);

}  // namespace dsmsim
