// The verbs run and compare.

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "sim/base/atomic_file.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/commands/carry_out.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/progress.hpp"
#include "sim/experiment/comparison.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/report.hpp"
#include "sim/experiment/result_files.hpp"
#include "sim/experiment/run.hpp"
#include "sim/experiment/search_path.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

/// Prints for people, unless standard output is for JSON.
class Screen {
 public:
  explicit Screen(const RunOptions& options) : file_(options.json == "-" ? stderr : stdout) {}
  /// Throws Error if it cannot be printed, also before a run whose report would be lost.
  void print(const std::string& text) const {
    if (std::fputs(text.c_str(), file_) < 0 || std::fflush(file_) != 0) {
      throw Error(fmt::format("standard {} cannot be written: {}",
                              file_ == stdout ? "output" : "error", std::strerror(errno)));
    }
  }

 private:
  std::FILE* file_;
};

/// Before the run: write_json comes after it.
void check_json(const std::string& where) {
  if (!where.empty() && where != "-") {
    check_writable(where);
  }
}

void write_json(const std::string& where, const std::string& text) {
  if (where == "-") {
    std::fputs(text.c_str(), stdout);
  } else if (!where.empty()) {
    write_file(where, text);
  }
}

Plan plan_of(const RunOptions& options) {
  std::vector<std::string> settings = options.settings;
  if (options.seed) {
    settings.push_back(fmt::format("seed={}", *options.seed));
  }
  if (options.check) {
    settings.emplace_back("check=true");
  }
  return read_plan(options.file, settings, config_search_path(options.configs));
}

std::string folder_of(const RunOptions& options, const Plan& plan) {
  return options.out.empty() ? "results/" + plan.name : options.out;
}

/// Throws Error if the results would take the place of the experiment that is read.
void keep_input(const RunOptions& options, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!options.json.empty() && fs::equivalent(options.file, options.json, ignored)) {
    throw Error("--json " + options.json + ": is the experiment itself");
  }
  dsmsim::keep_input(options.file, "experiment", folder);
}

int run_one(const Plan& plan, const RunOptions& options) {
  const Experiment& experiment = plan.runs.front().experiment;
  const Screen screen(options);
  check_json(options.json);
  AtomicFolder folder(folder_of(options, plan), {"result.json", kResultSchema});
  keep_input(options, folder.target());
  screen.print(fmt::format("{}: {}\n", plan.name, headline(experiment)));
  ProgressLine line;
  const auto hook = [&line](const RunProgress& progress) {
    stop_if_asked();
    line.show([&] { return progress_text(progress, line.seconds()); });
  };
  const Result result = run_experiment(experiment, hook, plan.runs.front().program);
  line.clear();
  write_result_files(result, folder.temporary());
  stop_if_asked();
  folder.commit();
  screen.print(run_report(result) + "\nresult: " + folder.target() + "/result.json\n");
  write_json(options.json, result_text(result));
  return static_cast<int>(ExitCode::ok);
}

/// The results of all runs, for --json.
std::string results_json(const ComparisonResult& result) {
  ordered_json json = ordered_json::array();
  for (const RunRecord& run : result.runs) {
    ordered_json row = {{"folder", run.name}, {"status", to_string(run.status)}};
    if (run.status == RunRecord::Status::ok) {
      row["result"] = run.summary;
    }
    json.push_back(std::move(row));
  }
  return json.dump(2) + "\n";
}

/// Of all runs, each line once.
std::string warnings(const ComparisonResult& result) {
  std::set<std::string> seen;
  std::string text;
  for (const RunRecord& run : result.runs) {
    for (const std::string& warning : warnings_of(run.summary)) {
      text += seen.insert(warning).second ? "warning: " + warning + "\n" : "";
    }
  }
  return text;
}

bool all_failed(const ComparisonResult& result) {
  for (const RunRecord& run : result.runs) {
    if (run.status == RunRecord::Status::ok) {
      return false;
    }
  }
  return true;
}

int compare_all(const Plan& plan, const RunOptions& options) {
  const Screen screen(options);
  check_json(options.json);
  AtomicFolder folder(folder_of(options, plan), {"manifest.json", kComparisonSchema});
  keep_input(options, folder.target());
  ProgressLine line;
  const ComparisonResult result = carry_out(plan, folder.temporary(), options.processes, line);
  if (all_failed(result)) {
    return result.exit_code;
  }
  folder.commit();
  screen.print(fmt::format("{}: operations per simulated second{}\n{}{}\nresults: {}/results.csv\n",
                           plan.name, plan.has_baseline() ? ", speedup over the baseline" : "",
                           comparison_table(plan, result), warnings(result), folder.target()));
  write_json(options.json, results_json(result));
  return result.exit_code;
}

}  // namespace

int run_command(const RunOptions& options) {
  if (options.schedule) {
    return play_command(options);
  }
  const Plan plan = plan_of(options);
  return plan.is_comparison() ? compare_all(plan, options) : run_one(plan, options);
}

int compare_command(const RunOptions& options) {
  const Plan plan = plan_of(options);
  if (!plan.is_comparison()) {
    throw Error(options.file +
                ":1:1  /axes  leave nothing to compare; `dsmsim run` carries out a single run");
  }
  return compare_all(plan, options);
}

}  // namespace dsmsim
