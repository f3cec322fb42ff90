#include "sim/experiment/fault_fuzz.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/stop.hpp"
#include "sim/experiment/run.hpp"
#include "sim/experiment/setup.hpp"
#include "sim/fabric/in_child.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

constexpr int kPlans = 8;     // a program
constexpr int kMisfits = 20;  // in a row, before another protocol's turn
constexpr ChildLimits kChildLimits{Bytes(2ULL << 30), Duration::picoseconds(120'000'000'000'000)};

// ---- one run

/// The path of a number below 0, or "".
std::string negative(const ordered_json& value, const std::string& path) {
  if (value.is_number()) {
    return value < 0 ? path : "";
  }
  if (value.is_structured()) {
    for (const auto& [key, item] : value.items()) {
      if (std::string found = negative(item, path + "/" + key); !found.empty()) {
        return found;
      }
    }
  }
  return "";
}

void read_result(const ordered_json& summary, Trial& trial) {
  ordered_json measured = summary;
  measured.erase("config");  // "not set" is a number below 0 there
  if (const std::string path = negative(measured, ""); !path.empty()) {
    trial.what = path + " of the result is below 0";
  }
  WholeRun& whole = trial.whole;
  whole.length = from_seconds(summary["simulated_s"].get<double>());
  whole.operations = summary["operations"]["total"];
  for (const ordered_json& type : summary["messages"]) {
    if (const std::uint64_t count = type["count"]; count > 0) {
      whole.messages.push_back(type["type"]);
      whole.counts.push_back(count);
    }
  }
  if (summary.contains("faults")) {
    trial.lost_threads = summary["faults"]["lost_threads"];
  }
}

void run(const ordered_json& json, const std::vector<std::string>& search_path, Trial& trial) {
  config::Document document = config::parse(json.dump(), "dsmsim", {}, search_path);
  trial.fits = false;
  const auto experiment = config::read<Experiment>(document);
  const std::shared_ptr<Program> program = make_program(experiment);
  trial.fits = setup_problems(experiment, *program).empty();
  if (!trial.fits) {
    return;
  }
  read_result(run_experiment(experiment, {}, program).summary, trial);
  if (experiment.cluster.servers > 1) {
    trial.whole.cables = Machine(experiment).topology->cable_names();
  }
}

Trial run_to_its_end(const ordered_json& json, const std::vector<std::string>& search_path) {
  Trial trial;
  try {
    run(json, search_path, trial);
  } catch (const Error& error) {
    trial.code = error.code();
    trial.what = error.what();
  } catch (const std::exception& error) {
    trial.fits = true;  // whatever was wrong with it, this is not how to say so
    trial.code = ExitCode::internal;
    trial.what = fmt::format("internal error: {}", error.what());
  }
  return trial;
}

// ---- what may become of it

bool plans(const ordered_json& experiment, const std::string& fault) {
  return experiment.contains("faults") &&
         std::any_of(experiment["faults"].begin(), experiment["faults"].end(),
                     [&](const ordered_json& planned) { return planned["name"] == fault; });
}

std::string complaint(const ordered_json& experiment, const Trial& trial, const WholeRun& whole) {
  switch (trial.code) {
    case ExitCode::ok:
      if (trial.what.empty() && trial.lost_threads == 0 &&
          trial.whole.operations != whole.operations) {
        return fmt::format("no thread was lost, and {} of {} operations are done",
                           trial.whole.operations, whole.operations);
      }
      return trial.what;
    case ExitCode::lost:
      return plans(experiment, "crash") || plans(experiment, "link_down")
                 ? ""
                 : "lost, though nothing can be: " + trial.what;
    case ExitCode::internal:
    case ExitCode::bad_input:
    case ExitCode::incoherent:
    case ExitCode::deadlock:
    case ExitCode::limit:
    case ExitCode::interrupted:
      break;
  }
  return trial.what;
}

/// A program may also find out while it runs that the cluster has too little for it.
bool is_fit(const Trial& trial) { return trial.fits && trial.code != ExitCode::bad_input; }

// ---- smaller ones

/// Copies of the experiment, each with one thing less, the larger things first.
class Smaller {
 public:
  explicit Smaller(const ordered_json& experiment) : experiment_(experiment) {
    for (std::size_t i = 0; i < faults(); ++i) {
      propose([i](ordered_json& e) { e["faults"].erase(i); });
    }
    for (const char* const key : {"nic", "servers"}) {
      shrink_cluster(key);
    }
    remove_each("/protocol", {"extends", "name"});
    for (const char* const pointer : {"/failure_detection", "/check"}) {
      remove(pointer);
    }
    for (std::size_t i = 0; i < faults(); ++i) {
      remove_each(fmt::format("/faults/{}", i),
                  {"name", "server", "link", "at", "before", "for", "rate", "by"});
    }
    halve_program();
  }
  std::vector<ordered_json> all() && { return std::move(all_); }

 private:
  using Pointer = ordered_json::json_pointer;

