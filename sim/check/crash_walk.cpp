#include "sim/check/crash_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/stop.hpp"
#include "sim/check/guide.hpp"
#include "sim/check/memory_model.hpp"
#include "sim/check/rewindable.hpp"
#include "sim/check/standstills.hpp"

namespace dsmsim {
namespace {

/// Who tries again and again is told of crashes after so many steps, and is taken to wait for ever
/// after as many more. Scenarios need some hundred.
constexpr std::uint64_t kPatience = 5000;

class Walker {
 public:
  Walker(const Scenario& scenario, const Specimen& specimen, RandomStream& random,
         const CrashWalkPlan& plan)
      : scenario_(scenario),
        random_(random),
        plan_(plan),
        execution_(scenario, specimen),
        can_stand_still_(!standstills(scenario).empty()),
        standstills_(scenario) {
    for (std::uint32_t i = 0; i < specimen.servers(scenario); ++i) {
      servers_.emplace_back(i);
    }
    execution_.save(start_);
  }

  CrashWalks run() {
    while (result_.walks < plan_.walks && !result_.failure) {
      stop_if_asked();
      ++result_.walks;
      execution_.restore(start_);
      one();
    }
    return std::move(result_);
  }

 private:
  /// One walk.
  void one() {
    taken_.clear();
    told_of_ = 0;
    up_ = plan_.servers.empty() ? servers_ : plan_.servers;
    crashed_.clear();
    draw_crashes();
    try {
      Guide guide(random_);
      while (go_on(guide)) {
      }
      end();
    } catch (...) {
      Failure failure = current_failure(taken_);
      if (failure.code == ExitCode::lost) {
        ++result_.lost;
      } else {
        result_.failure = std::move(failure);
      }
    }
    result_.steps += taken_.size();
  }

  /// When, in steps: all the more often late, as walks with crashes are longer.
  void draw_crashes() {
    due_.clear();
    for (std::size_t i = 0; i < std::min(plan_.crashes, up_.size()); ++i) {
      due_.push_back(random_.below(usual_ + 1));
    }
    std::sort(due_.begin(), due_.end(), std::greater<>());
  }

  /// The next step; false at the end.
  bool go_on(Guide& guide) {
    if (crashed_.empty()) {
      execution_->check();
    }
    if (!due_.empty() && taken_.size() >= due_.back()) {
      crash();
      return true;
    }
    const bool untold = told_of_ < crashed_.size();
    choices_.clear();
    execution_->list_choices(choices_);
    const bool patient = taken_.size() < kPatience * (1 + told_of_);
    const bool possible = !choices_.empty() && patient;
    if (untold && (!possible || random_.chance(1.0 / 16))) {
      take({.kind = Choice::Kind::tell, .number = crashed_[told_of_].value()});
      ++told_of_;
      return true;
    }
    if (possible) {
      take(guide.choose(choices_));
    }
    return possible;
  }

  void crash() {
    due_.pop_back();
    const std::size_t which = random_.below(up_.size());
    crashed_.push_back(up_[which]);
    up_.erase(up_.begin() + static_cast<std::ptrdiff_t>(which));
    take({.kind = Choice::Kind::crash, .number = crashed_.back().value()});
  }

  void take(const Choice& choice) {
    taken_.push_back(choice);
    execution_.take(choice);
  }

  void end() {
    if (crashed_.empty()) {
      if (!standstills_.is_of_program(*execution_)) {
        execution_.finish();
      }
      ++result_.without;
    } else if (const auto waits = who_still_waits(scenario_, *execution_);
               waits && !can_stand_still_) {
      throw Error(ExitCode::incoherent, *waits);
    } else {
      ++result_.survived;
    }
    usual_ = std::max(usual_, std::min<std::size_t>(taken_.size(), kMostUsual));
  }

  static constexpr std::size_t kMostUsual = 200;

  const Scenario& scenario_;
  RandomStream& random_;
  const CrashWalkPlan& plan_;
  Rewindable execution_;
  Arena::Snapshot start_;
  bool can_stand_still_;  ///< the program, by itself
  Standstills standstills_;
  std::vector<NodeId> servers_;
  std::size_t usual_ = 20;  ///< steps of the longest walk so far
  // Of the present walk.
  Schedule taken_;
  std::vector<std::size_t> due_;  ///< steps at which servers crash, the next one last
  std::vector<NodeId> up_;        ///< that may still crash
  std::vector<NodeId> crashed_;
  std::size_t told_of_ = 0;  ///< of these, the first
  std::vector<Choice> choices_;
  CrashWalks result_;
};

}  // namespace

CrashWalks walk_with_crashes(const Scenario& scenario, const Specimen& specimen,
                             RandomStream& random, const CrashWalkPlan& plan) {
  return Walker(scenario, specimen, random, plan).run();
}

std::optional<std::string> who_still_waits(const Scenario& scenario, const Execution& execution) {
  const std::vector<std::size_t> unfinished = execution.unfinished();
  if (unfinished.empty() || !execution.told_of_all()) {
    return std::nullopt;
  }
  const std::size_t thread = unfinished.front();
  const Step& step = scenario.threads[thread].steps[execution.position(thread)];
  return fmt::format("the engine does without the server, but threads still wait, {}: {}", thread,
                     to_text(scenario, step));
}

}  // namespace dsmsim
