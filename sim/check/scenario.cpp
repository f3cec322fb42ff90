#include "sim/check/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/check/scenario_operations.hpp"

namespace dsmsim {
namespace {

/// One more than the highest server that is named: what `servers` is when the text does not say.
std::size_t servers_named(const Scenario& scenario) {
  std::size_t servers = 0;
  for (const ScenarioObject& object : scenario.objects) {
    servers = std::max(servers, object.home.index() + 1);
  }
  for (const ScenarioThread& thread : scenario.threads) {
    servers = std::max(servers, thread.node.index() + 1);
  }
  return servers;
}

std::string about_text(const std::string& about) {
  std::string text;
  for (std::size_t from = 0; from <= about.size() && !about.empty();) {
    const std::size_t end = std::min(about.find('\n', from), about.size());
    const std::string line = about.substr(from, end - from);
    text += line.empty() ? "#\n" : "# " + line + "\n";
    from = end + 1;
  }
  return text;
}

std::string object_text(const ScenarioObject& object) {
  const std::string size =
      object.size == ScenarioObject().size ? "" : " size " + to_string(object.size);
  return fmt::format("object {} on {}{}{}\n", object.name, object.home.value(), size,
                     object.guarded ? " guarded" : "");
}

std::string thread_text(const Scenario& scenario, const ScenarioThread& thread) {
  std::string text = fmt::format("thread on {}:", thread.node.value());
  for (std::size_t i = 0; i < thread.steps.size(); ++i) {
    text += (i == 0 ? "  " : ";  ") + to_text(scenario, thread.steps[i]);
  }
  return text + "\n";
}

std::string exists_text(const Scenario& scenario) {
  std::string text;
  for (const Condition& condition : scenario.exists) {
    const std::string& name = condition.result.valid()
                                  ? scenario.registers[condition.result.index()]
                                  : scenario.objects[condition.object.index()].name;
    text += fmt::format("{} {} = {}", text.empty() ? "exists" : " and", name, condition.value);
  }
  return text.empty() ? "" : text + "\n";
}

std::string numbers_text(const Step& step, std::size_t numbers) {
  return numbers == 0   ? ""
         : numbers == 1 ? fmt::format(" {}", step.operand)
                        : fmt::format(" {} {}", step.expected, step.operand);
}

/// What stands right of "r =", or alone.
std::string operation_text(const Step& step, const std::string& object, bool assigns) {
  if (step.kind == OpKind::write) {
    return fmt::format("{} = {}", object, step.operand);
  }
  if (step.kind == OpKind::read && assigns) {
    return object;
  }
  const auto operation = std::find_if(kScenarioOperations.begin(), kScenarioOperations.end(),
                                      [&](const auto& row) { return row.kind == step.kind; });
  if (operation == kScenarioOperations.end()) {
    throw std::logic_error(std::string(to_string(step.kind)) + " is no step of a scenario");
  }
  return fmt::format("{}{}{}", operation->word, object.empty() ? "" : " " + object,
                     numbers_text(step, operation->numbers));
}

}  // namespace

bool needs_lock(const Scenario& scenario, const Step& step) {
  const bool accesses = is_data(step.kind);
  return step.kind == OpKind::unlock || (accesses && scenario.objects[step.object.index()].guarded);
}

std::string to_text(const Scenario& scenario, const Step& step) {
  const bool assigns = step.result.valid();
  const std::string object =
      step.object.valid() ? scenario.objects[step.object.index()].name : std::string();
  const std::string target = assigns ? scenario.registers[step.result.index()] + " = " : "";
  return target + operation_text(step, object, assigns);
}

std::string to_text(const Scenario& scenario) {
  std::string text = about_text(scenario.about) + "name " + scenario.name + "\n";
  if (scenario.servers != servers_named(scenario)) {
    text += fmt::format("servers {}\n", scenario.servers);
  }
  for (const ScenarioObject& object : scenario.objects) {
    text += object_text(object);
  }
  for (const ScenarioThread& thread : scenario.threads) {
    text += thread_text(scenario, thread);
  }
  return text + exists_text(scenario);
}

}  // namespace dsmsim
