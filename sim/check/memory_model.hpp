#pragma once
// Reference memory models: what a scenario may show. They say what is allowed of an engine that
// claims a model, and share nothing with any engine.
//
// The first three are the abstract machines of Adve and Gharachorloo, "Shared Memory Consistency
// Models: A Tutorial", IEEE Computer 29(12), 1996 (section "Relaxed memory models"); TSO and PSO as
// SPARC V9 defines them. All outcomes are found by exhaustive search of the machine's states.
//
// Locks exclude under all of them. Outside of `coherent`, fences, locks, try-locks, unlocks and
// atomics take effect when all earlier writes of their thread have. docs/litmus.md explains the
// models to people.

#include <array>
#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

#include "sim/check/outcome.hpp"
#include "sim/check/scenario.hpp"
#include "sim/dsm/contract/inspection.hpp"

namespace dsmsim {

inline constexpr std::array kMemoryModels = {MemoryModel::sequential, MemoryModel::tso,
                                             MemoryModel::pso, MemoryModel::coherent};
std::string_view to_string(MemoryModel);

struct ModelOptions {
  /// A try-lock may also fail when nobody holds the lock, as it does in engines that lock more than
  /// the object (a block, because of false sharing).
  bool spurious_failures = false;
  std::size_t most_states = 1'000'000;  ///< of the machine; some hundred bytes and 4 us each
};

struct AllowedOutcomes {
  std::set<Outcome> outcomes;
  /// Threads may wait for each other's locks for ever. Such executions have no outcome.
  bool can_deadlock = false;
};

/// Threads wait for each other's locks, or for words, and nobody can go on.
struct Standstill {
  std::vector<std::uint64_t> positions;  ///< steps that each thread has ended
  std::vector<std::uint64_t> registers;  ///< of try-locks and words; the others are 0
  auto operator<=>(const Standstill&) const = default;
};

/// Throws Error(ExitCode::limit) if the machine has more states than that. `scenario` need not
/// be without faults (scenario_rules.hpp), but its indices must be good.
AllowedOutcomes allowed_outcomes(const Scenario& scenario, MemoryModel model,
                                 ModelOptions options = {});

/// How the program can come to a standstill by itself, whatever keeps its memory: no access makes
/// anybody wait, so the model does not matter. Throws as above.
std::set<Standstill> standstills(const Scenario& scenario);
/// What threads that have come so far, with these registers, would stand still in.
Standstill standstill_at(const Scenario& scenario, std::vector<std::uint64_t> positions,
                         const std::vector<std::uint64_t>& registers);

}  // namespace dsmsim
