#pragma once
// What an engine with a runtime of its own does about threads, beyond their operations: where they
// start, where they are, how they move. Engines without one have no ThreadSystem; their threads run
// where the run's placement puts them (placement.hpp), and stay there.

#include "sim/dsm/contract/launch.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {

class Thread;

class ThreadSystem {
 public:
  virtual ~ThreadSystem() = default;

  /// Where a thread runs whose program does not say. Charges the tally of `parent`, which waits.
  virtual Task<NodeId> place(Thread& parent, const Launch& launch) = 0;
  /// The thread will run on its server; it may still be on its way there. Every thread, once
  /// (Engine::ended tells of its end).
  virtual void begins(Thread& thread) = 0;

  /// Takes a thread that is between two operations to another server: its stack, and all that the
  /// engine keeps for it on its server. Ends when it can go on there; charges its tally. False: it
  /// stays where it is. Called when the thread has been asked to move (Thread::ask_to_move).
  virtual Task<bool> migrate(Thread& thread, NodeId to) = 0;

  /// Whether end_phase() has anything to do for the thread.
  virtual bool has_put_off(const Thread&) const { return false; }
  /// A phase of the thread's work ends: does what has been put off until then. Charges its tally.
  virtual Task<> end_phase(Thread&) { co_return; }

  /// The ownership of the object leaves with a closure or a result; throws Error if `from` does not
  /// have it. Charges the tally of `from`.
  virtual Task<> give(Thread& from, ObjectId object) = 0;
  /// It has arrived: `by` has it now.
  virtual void take(Thread& by, ObjectId object) = 0;
};

}  // namespace dsmsim