  std::size_t faults() const {
    return experiment_.contains("faults") ? experiment_["faults"].size() : 0;
  }
  template <class Change>
  void propose(const Change& change) {
    ordered_json smaller = experiment_;
    change(smaller);
    if (smaller != experiment_) {
      all_.push_back(std::move(smaller));
    }
  }
  void remove(const std::string& pointer) {
    propose([&](ordered_json& e) {
      const Pointer path(pointer);
      e[path.parent_pointer()].erase(path.back());
    });
  }
  void shrink_cluster(const std::string& key) {
    if (key != "servers") {
      remove("/cluster/" + key);
    } else if (experiment_["cluster"]["servers"] > 2) {
      propose([](ordered_json& e) {
        e["cluster"]["servers"] = e["cluster"]["servers"].get<std::uint32_t>() - 1;
      });
    }
  }
  void remove_each(const std::string& section, const std::vector<std::string>& but) {
    const ordered_json& all = experiment_[Pointer(section)];
    if (!all.is_object()) {
      return;
    }
    for (const auto& [key, value] : all.items()) {
      if (std::find(but.begin(), but.end(), key) == but.end()) {
        remove(section + "/" + key);
      }
    }
  }
  void halve_program() {
    for (const auto& [key, value] : experiment_["program"].items()) {
      if (value.is_number_integer() && value > 1) {
        propose([&](ordered_json& e) { e["program"][key] = value.get<std::uint64_t>() / 2; });
        propose([&](ordered_json& e) { e["program"][key] = value.get<std::uint64_t>() - 1; });
      }
    }
  }

  const ordered_json& experiment_;
  std::vector<ordered_json> all_;
};

/// The same run without what breaks, and whether it ends well.
std::optional<WholeRun> whole_run(ordered_json experiment,
                                  const std::vector<std::string>& search_path) {
  experiment.erase("faults");
  const Trial trial = try_experiment(experiment, search_path);
  return trial.fits && trial.code == ExitCode::ok ? std::optional(trial.whole) : std::nullopt;
}

/// Whether the experiment is a finding of the same kind.
std::optional<FaultFinding> find_again(const ordered_json& experiment, ExitCode code,
                                       const std::vector<std::string>& search_path) {
  const bool has_faults = experiment.contains("faults");
  const std::optional<WholeRun> whole =
      has_faults ? whole_run(experiment, search_path) : WholeRun();
  if (!whole) {
    return std::nullopt;
  }
  const Trial trial = try_experiment(experiment, search_path);
  std::optional<FaultFinding> finding = judge(experiment, trial, has_faults ? *whole : trial.whole);
  return finding && finding->code == code ? finding : std::nullopt;
}

}  // namespace

template <class Archive>
void transfer(Archive& archive, WholeRun& whole) {
  std::int64_t length = whole.length.ps();
  archive(length, whole.operations, whole.messages, whole.counts, whole.cables);
  whole.length = Duration::picoseconds(length);
}

template <class Archive>
void transfer(Archive& archive, Trial& trial) {
  archive(trial.fits, trial.code, trial.what, trial.whole, trial.lost_threads);
}

Trial try_experiment(const ordered_json& experiment, const std::vector<std::string>& search_path) {
  try {
    return in_child<Trial>(kChildLimits, [&] { return run_to_its_end(experiment, search_path); });
  } catch (const ChildFailure& failure) {
    Trial trial;
    trial.fits = true;
    trial.code = ExitCode::internal;
    trial.what = failure.what();
    return trial;
  }
}

std::optional<FaultFinding> judge(const ordered_json& experiment, const Trial& trial,
                                  const WholeRun& whole) {
  if (!trial.fits) {
    return std::nullopt;
  }
  const std::string what = complaint(experiment, trial, whole);
  return what.empty() ? std::nullopt : std::optional(FaultFinding{experiment, trial.code, what});
}

FaultFinding shrink(FaultFinding finding, const std::vector<std::string>& search_path) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (ordered_json& candidate : Smaller(finding.experiment).all()) {
      stop_if_asked();
      if (auto again = find_again(candidate, finding.code, search_path)) {
        finding = *std::move(again);
        smaller = true;
        break;
      }
    }
  }
  return finding;
}

std::optional<FaultFinding> try_program(std::uint64_t seed, std::uint64_t number,
                                        const CaseProtocol& protocol,
                                        const std::vector<std::string>& search_path,
                                        FaultTotals& totals) {
  RandomStream random(seed, "faults", number);
  ordered_json run;
  Trial whole;
  for (int misfits = 0; misfits < kMisfits && !is_fit(whole); ++misfits) {
    stop_if_asked();
    run = random_run(random, protocol);
    whole = try_experiment(run, search_path);
    totals.misfits += is_fit(whole) ? 0 : 1;
  }
  ++totals.programs;
  if (!is_fit(whole)) {
    return std::nullopt;
  }
  std::optional<FaultFinding> found = judge(run, whole, whole.whole);
  for (int plan = 0; plan < kPlans && !found; ++plan) {
    stop_if_asked();
    const ordered_json experiment = with_random_faults(random, run, whole.whole);
    const Trial trial = try_experiment(experiment, search_path);
    found = judge(experiment, trial, whole.whole);
    totals.misfits += trial.fits ? 0 : 1;
    totals.survived += trial.fits && trial.code == ExitCode::ok ? 1 : 0;
    totals.lost += trial.fits && trial.code == ExitCode::lost ? 1 : 0;
  }
  return found ? std::optional(shrink(*std::move(found), search_path)) : std::nullopt;
}

}  // namespace dsmsim
