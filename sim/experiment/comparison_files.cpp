#include "sim/experiment/comparison_files.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <map>
#include <unordered_map>

#include "sim/base/atomic_file.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/experiment/metrics.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Rows of numbers whose columns are found as they come: the runs of a comparison need not have the
/// same metrics.
struct Sheet {
  std::vector<std::string> columns;                   ///< of numbers, behind the fixed ones
  std::vector<std::map<std::size_t, double>> values;  ///< by row and column
};

/// `fixed` are the columns before those of numbers.
Sheet sheet_of(const std::vector<RunRecord>& runs, const std::vector<std::string>& fixed) {
  Sheet sheet;
  std::unordered_map<std::string, std::size_t> place;
  std::unordered_map<std::string, int> spellings;  ///< by what differs in case alone
  for (const std::string& column : fixed) {
    ++spellings[boost::to_lower_copy(column)];
  }
  for (const RunRecord& run : runs) {
    stop_if_asked();
    auto& row = sheet.values.emplace_back();
    for (const Metric& metric : metrics_of(run.summary)) {
      const auto [at, is_new] = place.try_emplace(metric.path, sheet.columns.size());
      if (is_new) {
        // SQLite knows no case: "messages.READ.count" and "messages.read.count" need telling apart.
        const int alike = ++spellings[boost::to_lower_copy(metric.path)];
        sheet.columns.push_back(alike == 1 ? metric.path
                                           : fmt::format("{}~{}", metric.path, alike));
      }
      row[at->second] = metric.value;
    }
  }
  return sheet;
}

/// The axes of all grids, each name once, in order of appearance.
std::vector<std::string> axis_names(const Plan& plan) {
  std::vector<std::string> names;
  for (const Grid& grid : plan.grids) {
    for (const Axis& axis : grid.axes) {
      if (std::find(names.begin(), names.end(), axis.name) == names.end()) {
        names.push_back(axis.name);
      }
    }
  }
  return names;
}

std::vector<std::string> fixed_columns(const Plan& plan) {
  std::vector<std::string> columns = axis_names(plan);
  columns.insert(columns.begin(), "run");
  columns.insert(columns.end(), {"status", "exit_code", "speedup", "extension"});
  return columns;
}

/// The run's value on each of the `axes`, "" on those of other grids.
std::vector<std::string> labels_on(const std::vector<std::string>& axes, const Plan& plan,
                                   std::size_t run) {
  std::vector<std::string> labels(axes.size());
  const std::vector<Axis>& own = plan.axes_of(plan.runs[run]);
  const std::vector<std::string> own_labels = plan.labels_of(plan.runs[run]);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto at = std::find(axes.begin(), axes.end(), own[i].name);
    labels[static_cast<std::size_t>(at - axes.begin())] = own_labels[i];
  }
  return labels;
}

std::string csv(const Plan& plan, const std::vector<RunRecord>& runs, const Sheet& sheet) {
  std::string text;
  const auto field = [&text](const std::string& value) {
    text += (text.empty() || text.back() == '\n' ? "" : ",") + csv_field(value);
  };
  for (const auto& columns : {fixed_columns(plan), sheet.columns}) {
    for (const std::string& column : columns) {
      field(column);
    }
  }
  text += "\n";
  const std::vector<std::string> axes = axis_names(plan);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    stop_if_asked();
    field(runs[i].name);
    for (const std::string& label : labels_on(axes, plan, i)) {
      field(label);
    }
    field(std::string(to_string(runs[i].status)));
    field(std::to_string(runs[i].exit_code));
    field(runs[i].speedup ? number_text(*runs[i].speedup) : "");
    field(runs[i].extension());
    for (std::size_t c = 0; c < sheet.columns.size(); ++c) {
      const auto at = sheet.values[i].find(c);
      field(at == sheet.values[i].end() ? "" : number_text(at->second));
    }
    text += "\n";
  }
  return text;
}

std::string quoted_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

/// Columns of axes have no declared type: numbers are stored as numbers, text as text.
std::string create_table(const Plan& plan, const Sheet& sheet) {
  std::string sql = "CREATE TABLE runs (run TEXT PRIMARY KEY";
  for (const std::string& axis : axis_names(plan)) {
    sql += ", " + quoted_name(axis);
  }
  sql += ", status TEXT, exit_code INTEGER, speedup REAL, extension TEXT";
  for (const std::string& column : sheet.columns) {
    sql += ", " + quoted_name(column) + " REAL";
  }
  return sql + ")";
}

