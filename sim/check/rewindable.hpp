#pragma once
// An execution that can be put back to any of its states.

#include "sim/check/arena.hpp"
#include "sim/check/execution.hpp"

namespace dsmsim {

class Rewindable {
 public:
  /// As Execution. One at a time (Arena).
  Rewindable(const Scenario& scenario, const Specimen& specimen);

  /// Must not be kept beyond the next call.
  const Execution& operator*() const { return *execution_; }
  const Execution* operator->() const { return execution_; }

  // As those of Execution.
  void take(const Choice& choice);
  void crash(NodeId server);
  void notice_crash(NodeId server);
  Outcome finish();

  void save(Arena::Snapshot& snapshot) { arena_.save(snapshot); }
  void restore(const Arena::Snapshot& snapshot) { arena_.restore(snapshot); }

 private:
  /// Lets the execution do something. What it throws is told in memory that outlives the arena.
  template <class Act>
  void within(Act act);

  Arena arena_;
  Execution* execution_ = nullptr;  ///< in the arena, with everything that it uses
};

}  // namespace dsmsim
