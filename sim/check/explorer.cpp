#include "sim/check/explorer.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include "sim/base/stop.hpp"
#include "sim/check/livelock.hpp"
#include "sim/check/rewindable.hpp"
#include "sim/check/standstills.hpp"

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
        standstills_(scenario) {}

  Exploration run() {
    execution_.emplace(scenario_, specimen_);
    if (graph_) {
      execution_->save(start_);
    }
    result_.situations = (*execution_)->inspection()->situations();
    result_.met.resize(result_.situations.size());
    result_.complete = attempt([this] { return visit(); }) && search();
    if (has_cycles_ && !graph_ && (!result_.failure || limits_.all_failures)) {
      look_for_livelock();
    }
    return std::move(result_);
  }

 private:
  /// A state on the path, what can happen in it and how much of that has been tried.
  struct Frame {
    std::uint64_t fingerprint = 0;
    std::vector<Choice> choices;
    std::size_t tried = 0;
    Arena::Snapshot state;
  };

  /// Takes every choice of every state; false if the search was given up.
  bool search() {
    while (depth_ > 0) {
      Frame& frame = path_[depth_ - 1];
      if (frame.tried == frame.choices.size()) {
        --depth_;
        continue;
      }
      if (frame.tried > 0) {
        execution_->restore(frame.state);
      }
      const Choice choice = frame.choices[frame.tried++];
      if (!attempt([&] { return take(choice), visit(); })) {
        return false;
      }
    }
    return true;
  }

  /// Few explorations meet cycles, so it is only then that all states are visited again, and what
  /// leads from one to another is kept.
  void look_for_livelock() {
    execution_.reset();  // there is one arena
    Search again(scenario_, specimen_, limits_, longest_);
    again.graph_.emplace();
    again.run();
    std::optional<Lasso> lasso = again.graph_->find_livelock([&](const Lasso& candidate) {
      again.go_to_end_of(candidate.schedule);
      const bool of_program = again.standstills_.is_of_program(**again.execution_);
      result_.standstills += of_program ? 1 : 0;
      return !of_program;
    });
    if (lasso) {
      keep({ExitCode::deadlock, livelock_report(**again.execution_, lasso->round),
            std::move(lasso->schedule)});
    }
  }

  void go_to_end_of(const Schedule& schedule) {
    execution_->restore(start_);
    for (const Choice& choice : schedule) {
      execution_->take(choice);
    }
  }

  void keep(Failure failure) {
    ++result_.failures[kind_of(failure)];
    if (!result_.failure) {
      result_.failure = std::move(failure);
    }
  }

  /// One step; false to give up.
  template <class Act>
  bool attempt(Act act) {
    try {
      return act();
    } catch (...) {
      keep(current_failure(schedule()));
      return limits_.all_failures;
    }
  }

  static std::string kind_of(const Failure& failure) {
    std::string kind;
    for (const char c : failure.what.substr(0, failure.what.find('\n'))) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
        kind += c;
      } else if (kind.empty() || kind.back() != '#') {
        kind += '#';
      }
    }
    return kind;
  }

  void take(const Choice& choice) {
    if (result_.steps % kPollPeriod == 0) {
      tell_and_ask();
    }
    if (const int situation = (*execution_)->situation(choice); situation >= 0) {
      ++result_.met[static_cast<std::size_t>(situation)];
    }
    ++result_.steps;
    execution_->take(choice);
  }

  void tell_and_ask() const {
    stop_if_asked();
    if (limits_.progress) {
      limits_.progress(result_.states);
    }
  }

  /// Looks at where the path has led, and lengthens it unless this is an end; false to give up.
  bool visit() {
    const std::uint64_t fingerprint = (*execution_)->fingerprint();
    if (graph_ && depth_ > 0) {
      const Frame& last = path_[depth_ - 1];
      graph_->leads(last.fingerprint, last.tried - 1, fingerprint);
    }
    if (!is_new(fingerprint)) {
      return true;
    }
    if (limits_.states != 0 && result_.states >= limits_.states) {
      return false;
    }
    (*execution_)->check();
    Frame& frame = next_frame();
    frame.fingerprint = fingerprint;
    (*execution_)->list_choices(frame.choices);
    if (graph_) {
      graph_->add(fingerprint, frame.choices);
    }
    if (frame.choices.empty()) {
      end();
    } else if (depth_ < longest_) {
      ++depth_;
      result_.depth = std::max(result_.depth, depth_);
      if (frame.choices.size() > 1) {
        execution_->save(frame.state);
      }
    }
    return true;
  }

  void end() {
    ++result_.ends;
    for (const std::string& defect : (*execution_)->inspection()->defects_met()) {
      ++result_.defects[defect];
    }
    if (standstills_.is_of_program(**execution_)) {
      ++result_.standstills;
    } else {
      result_.outcomes.try_emplace(execution_->finish(), schedule());
    }
  }

  /// The memory of frames is used again.
  Frame& next_frame() {
    if (path_.size() == depth_) {
      path_.emplace_back();
    }
    Frame& frame = path_[depth_];
    frame.choices.clear();
    frame.tried = 0;
    return frame;
  }

  /// Whether the state has not been seen, or only later on a path that may be no longer.
  bool is_new(std::uint64_t fingerprint) {
    const auto depth = static_cast<std::uint32_t>(depth_);
    const auto [seen, fresh] = seen_.try_emplace(fingerprint, depth);
    result_.states += fresh ? 1 : 0;
    if (!limits_.prune) {
      return true;
    }
    if (!fresh && (longest_ == kAnyLength || seen->second <= depth)) {
      has_cycles_ = has_cycles_ || is_on_path(fingerprint, seen->second);
      return false;
    }
    seen.value() = depth;
    return true;
  }

  bool is_on_path(std::uint64_t fingerprint, std::uint32_t depth) const {
    return depth < depth_ && path_[depth].fingerprint == fingerprint;
  }

  Schedule schedule() const {
    Schedule schedule;
    for (std::size_t i = 0; i < depth_; ++i) {
      schedule.push_back(path_[i].choices[path_[i].tried - 1]);
    }
    return schedule;
  }

 public:
  static constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max();
  static constexpr std::uint64_t kPollPeriod = 1024;  // steps

 private:
  const Scenario& scenario_;
  const Specimen& specimen_;
  ExploreLimits limits_;
  std::size_t longest_;
  Standstills standstills_;
  std::optional<Rewindable> execution_;
  std::vector<Frame> path_;  ///< the first depth_ of them
  std::size_t depth_ = 0;
  tsl::robin_map<std::uint64_t, std::uint32_t, AsItIs> seen_;  ///< at which depth
  bool has_cycles_ = false;          ///< a state has come again on its own path
  std::optional<StateGraph> graph_;  ///< when livelocks are looked for
  Arena::Snapshot start_;            ///< the same
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
