#pragma once
// Carries out the runs of a plan, each in a process of its own, and puts their results side by
// side: a folder a run with its files, results.csv and results.sqlite with one row a run, and
// manifest.json. The files do not depend on how many processes there were.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/process_pool.hpp"

namespace dsmsim {

/// Of the form of manifest.json.
inline constexpr const char* kComparisonSchema = "dsmsim-comparison-1";

struct RunRecord {
  enum class Status { ok, failed, skipped };
  std::string name;
  std::vector<std::string> labels;  ///< by axis
  Status status = Status::skipped;
  int exit_code = 0;
  std::string message;             ///< of a run that failed
  nlohmann::ordered_json summary;  ///< result.json, if ok
  std::optional<double> speedup;   ///< operations per second over those of its baseline

  /// Of the engine (Engine::extension), or "".
  std::string extension() const {
    return status == Status::ok ? summary.value("extension", "") : "";
  }
};
std::string_view to_string(RunRecord::Status status);

struct ComparisonResult {
  std::vector<RunRecord> runs;
  /// The gravest of the runs: internal, incoherent, deadlock, bad_input, limit.
  int exit_code = 0;
};

/// Writes everything into `folder`, which must exist.
ComparisonResult compare(const Plan& plan, const std::filesystem::path& folder,
                         std::size_t processes, const PoolProgress& progress);

/// Operations per second, with speedup: the last axis in columns, the others in rows. Runs of
/// engines with an extension are marked, and the last lines say of which.
std::string comparison_table(const Plan& plan, const ComparisonResult& result);

}  // namespace dsmsim
