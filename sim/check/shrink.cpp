#include "sim/check/shrink.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sim/check/scenario_rules.hpp"

namespace dsmsim {
namespace {

template <class Index>
Index at(std::size_t i) {
  return Index(static_cast<std::uint32_t>(i));
}

template <class Item>
void erase_at(std::vector<Item>& items, std::size_t i) {
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
}

void remove_object(Scenario& scenario, std::size_t object) {
  erase_at(scenario.objects, object);
  for (ScenarioThread& thread : scenario.threads) {
    for (Step& step : thread.steps) {
      if (step.object.valid() && step.object.index() > object) {
        step.object = at<ObjectIndex>(step.object.index() - 1);
      }
    }
  }
}

void remove_server(Scenario& scenario, std::size_t server) {
  const auto renumber = [server](NodeId& node) {
    if (node.index() > server) {
      node = at<NodeId>(node.index() - 1);
    }
  };
  --scenario.servers;
  for (ScenarioObject& object : scenario.objects) {
    renumber(object.home);
  }
  for (ScenarioThread& thread : scenario.threads) {
    renumber(thread.node);
  }
}

bool uses_object(const Scenario& scenario, std::size_t object) {
  return std::any_of(
      scenario.threads.begin(), scenario.threads.end(), [object](const ScenarioThread& thread) {
        return std::any_of(thread.steps.begin(), thread.steps.end(), [object](const Step& step) {
          return step.object == at<ObjectIndex>(object);
        });
      });
}

bool uses_server(const Scenario& scenario, std::size_t server) {
  const NodeId node = at<NodeId>(server);
  return std::any_of(scenario.objects.begin(), scenario.objects.end(),
                     [node](const ScenarioObject& object) { return object.home == node; }) ||
         std::any_of(scenario.threads.begin(), scenario.threads.end(),
                     [node](const ScenarioThread& thread) { return thread.node == node; });
}

/// Without what nothing refers to, and with registers as they are assigned. The outcome that the
/// scenario asked for is no longer its own.
Scenario tidy(Scenario scenario) {
  scenario.exists.clear();
  std::erase_if(scenario.threads, [](const ScenarioThread& t) { return t.steps.empty(); });
  for (std::size_t i = scenario.objects.size(); i-- > 0;) {
    if (!uses_object(scenario, i)) {
      remove_object(scenario, i);
    }
  }
  for (std::size_t i = scenario.servers; i-- > 0;) {
    if (!uses_server(scenario, i)) {
      remove_server(scenario, i);
    }
  }
  std::vector<std::string> registers;
  for (ScenarioThread& thread : scenario.threads) {
    for (Step& step : thread.steps) {
      if (step.result.valid()) {
        registers.push_back(scenario.registers[step.result.index()]);
        step.result = at<RegisterIndex>(registers.size() - 1);
      }
    }
  }
  scenario.registers = std::move(registers);
  return scenario;
}

/// The next step that unlocks the object of this one, or none.
std::size_t unlock_of(const ScenarioThread& thread, std::size_t step) {
  std::size_t i = step + 1;
  while (i < thread.steps.size() && (thread.steps[i].kind != OpKind::unlock ||
                                     thread.steps[i].object != thread.steps[step].object)) {
    ++i;
  }
  return i;
}

/// Scenarios with one thing less, the larger things first.
std::vector<Scenario> smaller_ones(const Scenario& scenario) {
  std::vector<Scenario> all;
  const auto propose = [&all](Scenario smaller) {
    smaller = tidy(std::move(smaller));
    if (faults(smaller).empty()) {
      all.push_back(std::move(smaller));
    }
  };
  for (std::size_t t = 0; t < scenario.threads.size(); ++t) {
    Scenario smaller = scenario;
    erase_at(smaller.threads, t);
    propose(std::move(smaller));
  }
  for (std::size_t t = 0; t < scenario.threads.size(); ++t) {
    for (std::size_t i = 0; i < scenario.threads[t].steps.size(); ++i) {
      Scenario smaller = scenario;
      erase_at(smaller.threads[t].steps, i);
      propose(smaller);
      const std::size_t unlock = unlock_of(scenario.threads[t], i);
      if (unlock < scenario.threads[t].steps.size()) {
        erase_at(smaller.threads[t].steps, unlock - 1);
        propose(std::move(smaller));
      }
    }
  }
  return all;
}

}  // namespace

FailingScenario shrink(FailingScenario failing, const FindFailure& find) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (Scenario& candidate : smaller_ones(failing.scenario)) {
      std::optional<Failure> failure = find(candidate);
      if (failure && failure->code == failing.failure.code) {
        failing = {std::move(candidate), std::move(*failure)};
        smaller = true;
        break;
      }
    }
  }
  return failing;
}

}  // namespace dsmsim