void bind_label(SQLite::Statement& insert, int at, const std::string& label) {
  const ordered_json value = ordered_json::parse(label, nullptr, false);
  if (value.is_number_integer()) {
    insert.bind(at, value.get<std::int64_t>());
  } else if (value.is_number()) {
    insert.bind(at, value.get<double>());
  } else {
    insert.bind(at, label);
  }
}

void insert_run(SQLite::Statement& insert, const RunRecord& run,
                const std::vector<std::string>& labels, const Sheet& sheet,
                const std::map<std::size_t, double>& values) {
  insert.reset();
  insert.clearBindings();
  int at = 0;
  insert.bind(++at, run.name);
  for (const std::string& label : labels) {
    ++at;
    if (!label.empty()) {
      bind_label(insert, at, label);
    }
  }
  insert.bind(++at, std::string(to_string(run.status)));
  insert.bind(++at, run.exit_code);
  ++at;
  if (run.speedup) {
    insert.bind(at, *run.speedup);
  }
  ++at;
  if (const std::string extension = run.extension(); !extension.empty()) {
    insert.bind(at, extension);
  }
  for (std::size_t c = 0; c < sheet.columns.size(); ++c) {
    ++at;
    if (const auto value = values.find(c); value != values.end()) {
      insert.bind(at, value->second);
    }
  }
  insert.exec();
}

void write_sqlite(const Plan& plan, const std::vector<RunRecord>& runs, const Sheet& sheet,
                  const fs::path& file) {
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Transaction transaction(database);
    database.exec(create_table(plan, sheet));
    std::string places = "?";
    for (std::size_t i = 1; i < fixed_columns(plan).size() + sheet.columns.size(); ++i) {
      places += ", ?";
    }
    const std::vector<std::string> axes = axis_names(plan);
    SQLite::Statement insert(database, "INSERT INTO runs VALUES (" + places + ")");
    for (std::size_t i = 0; i < runs.size(); ++i) {
      stop_if_asked();
      insert_run(insert, runs[i], labels_on(axes, plan, i), sheet, sheet.values[i]);
    }
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    throw Error(ExitCode::internal, fmt::format("{}: {}", file.string(), error.what()));
  }
}

ordered_json axis_json(const Axis& axis) {
  ordered_json labels = ordered_json::array();
  for (const AxisValue& value : axis.values) {
    labels.push_back(value.label);
  }
  return {{"name", axis.name}, {"path", axis.path}, {"values", labels}};
}

/// "axes": those of every grid; "baseline": values of any of them.
void add_axes(const Plan& plan, ordered_json& json) {
  json["axes"] = ordered_json::array();
  json["baseline"] = ordered_json::object();
  for (std::size_t number = 0; number < plan.grids.size(); ++number) {
    const Grid& grid = plan.grids[number];
    for (std::size_t i = 0; i < grid.axes.size(); ++i) {
      const Axis& axis = grid.axes[i];
      json["axes"].push_back(axis_json(axis));
      if (plan.grids.size() > 1) {
        json["axes"].back()["grid"] = number;
      }
      if (i < grid.baseline.size() && grid.baseline[i]) {
        json["baseline"][axis.name] = axis.values[*grid.baseline[i]].label;
      }
    }
  }
}

std::string manifest(const Plan& plan, const ComparisonResult& result) {
  ordered_json json = {{"schema", kComparisonSchema}, {"name", plan.name}};
  add_axes(plan, json);
  if (plan.reference) {
    json["reference"] = config::write(*plan.reference);
  }
  json["runs"] = ordered_json::array();
  for (std::size_t r = 0; r < result.runs.size(); ++r) {
    const RunRecord& run = result.runs[r];
    const std::vector<Axis>& axes = plan.axes_of(plan.runs[r]);
    ordered_json row = {{"folder", run.name}};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      row["axes"][axes[i].name] = run.labels[i];
    }
    row["status"] = to_string(run.status);
    if (const std::string extension = run.extension(); !extension.empty()) {
      row["extension"] = extension;
    }
    if (run.status == RunRecord::Status::failed) {
      row["exit_code"] = run.exit_code;
      row["message"] = run.message;
    }
    json["runs"].push_back(std::move(row));
  }
  return json.dump(2) + "\n";
}

}  // namespace

void write_comparison_files(const Plan& plan, const ComparisonResult& result,
                            const fs::path& folder) {
  const Sheet sheet = sheet_of(result.runs, fixed_columns(plan));
  write_file((folder / "results.csv").string(), csv(plan, result.runs, sheet));
  write_sqlite(plan, result.runs, sheet, folder / "results.sqlite");
  write_file((folder / "manifest.json").string(), manifest(plan, result));
}

}  // namespace dsmsim
