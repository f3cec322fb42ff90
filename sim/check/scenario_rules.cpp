#include "sim/check/scenario_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace dsmsim {
namespace {

/// What an object is to the operation.
enum class Use : unsigned char { plain, atomic, word, other };

Use use_of(OpKind kind) {
  if (is_word(kind)) {
    return Use::word;
  }
  if (is_atomic(kind)) {
    return Use::atomic;
  }
  return is_data(kind) ? Use::plain : Use::other;
}

std::string_view to_text(Use use) {
  switch (use) {
    case Use::plain:
      return "plain reads and writes";
    case Use::atomic:
      return "atomics (add, cas)";
    case Use::word:
      return "full/empty operations";
    case Use::other:
      break;
  }
  return "";
}

class Check {
 public:
  explicit Check(const Scenario& scenario) : scenario_(scenario) {}

  std::vector<ScenarioFault> run() && {
    check_sizes();
    check_objects();
    for (thread_ = 0; thread_ < scenario_.threads.size(); ++thread_) {
      check_thread(scenario_.threads[thread_]);
    }
    for (std::size_t i = 0; i < scenario_.registers.size(); ++i) {
      if (!assigned_.contains(RegisterIndex(static_cast<std::uint32_t>(i)))) {
        add({.of_missing_steps = true,
             .what = fmt::format("no step assigns the register \"{}\"", scenario_.registers[i])});
      }
    }
    return std::move(faults_);
  }

 private:
  void add(ScenarioFault fault) { faults_.push_back(std::move(fault)); }
  void add_here(std::string what, bool of_missing_steps = false) {
    add({.thread = thread_,
         .step = step_,
         .of_missing_steps = of_missing_steps,
         .what = std::move(what)});
  }

  const std::string& name_of(ObjectIndex object) const {
    return scenario_.objects[object.index()].name;
  }

  void check_sizes() {
    if (scenario_.threads.empty()) {
      add({.what = "there is no thread: expected \"thread on 0: ...\""});
    }
    if (scenario_.servers > kMostScenarioServers) {
      add({.what = fmt::format("{} servers; at most {}", scenario_.servers, kMostScenarioServers)});
    }
  }

  void check_objects() {
    for (std::size_t i = 0; i < scenario_.objects.size(); ++i) {
      const ScenarioObject& object = scenario_.objects[i];
      if (i == kMostScenarioObjects) {
        add({.object = i,
             .what = fmt::format("{} objects; at most {}", scenario_.objects.size(), i)});
      }
      if (object.home.index() >= scenario_.servers) {
        add({.object = i, .what = no_server(object.home)});
      }
    }
  }

  std::string no_server(NodeId node) const {
    return fmt::format("there is no server {}: they are numbered from 0 and there are {}",
                       node.value(), scenario_.servers);
  }

  void check_thread(const ScenarioThread& thread) {
    step_ = ScenarioFault::kNone;
    if (thread_ == kMostScenarioThreads) {
      add_here(fmt::format("{} threads; at most {}", scenario_.threads.size(), thread_));
    }
    if (thread.node.index() >= scenario_.servers) {
      add_here(no_server(thread.node));
    }
    held_.clear();
    for (step_ = 0; step_ < thread.steps.size(); ++step_) {
      if (step_ == kMostScenarioSteps) {
        add_here(fmt::format("{} steps; at most {} a thread", thread.steps.size(), step_));
      }
      const Step& step = thread.steps[step_];
      check_lock(step);
      check_guard(step);
      check_register(step);
      check_kind_of_object(step);
      check_value(step);
    }
    step_ = ScenarioFault::kNone;
    for (const auto& [object, kind] : held_) {
      add_here(fmt::format("the thread ends without \"unlock {}\"", name_of(object)), true);
    }
  }

  void check_lock(const Step& step) {
    if (step.kind == OpKind::unlock && held_.erase(step.object) == 0) {
      add_here(fmt::format("this thread has not locked \"{}\"", name_of(step.object)), true);
    }
    if (is_lock(step.kind) && !held_.try_emplace(step.object, step.kind).second) {
      add_here(fmt::format("this thread has already locked \"{}\"", name_of(step.object)), true);
    }
  }

  void check_guard(const Step& step) {
    const Use use = use_of(step.kind);
    if (use == Use::other || !scenario_.objects[step.object.index()].guarded) {
      return;
    }
    const auto held = held_.find(step.object);
    if (use != Use::plain) {
      add_here(
          fmt::format("\"{}\" is guarded: it is read and written under its lock, and has no {}",
                      name_of(step.object), to_text(use)));
    } else if (held == held_.end()) {
      add_here(
          fmt::format("\"{}\" is guarded, and this thread has not locked it", name_of(step.object)),
          true);
    } else if (step.kind == OpKind::write && is_shared(held->second)) {
      add_here(fmt::format("\"{}\" is guarded, and this thread has locked it for reading only",
                           name_of(step.object)),
               true);
    }
  }

  void check_register(const Step& step) {
    if (step.result.valid() && !assigned_.insert(step.result).second) {
      add_here(fmt::format("the register \"{}\" is assigned a second time",
                           scenario_.registers[step.result.index()]));
    }
  }

  void check_kind_of_object(const Step& step) {
    const Use use = use_of(step.kind);
    if (use == Use::other) {
      return;
    }
    const auto [known, first] = uses_.try_emplace(step.object, use);
    if (!first && known->second != use) {
      add_here(fmt::format("\"{}\" is used both by {} and by {}", name_of(step.object),
                           to_text(std::max(use, known->second)),
                           to_text(std::min(use, known->second))));
    }
  }

  void check_value(const Step& step) {
    if (step.kind != OpKind::write) {
      return;
    }
    if (step.operand == 0) {
      add_here("every object starts at 0, so nobody could tell a write of 0; write another value");
    } else if (!written_.insert({step.object, step.operand}).second) {
      add_here(
          fmt::format("{} is written to \"{}\" a second time; the values of an object tell its "
                      "writes apart",
                      step.operand, name_of(step.object)));
    }
  }

  const Scenario& scenario_;
  std::vector<ScenarioFault> faults_;
  std::size_t thread_ = ScenarioFault::kNone;  // what is being checked
  std::size_t step_ = ScenarioFault::kNone;
  std::map<ObjectIndex, OpKind> held_;  // by the thread at this step, and how it was locked
  std::set<RegisterIndex> assigned_;
  std::map<ObjectIndex, Use> uses_;
  std::set<std::pair<ObjectIndex, std::uint64_t>> written_;
};

}  // namespace

std::vector<ScenarioFault> faults(const Scenario& scenario) { return Check(scenario).run(); }

}  // namespace dsmsim
