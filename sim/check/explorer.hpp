#pragma once
// The explorer: every order of deliveries and wake-ups that the fabric permits, for one scenario.
//
// Search by execution: one execution of the scenario (execution.hpp) goes on until it meets a state
// that has been seen, and is put back to the last state that permits something else (arena.hpp).
// States are compared by fingerprint. Depth first; what fails is searched again for a shorter
// schedule. In every state the
// engine's invariants are checked, at every end that nobody waits and that the engine is at rest;
// the checker watches every read and write. A state that comes again on its own path is a cycle; if
// there is one that can go on for ever (livelock.hpp), that is a failure, too.
//
// A fingerprint has 64 bits: among ten million states the chance that two are taken for one is
// three in a million.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/check/failure.hpp"

namespace dsmsim {

struct ExploreLimits {
  std::uint64_t states = 0;                                 ///< give up after so many; 0: never
  std::function<void(std::uint64_t states)> progress = {};  ///< told now and then
  bool prune = true;          ///< off: go on from states that have been seen too (slow; for tests)
  bool all_failures = false;  ///< a failure ends its path, not the search
};

struct Exploration {
  bool complete = false;  ///< every state has been seen
  std::uint64_t states = 0;
  std::uint64_t steps = 0;                        ///< from one state to another
  std::uint64_t ends = 0;                         ///< states in which nothing can happen;
  std::uint64_t standstills = 0;                  ///< of these, those of the program itself:
                                                  ///< no outcome and no failure (standstills.hpp)
  std::size_t depth = 0;                          ///< of the longest schedule
  std::map<Outcome, Schedule> outcomes;           ///< each with the first schedule that led to it
  std::vector<std::string> situations;            ///< of Inspection,
  std::vector<std::uint64_t> met;                 ///< and how often each was met
  std::optional<Failure> failure;                 ///< the first; then the search has ended there
  std::map<std::string, std::uint64_t> defects;   ///< Inspection::defects_met, at so many ends
  std::map<std::string, std::uint64_t> failures;  ///< of all_failures: steps that fail, by the
                                                  ///< first line of what is wrong, numbers as "#"
};

/// Throws Error if the engine cannot be explored.
Exploration explore(const Scenario& scenario, const Specimen& specimen,
                    const ExploreLimits& limits);

/// The shortest schedule that fails, no longer than that of `failure`; limits as above.
Failure shorten(const Scenario& scenario, const Specimen& specimen, const Failure& failure,
                const ExploreLimits& limits);

}  // namespace dsmsim
