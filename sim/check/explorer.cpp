#include "sim/check/explorer.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace dsmsim {
namespace {

/// Fingerprints are hashes already.
struct AsItIs {
  std::size_t operator()(std::uint64_t fingerprint) const { return fingerprint; }
};

class Search {
 public:
  Search(const Scenario& scenario, const Specimen& specimen, ExploreLimits limits,
         std::size_t longest)
      : scenario_(scenario),
        specimen_(specimen),
        limits_(std::move(limits)),
        longest_(longest),
        topology_(timeless_topology(std::max<std::size_t>(scenario.servers, 2))) {}

  Exploration run() {
    do {
      if (limits_.poll && result_.executions % kPollPeriod == 0) {
        limits_.poll();
      }
      ++result_.executions;
      if (!run_once()) {
        return std::move(result_);
      }
    } while (backtrack());
    result_.complete = true;
    return std::move(result_);
  }

 private:
  /// A state on the path, what can happen in it and how much of that has been tried.
  struct Frame {
    std::vector<Choice> choices;
    std::size_t tried = 0;
  };

  /// Follows the path to its end and goes on from there; false if the search is over.
  bool run_once() {
    try {
      Execution execution(scenario_, specimen_, topology_);
      if (result_.met.empty()) {
        result_.situations = execution.inspection()->situations();
        result_.met.resize(result_.situations.size());
      }
      for (std::size_t i = 0; i + 1 < path_.size(); ++i) {
        execution.take(path_[i].choices[path_[i].tried - 1]);
      }
      if (!path_.empty()) {
        take(execution, path_.back());
      }
      return go_on(execution);
    } catch (const Error& error) {
      result_.failure = {error.code(), error.what(), schedule()};
    } catch (const std::logic_error& error) {
      result_.failure = {ExitCode::internal, error.what(), schedule()};
    }
    return false;
  }

  /// Until a state that has been seen, or the end.
  bool go_on(Execution& execution) {
    while (is_new(execution.fingerprint())) {
      if (limits_.states != 0 && result_.states >= limits_.states) {
        return false;
      }
      execution.check();
      Frame next;
      execution.list_choices(next.choices);
      if (next.choices.empty()) {
        result_.outcomes.try_emplace(execution.finish(), schedule());
        return true;
      }
      if (path_.size() == longest_) {
        return true;
      }
      path_.push_back(std::move(next));
      result_.depth = std::max(result_.depth, path_.size());
      ++path_.back().tried;
      take(execution, path_.back());
    }
    return true;
  }

  void take(Execution& execution, const Frame& frame) {
    const Choice& choice = frame.choices[frame.tried - 1];
    if (const int situation = execution.situation(choice); situation >= 0) {
      ++result_.met[static_cast<std::size_t>(situation)];
    }
    ++result_.steps;
    execution.take(choice);
  }

  /// Whether the state has not been seen, or only later on a path that may be no longer.
  bool is_new(std::uint64_t fingerprint) {
    const auto depth = static_cast<std::uint32_t>(path_.size());
    const auto [seen, fresh] = seen_.try_emplace(fingerprint, depth);
    result_.states += fresh ? 1 : 0;
    if (!limits_.prune) {
      return true;
    }
    if (!fresh && (longest_ == kAnyLength || seen->second <= depth)) {
      return false;
    }
    seen.value() = depth;
    return true;
  }

  /// To the last choice that has another one beside it.
  bool backtrack() {
    while (!path_.empty() && path_.back().tried == path_.back().choices.size()) {
      path_.pop_back();
    }
    if (path_.empty()) {
      return false;
    }
    ++path_.back().tried;
    return true;
  }

  Schedule schedule() const {
    Schedule schedule;
    for (const Frame& frame : path_) {
      schedule.push_back(frame.choices[frame.tried - 1]);
    }
    return schedule;
  }

 public:
  static constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max();
  static constexpr std::uint64_t kPollPeriod = 256;  // executions

 private:
  const Scenario& scenario_;
  const Specimen& specimen_;
  ExploreLimits limits_;
  std::size_t longest_;
  Topology topology_;
  std::vector<Frame> path_;
  tsl::robin_map<std::uint64_t, std::uint32_t, AsItIs> seen_;  ///< at which depth
  Exploration result_;
};

}  // namespace

Exploration explore(const Scenario& scenario, const Specimen& specimen,
                    const ExploreLimits& limits) {
  return Search(scenario, specimen, limits, Search::kAnyLength).run();
}

Failure shorten(const Scenario& scenario, const Specimen& specimen, const Failure& failure,
                const ExploreLimits& limits) {
  Failure shortest = failure;
  while (!shortest.schedule.empty()) {
    Exploration shorter = Search(scenario, specimen, limits, shortest.schedule.size() - 1).run();
    if (!shorter.failure) {
      break;
    }
    shortest = std::move(*shorter.failure);
  }
  return shortest;
}

}  // namespace dsmsim
