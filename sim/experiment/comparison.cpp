#include "sim/experiment/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <span>

#include "sim/base/enumeration.hpp"
#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"
#include "sim/experiment/comparison_files.hpp"
#include "sim/experiment/result_files.hpp"
#include "sim/experiment/run.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::vector<RunRecord> planned_records(const Plan& plan) {
  std::vector<RunRecord> records;
  for (const PlannedRun& run : plan.runs) {
    RunRecord& record = records.emplace_back();
    record.name = run.name;
    record.labels = plan.labels_of(run);
  }
  return records;
}

/// In a child process, of so many at a time: the run and its files.
void carry_out(const PlannedRun& run, const fs::path& folder, std::size_t processes) {
  share_host_memory(processes);
  const Result result = run_experiment(run.experiment, {}, run.program);
  fs::create_directories(folder);
  write_result_files(result, folder);
}

ordered_json read_summary(const fs::path& folder) {
  std::ifstream file(folder / "result.json");
  return ordered_json::parse(file);
}

double rate_of(const RunRecord& record) {
  return record.summary["operations"]["per_second"].get<double>();
}

void add_speedups(const Plan& plan, std::vector<RunRecord>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const PlannedRun* baseline = plan.baseline_of(plan.runs[i]);
    if (baseline == nullptr || records[i].status != RunRecord::Status::ok) {
      continue;
    }
    const RunRecord& base = records[static_cast<std::size_t>(baseline - plan.runs.data())];
    if (base.status == RunRecord::Status::ok && rate_of(base) > 0) {
      records[i].speedup = rate_of(records[i]) / rate_of(base);
    }
  }
}

int gravest(const std::vector<RunRecord>& records) {
  constexpr std::array order = {ExitCode::limit, ExitCode::bad_input, ExitCode::deadlock,
                                ExitCode::incoherent};
  const auto gravity = [&order](int code) {
    const auto at = std::find(order.begin(), order.end(), static_cast<ExitCode>(code));
    return code == 0 ? -1 : static_cast<int>(at - order.begin());  // others are gravest
  };
  int worst = 0;
  for (const RunRecord& record : records) {
    worst = gravity(record.exit_code) > gravity(worst) ? record.exit_code : worst;
  }
  return worst;
}

std::string cell(const RunRecord& record) {
  if (record.status == RunRecord::Status::skipped) {
    return "-";
  }
  if (record.status == RunRecord::Status::failed) {
    return fmt::format("failed ({})", record.exit_code);
  }
  const std::string rate = short_number(rate_of(record));
  return record.speedup ? fmt::format("{} {:5.2f}x", rate, *record.speedup) : rate;
}

/// Footnotes, by what they say.
class Notes {
 public:
  /// "*", "**", ...; "" for nothing.
  std::string mark(const std::string& text) {
    if (text.empty()) {
      return "";
    }
    const auto at = std::find(texts_.begin(), texts_.end(), text);
    const auto number = static_cast<std::size_t>(at - texts_.begin()) + 1;
    if (at == texts_.end()) {
      texts_.push_back(text);
    }
    return " " + std::string(number, '*');
  }
  std::string text() const {
    std::string lines;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      lines += fmt::format("{} an extension: {}\n", std::string(i + 1, '*'), texts_[i]);
    }
    return lines;
  }

 private:
  std::vector<std::string> texts_;
};

/// What all runs of a row have, or "".
std::string common_extension(std::span<const RunRecord> row) {
  const std::string first = row.front().extension();
  const bool all = std::all_of(
      row.begin(), row.end(), [&](const RunRecord& record) { return record.extension() == first; });
  return all ? first : "";
}

/// The labels of all axes but the last.
std::string row_label(const std::vector<std::string>& labels) {
  std::string text;
  for (std::size_t i = 0; i + 1 < labels.size(); ++i) {
    text += (i == 0 ? "" : " ") + labels[i];
  }
  return text;
}

/// One grid's runs: the last axis in columns, the others in rows.
std::string grid_table(const Grid& grid, std::span<const RunRecord> records, Notes& notes) {
  const Axis& columns = grid.axes.back();
  std::string corner;
  for (std::size_t i = 0; i + 1 < grid.axes.size(); ++i) {
    corner += grid.axes[i].name + " ";
  }
  std::vector<std::string> head = {corner + "\\ " + columns.name};
  for (const AxisValue& value : columns.values) {
    head.push_back(value.label);
  }
  TextTable table(std::move(head));
  for (std::size_t i = 0; i < records.size(); i += columns.values.size()) {
    const auto runs = records.subspan(i, columns.values.size());
    const std::string common = common_extension(runs);
    std::vector<std::string> row = {row_label(runs.front().labels) + notes.mark(common)};
    for (const RunRecord& record : runs) {
      row.push_back(cell(record) + (common.empty() ? notes.mark(record.extension()) : ""));
    }
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace

std::string_view to_string(RunRecord::Status status) {
  return kEnumeratorNames<RunRecord::Status>[static_cast<std::size_t>(status)];
}

ComparisonResult compare(const Plan& plan, const fs::path& folder, std::size_t processes,
                         const PoolProgress& progress) {
  ComparisonResult result;
  result.runs = planned_records(plan);
  std::vector<ProcessJob> jobs;
  std::vector<RunRecord*> records;
  processes = std::min(processes, plan.runs.size());
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    if (!plan.runs[i].skipped) {
      jobs.emplace_back([&run = plan.runs[i], &folder, processes] {
        carry_out(run, folder / run.name, processes);
      });
      records.push_back(&result.runs[i]);
    }
  }
  const std::vector<ProcessOutcome> outcomes = run_in_processes(jobs, processes, progress);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    stop_if_asked();
    RunRecord& record = *records[i];
    record.exit_code = outcomes[i].exit_code;
    record.message = outcomes[i].message;
    record.status = record.exit_code == 0 ? RunRecord::Status::ok : RunRecord::Status::failed;
    if (record.status == RunRecord::Status::ok) {
      record.summary = read_summary(folder / record.name);
    }
  }
  add_speedups(plan, result.runs);
  result.exit_code = gravest(result.runs);
  write_comparison_files(plan, result, folder);
  return result;
}

std::string comparison_table(const Plan& plan, const ComparisonResult& result) {
  std::string text;
  Notes notes;
  std::size_t first = 0;
  for (const Grid& grid : plan.grids) {
    std::size_t last = first;
    while (last < plan.runs.size() && &plan.grids[plan.runs[last].grid] == &grid) {
      ++last;
    }
    const std::span<const RunRecord> runs(result.runs);
    text += (first == 0 ? "" : "\n") + grid_table(grid, runs.subspan(first, last - first), notes);
    first = last;
  }
  return text + notes.text();
}

}  // namespace dsmsim
