#include "sim/check/memory_model.hpp"

#include <utility>

#include "sim/check/abstract_machine.hpp"

namespace dsmsim {
namespace {

/// Whether it takes part in threads' waiting for each other.
bool can_wait(const Step& step) {
  return is_word(step.kind) || is_lock(step.kind) || step.kind == OpKind::unlock;
}

/// The scenario with only the steps for which `keep` holds.
template <class Predicate>
Scenario restricted(Scenario scenario, Predicate keep) {
  for (ScenarioThread& thread : scenario.threads) {
    std::erase_if(thread.steps, [&](const Step& step) { return !keep(step); });
  }
  return scenario;
}

/// What `part`, which has the steps of one object, adds to what the objects before it show.
Outcome joined(Outcome outcome, const Outcome& part, const Scenario& steps, std::size_t object) {
  outcome.objects[object] = part.objects[object];
  for (const ScenarioThread& thread : steps.threads) {
    for (const Step& step : thread.steps) {
      if (step.result.valid()) {
        outcome.registers[step.result.index()] = part.registers[step.result.index()];
      }
    }
  }
  return outcome;
}

/// All combinations of what each object shows for itself. Threads still take their locks in program
/// order, so whether they can wait for each other does not depend on the accesses.
AllowedOutcomes coherent_outcomes(const Scenario& scenario, ModelOptions options) {
  AllowedOutcomes allowed;
  allowed.outcomes.insert({std::vector<std::uint64_t>(scenario.registers.size()),
                           std::vector<std::uint64_t>(scenario.objects.size())});
  for (std::size_t i = 0; i < scenario.objects.size(); ++i) {
    const ObjectIndex object(static_cast<std::uint32_t>(i));
    const Scenario steps =
        restricted(scenario, [&](const Step& step) { return step.object == object; });
    const MachineEnds parts = explore(steps, StoreBuffers::none, options);
    std::set<Outcome> combined;
    for (const Outcome& outcome : allowed.outcomes) {
      for (const Outcome& part : parts.outcomes) {
        combined.insert(joined(outcome, part, steps, i));
      }
    }
    allowed.outcomes = std::move(combined);
  }
  allowed.can_deadlock =
      !explore(restricted(scenario, can_wait), StoreBuffers::none, options).standstills.empty();
  return allowed;
}

AllowedOutcomes machine_outcomes(const Scenario& scenario, StoreBuffers buffers,
                                 ModelOptions options) {
  MachineEnds ends = explore(scenario, buffers, options);
  return {std::move(ends.outcomes), !ends.standstills.empty()};
}

/// The step of the thread that is its step `position` of those that can wait.
std::size_t step_of(const ScenarioThread& thread, std::uint64_t position) {
  std::size_t step = 0;
  while (step < thread.steps.size() && (!can_wait(thread.steps[step]) || position-- > 0)) {
    ++step;
  }
  return step;
}

}  // namespace

std::string_view to_string(MemoryModel model) {
  return kEnumeratorNames<MemoryModel>[static_cast<std::size_t>(model)];
}

AllowedOutcomes allowed_outcomes(const Scenario& scenario, MemoryModel model,
                                 ModelOptions options) {
  switch (model) {
    case MemoryModel::sequential:
      return machine_outcomes(scenario, StoreBuffers::none, options);
    case MemoryModel::tso:
      return machine_outcomes(scenario, StoreBuffers::one_a_thread, options);
    case MemoryModel::pso:
      return machine_outcomes(scenario, StoreBuffers::one_an_object, options);
    case MemoryModel::coherent:
      break;
  }
  return coherent_outcomes(scenario, options);
}

std::set<Standstill> standstills(const Scenario& scenario) {
  const MachineEnds ends =
      explore(restricted(scenario, can_wait), StoreBuffers::none, {.spurious_failures = true});
  std::set<Standstill> all;
  for (Standstill standstill : ends.standstills) {
    for (std::size_t i = 0; i < scenario.threads.size(); ++i) {
      standstill.positions[i] = step_of(scenario.threads[i], standstill.positions[i]);
    }
    all.insert(std::move(standstill));
  }
  return all;
}

Standstill standstill_at(const Scenario& scenario, std::vector<std::uint64_t> positions,
                         const std::vector<std::uint64_t>& registers) {
  Standstill standstill{std::move(positions), std::vector<std::uint64_t>(registers.size())};
  for (const ScenarioThread& thread : scenario.threads) {
    for (const Step& step : thread.steps) {
      if (step.result.valid() && can_wait(step)) {
        standstill.registers[step.result.index()] = registers[step.result.index()];
      }
    }
  }
  return standstill;
}

}  // namespace dsmsim
