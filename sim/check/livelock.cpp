#include "sim/check/livelock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace dsmsim {
namespace {

using GraphState = StateGraph::State;
using GraphStates = std::vector<GraphState>;

bool offers(const GraphState& state, const Choice& choice) {
  return std::find(state.choices.begin(), state.choices.end(), choice) != state.choices.end();
}

/// The strongly connected components of a graph (Tarjan, SIAM Journal on Computing 1(2), 1972),
/// with a stack of its own: a path may be as long as there are states.
class Components {
 public:
  explicit Components(const GraphStates& states)
      : states_(states), index_(states.size(), kUnseen), low_(states.size()), of_(states.size()) {
    for (std::uint32_t state = 0; state < states.size(); ++state) {
      if (index_[state] == kUnseen) {
        explore(state);
      }
    }
  }

  const std::vector<std::vector<std::uint32_t>>& all() const { return all_; }
  std::uint32_t of(std::uint32_t state) const { return of_[state]; }

 private:
  static constexpr std::uint32_t kUnseen = StateGraph::kNone;
  struct Call {
    std::uint32_t state;
    std::size_t next = 0;
  };

  void explore(std::uint32_t root) {
    enter(root);
    while (!calls_.empty()) {
      Call& call = calls_.back();
      const std::vector<std::uint32_t>& next = states_[call.state].next;
      if (call.next == next.size()) {
        leave(call.state);
      } else if (const std::uint32_t to = next[call.next++]; to != StateGraph::kNone) {
        look_at(to, call.state);
      }
    }
  }

  void enter(std::uint32_t state) {
    index_[state] = low_[state] = entered_++;
    of_[state] = kUnseen;
    stack_.push_back(state);
    calls_.push_back({state});
  }

  void look_at(std::uint32_t to, std::uint32_t from) {
    if (index_[to] == kUnseen) {
      enter(to);
    } else if (of_[to] == kUnseen) {
      low_[from] = std::min(low_[from], index_[to]);
    }
  }

  void leave(std::uint32_t state) {
    calls_.pop_back();
    if (!calls_.empty()) {
      low_[calls_.back().state] = std::min(low_[calls_.back().state], low_[state]);
    }
    if (low_[state] != index_[state]) {
      return;
    }
    const auto first = std::find(stack_.begin(), stack_.end(), state);
    for (auto member = first; member != stack_.end(); ++member) {
      of_[*member] = static_cast<std::uint32_t>(all_.size());
    }
    all_.emplace_back(first, stack_.end());
    stack_.erase(first, stack_.end());
  }

  const GraphStates& states_;
  std::vector<std::uint32_t> index_;
  std::vector<std::uint32_t> low_;
  std::vector<std::uint32_t> of_;
  std::vector<std::uint32_t> stack_;
  std::vector<Call> calls_;
  std::vector<std::vector<std::uint32_t>> all_;
  std::uint32_t entered_ = 0;
};

/// Whether every choice that there is in all states of the component leads from one of them to
/// another, and any does.
bool is_fair(const GraphStates& states, const Components& components,
             const std::vector<std::uint32_t>& component) {
  const std::vector<Choice>& first = states[component.front()].choices;
  std::set<Choice> always(first.begin(), first.end());
  std::set<Choice> taken;
  for (const std::uint32_t number : component) {
    const GraphState& state = states[number];
    std::erase_if(always, [&state](const Choice& choice) { return !offers(state, choice); });
    for (std::size_t i = 0; i < state.next.size(); ++i) {
      if (state.next[i] != StateGraph::kNone &&
          components.of(state.next[i]) == components.of(number)) {
        taken.insert(state.choices[i]);
      }
    }
  }
  return !taken.empty() && std::includes(taken.begin(), taken.end(), always.begin(), always.end());
}

/// Walks from where executions begin to a livelock, and once round in it.
class Tour {
 public:
  Tour(const GraphStates& states, const Components& components, std::uint32_t component)
      : states_(states), components_(components), component_(component) {}

  Lasso make() {
    if (!is_within(here_)) {
      walk_to([this](const Step& step) { return is_within(step.to); });
    }
    const std::size_t stem = lasso_.schedule.size();
    const std::uint32_t begin = here_;
    left_ = {states_[begin].choices.begin(), states_[begin].choices.end()};
    while (!left_.empty()) {
      walk_to([this](const Step& step) { return is_within(step.to) && serves(step); });
    }
    if (here_ != begin) {
      walk_to([begin](const Step& step) { return step.to == begin; });
    }
    lasso_.round = lasso_.schedule.size() - stem;
    return std::move(lasso_);
  }

