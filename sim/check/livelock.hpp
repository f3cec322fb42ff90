#pragma once
// Livelock: the threads of a scenario go round in a cycle of states for ever, and none of them
// completes an operation (how far each has come is part of a state, so in no cycle does any).
//
// Not every cycle is one. A timer that goes off again and again while a message waits goes round,
// too, but the message arrives some day. A livelock is a cycle that can go on although everything
// that can always happen does happen (weak fairness, as in Lamport, The temporal logic of actions,
// ACM TOPLAS 16(3), 1994): each choice that there is in all of its states is taken in it. A thread
// that goes on to its next step leaves every cycle; so does a message that comes to its end. What
// can happen only now and then need not happen. A timer is known by its place among those that are
// pending.

#include <tsl/robin_map.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/check/failure.hpp"

namespace dsmsim {

/// A schedule whose last steps lead back to where they began.
struct Lasso {
  Schedule schedule;
  std::size_t round = 0;  ///< steps of the cycle
};

/// The states that an exploration has met and what leads from one to another.
class StateGraph {
 public:
  struct State {
    std::vector<Choice> choices;
    std::vector<std::uint32_t> next;  ///< by choice; kNone: nowhere that has been looked at
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// A state, and what can happen in it. The first is where executions begin.
  void add(std::uint64_t fingerprint, const std::vector<Choice>& choices);
  /// The choice of this number leads from one state to the other.
  void leads(std::uint64_t from, std::size_t choice, std::uint64_t to);
  /// The livelock with the fewest states of those that count: a way there, and once round by way of
  /// all that can always happen.
  std::optional<Lasso> find_livelock(const std::function<bool(const Lasso&)>& counts) const;

 private:
  struct AsItIs {  // fingerprints are hashes already
    std::size_t operator()(std::uint64_t fingerprint) const { return fingerprint; }
  };
  std::uint32_t number(std::uint64_t fingerprint);

  tsl::robin_map<std::uint64_t, std::uint32_t, AsItIs> numbers_;
  std::vector<State> states_;
};

/// Whether everything that is possible before each of these steps is one of them: then they can
/// follow each other for ever. `possible`: what can happen before each step.
bool is_fair_round(const std::vector<std::vector<Choice>>& possible, const Schedule& steps);

/// What is said to a person about an execution whose last `round` steps have led it back.
std::string livelock_report(const Execution& execution, std::size_t round);

}  // namespace dsmsim
