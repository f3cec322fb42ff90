#pragma once
// A coherence engine: what a protocol implements. An engine never knows which program it serves.
//
// Every operation of every thread comes through two functions (OpHandler). try_local answers at
// once, with the CPU time that the operation costs, if it involves no other server and nothing to
// wait for: it may change the engine's state, must not schedule or post (an unlock may wake whoever
// waits for the lock), and allocates at most what a table needs to grow; it is called at the time
// at which the operation starts. If it declines, perform runs as a coroutine: it charges
// thread.tally() along its critical path so that, when it ends, all of its duration is charged. An
// operation that the engine has no notion of (borrows, for engines that know no ownership) is
// answered with zero time; but the extra ones (is_extra) come only to an engine that offers them.
// Messages between threads (send, receive) never reach an engine:
// Channels answers them, for all engines alike.
//
// Objects and their sizes are in the World; an engine keeps its own state by ObjectId (dense
// indices from 0). Every message is declared in the ledger by the engine's constructor.

#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {

class Cluster;
class EventLog;
class HitRun;
class Inspection;
class ObjectTable;
struct PlainAccess;
class Thread;
class ThreadSystem;
class WaitForGraph;
class Witness;

/// What an engine is built from.
struct EngineContext {
  Cluster& cluster;
  ObjectTable& objects;
  Witness* witness = nullptr;    ///< who watches the data, if anybody does
  std::string_view mutant = {};  ///< the defect that it is to have (mutants.hpp), for tests
};

/// Who answers operations: an engine, or Channels.
class OpHandler {
 public:
  virtual ~OpHandler() = default;

  /// The CPU time of the operation, or nothing if it needs perform().
  virtual MaybeDuration try_local(Thread& thread, Op& op) = 0;
  /// `op` lives until the task has ended; results are written into it. Bad requests of a program (a
  /// released object, an unlock without a lock, an object larger than the partition) throw Error
  /// with the simulated time.
  virtual Task<> perform(Thread& thread, Op& op) = 0;
};

class Engine : public OpHandler {
 public:
  /// As many of these accesses, from the first on, as try_local would answer one after the other
  /// and as `run` admits; adds them to it. For engines whose hits are simple; others answer none.
  virtual std::size_t try_run(Thread&, std::span<const PlainAccess>, HitRun&) { return 0; }
  /// Whether programs may ask for an operation that only some engines have (is_extra).
  virtual bool offers(OpKind) const { return false; }
  /// Whether a critical section on the object goes to where it is as one operation, a call; asked
  /// of engines that offer calls. Under others, and for other objects, the boundary makes a lock,
  /// the access and an unlock of it (Thread::call_read). The answer is the same as long as it
  /// lives.
  virtual bool calls_at(ObjectId) const { return false; }
  /// The servers below this number run the program's threads; the others only hold memory for them.
  virtual std::size_t compute_servers() const { return std::numeric_limits<std::size_t>::max(); }
  /// What objects can have of the servers' memory in all; none: all of it.
  virtual std::optional<Bytes> capacity() const { return std::nullopt; }
  /// The thread has ended; it will ask for nothing more.
  virtual void ended(Thread&) {}
  /// What this engine adds to the published system, in a few words; results are marked with it. "":
  /// nothing.
  virtual std::string_view extension() const { return {}; }
  /// Where the object's contents are, for who places threads by their data; invalid: the engine
  /// cannot say.
  virtual NodeId host(ObjectId) const { return {}; }
  /// What the engine's runtime does about threads; null: it has none.
  virtual ThreadSystem* threads() { return nullptr; }
  /// What its runtime has seen and decided; null: nothing to tell.
  virtual const EventLog* log() const { return nullptr; }
  /// When the last write that no thread has waited for took effect: the run lasts until then.
  virtual Time settled() const { return {}; }
  /// The measured part of the run begins: counters start anew, state stays.
  virtual void reset_counters() {}
  /// The engine's own counters, for `engine` in result.json, in a fixed order (counters.hpp).
  virtual void report(CounterReport& report) const = 0;
  /// What is still awaited inside the engine, for the report of a deadlock.
  virtual void describe_waits(WaitForGraph&) const {}
  /// Called when the run has ended with nothing left to do: throws Error(ExitCode::incoherent) if
  /// the protocol state is not that of a system at rest.
  virtual void check_quiescent() const {}
  /// Requests to that server fail: it has crashed, or cannot be reached. Called for each. True: the
  /// engine does without it, the request completes with Fabric::kFailed, and if the server had
  /// threads, the engine calls World::tell_of_loss once it has seen to what they held. False: it
  /// promises nothing for this case, and the run ends with a report of what was lost
  /// (docs/faults.md).
  virtual bool goes_on_without(NodeId) { return false; }
  /// What the engine lets a checker see (inspection.hpp); null: nothing.
  virtual const Inspection* inspection() const { return nullptr; }
};

}  // namespace dsmsim