 private:
  struct Step {
    std::uint32_t from;
    std::size_t choice;
    std::uint32_t to;
  };

  bool is_within(std::uint32_t state) const { return components_.of(state) == component_; }

  /// Takes something that is still to be taken, or comes to where it cannot be.
  bool serves(const Step& step) const {
    return left_.contains(states_[step.from].choices[step.choice]) ||
           std::any_of(left_.begin(), left_.end(),
                       [&](const Choice& choice) { return !offers(states_[step.to], choice); });
  }

  void take(const Step& step) {
    const Choice& choice = states_[step.from].choices[step.choice];
    lasso_.schedule.push_back(choice);
    left_.erase(choice);
    std::erase_if(left_, [&](const Choice& c) { return !offers(states_[step.to], c); });
    here_ = step.to;
  }

  /// The shortest way to a step that is wanted, which there is; out of the livelock none leads
  /// back.
  template <class Wanted>
  void walk_to(Wanted wanted) {
    std::vector<Step> steps;
    std::vector<std::size_t> came(states_.size(), 0);  // by which step, counted from 1
    std::vector<std::uint32_t> queue = {here_};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const GraphState& state = states_[queue[at]];
      for (std::size_t i = 0; i < state.next.size(); ++i) {
        const Step step{queue[at], i, state.next[i]};
        if (step.to == StateGraph::kNone) {
          continue;
        }
        if (wanted(step)) {
          take_all(steps, came, step);
          return;
        }
        if (step.to != here_ && came[step.to] == 0) {
          steps.push_back(step);
          came[step.to] = steps.size();
          queue.push_back(step.to);
        }
      }
    }
  }

  void take_all(const std::vector<Step>& steps, const std::vector<std::size_t>& came, Step last) {
    std::vector<Step> way = {last};
    while (way.back().from != here_) {
      way.push_back(steps[came[way.back().from] - 1]);
    }
    std::for_each(way.rbegin(), way.rend(), [this](const Step& step) { take(step); });
  }

  const GraphStates& states_;
  const Components& components_;
  std::uint32_t component_;
  std::uint32_t here_ = 0;
  std::set<Choice> left_;  ///< what has always been possible on the way round, and was not taken
  Lasso lasso_;
};

}  // namespace

std::uint32_t StateGraph::number(std::uint64_t fingerprint) {
  const auto [found, fresh] =
      numbers_.try_emplace(fingerprint, static_cast<std::uint32_t>(states_.size()));
  if (fresh) {
    states_.emplace_back();
  }
  return found->second;
}

void StateGraph::add(std::uint64_t fingerprint, const std::vector<Choice>& choices) {
  State& state = states_[number(fingerprint)];
  state.choices = choices;
  state.next.assign(choices.size(), kNone);
}

void StateGraph::leads(std::uint64_t from, std::size_t choice, std::uint64_t to) {
  const std::uint32_t target = number(to);
  states_[number(from)].next[choice] = target;
}

std::optional<Lasso> StateGraph::find_livelock(
    const std::function<bool(const Lasso&)>& counts) const {
  const Components components(states_);
  std::vector<const std::vector<std::uint32_t>*> fair;
  for (const std::vector<std::uint32_t>& component : components.all()) {
    if (is_fair(states_, components, component)) {
      fair.push_back(&component);
    }
  }
  std::stable_sort(fair.begin(), fair.end(),
                   [](const auto* a, const auto* b) { return a->size() < b->size(); });
  for (const auto* component : fair) {
    Lasso lasso = Tour(states_, components, components.of(component->front())).make();
    if (counts(lasso)) {
      return lasso;
    }
  }
  return std::nullopt;
}

bool is_fair_round(const std::vector<std::vector<Choice>>& possible, const Schedule& steps) {
  return std::all_of(possible.front().begin(), possible.front().end(), [&](const Choice& choice) {
    return std::find(steps.begin(), steps.end(), choice) != steps.end() ||
           std::any_of(possible.begin(), possible.end(), [&choice](const auto& there) {
             return std::find(there.begin(), there.end(), choice) == there.end();
           });
  });
}

std::string livelock_report(const Execution& execution, std::size_t round) {
  return fmt::format(
      "livelock: the last {} steps lead back to where they began, and so on for ever; no operation "
      "ends in them\n{}",
      round, execution.world().describe_waits());
}

}  // namespace dsmsim
