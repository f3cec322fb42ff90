#pragma once
// One program on one engine on one cluster: the simulated world of a run.
//
// Construct the parts in this order: Simulation, Cluster, ObjectTable, Engine (it gets an
// EngineContext), Program, World; then run(). They are destroyed in the reverse order; the World's
// destructor ends whatever still waits.

#include <memory>
#include <string_view>
#include <vector>

#include "sim/dsm/boundary/channels.hpp"
#include "sim/dsm/boundary/launcher.hpp"
#include "sim/dsm/boundary/losses.hpp"
#include "sim/dsm/boundary/mover.hpp"
#include "sim/dsm/boundary/thread.hpp"
#include "sim/dsm/contract/objects.hpp"
#include "sim/dsm/contract/program.hpp"

namespace dsmsim {

class Witness;

/// Somebody who waits for several threads.
class LossListener {
 public:
  /// The thread is lost, and the survivors have just been told.
  virtual void lost(ThreadId thread) = 0;

 protected:
  ~LossListener() = default;
};

class World : private FailureListener {
 public:
  /// `witness` is the one that the engine was given.
  World(Cluster& cluster, ObjectTable& objects, Engine& engine, Witness* witness = nullptr);
  ~World() override;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Simulation& simulation() { return cluster_.simulation(); }
  Cluster& cluster() { return cluster_; }
  ObjectTable& objects() { return objects_; }
  Engine& engine() { return engine_; }
  Meter& meter() { return meter_; }
  Channels& channels() { return channels_; }
  Launcher& launcher() { return launcher_; }
  OpHandler& mover() { return mover_; }
  Witness* witness() { return witness_; }
  Thread& thread(ThreadId id) { return *threads_[id.index()]; }
  const Thread& thread(ThreadId id) const { return *threads_[id.index()]; }

  /// Runs `program` to its end, or until the queue's monitor ends the run. Throws
  /// Error(ExitCode::deadlock) with the wait-for cycle if threads still wait when nothing is left
  /// to do, and whatever a thread threw. After a crash it throws Error(ExitCode::lost) instead,
  /// with what was lost, unless the program has ended and the protocol has done without every
  /// server that threads were lost with.
  void run(Program& program);

  /// Throws Misfit, or Error, if the program cannot run here, as far as that can be known before:
  /// what run() checks first.
  void check(const Program& program) const;
  /// Throws Error if it is an operation that only some engines have, and this one has not.
  void check_offered(OpKind kind) const;
  /// Servers on which the program's threads may run: 0 to this number less one.
  std::size_t compute_servers() const;
  /// Throws Error if threads may not run there.
  ThreadId spawn(NodeId node, const std::function<Task<>(Thread&)>& body);

  /// Forgets everything measured so far; the clock of the measured window starts.
  void start_measuring();
  Duration measured() const { return end_ - measuring_since_; }
  /// The server stops: its threads, its memory and its messages are lost. What the engine makes of
  /// that is seen when others need it.
  void crash(NodeId server);
  /// The failure detector tells the survivors.
  void notice_crash(NodeId server);
  /// The engine does without that server, and has seen to what its threads had: from now on the
  /// survivors know that these are lost. Who joins one of them is told, and the listeners are.
  void tell_of_loss(NodeId server);
  /// Whether the thread is lost, and the survivors know it.
  bool knows_lost(ThreadId id) const {
    const NodeId server = thread(id).lost_with();
    return server.valid() && told_[server.index()];
  }
  void add_listener(LossListener& listener) { listeners_.push_back(&listener); }
  void remove_listener(LossListener& listener) { std::erase(listeners_, &listener); }
  /// Whoever receives from the channel expects messages of that thread: receive_message() tells of
  /// its loss.
  void add_sender(ChannelId channel, ThreadId sender);
  const Losses& losses() const { return losses_; }
  /// What was lost, which requests failed, and what became of each thread; several lines.
  std::string describe_losses() const;

  /// Threads that have not ended, and are not lost.
  std::size_t running() const { return running_; }
  /// Lives as long as one pending event for which nobody waits and which comes again and again
  /// while anything else happens: a ping, a cable that flaps.
  class Standby {
   public:
    explicit Standby(World& world) : world_(world) { ++world_.standby_; }
    ~Standby() { --world_.standby_; }
    Standby(const Standby&) = delete;
    Standby& operator=(const Standby&) = delete;

   private:
    World& world_;
  };
  /// Whether no event is pending but standby ones, which must keep neither the run nor each other
  /// going.
  bool is_idle() const { return cluster_.simulation().queue().pending() <= standby_; }
  /// Who waits for what, with the cycle if there is one: for when nothing is left to happen.
  std::string describe_deadlock() const;
  /// Who waits for what, a line each, and the cycle in it if there is one.
  std::string describe_waits() const;
  /// Whether every thread that goes on waits: in an operation, for another thread, or at a barrier.
  bool all_wait() const;
  /// Time at which the last thread ended and, once the run has, the last write that no thread had
  /// waited for.
  Time end() const { return end_; }

 private:
  friend class Thread;
  friend class Launcher;
  /// A thread that will run there, in two steps. Throws Error if threads may not run there.
  Thread& create(NodeId node);
  void begin(Thread& thread, const std::function<Task<>(Thread&)>& body);
  Task<> run_thread(Thread& thread, Task<> body);
  void lose(Thread& thread, NodeId server);
  void lose_with_server(Thread& thread);
  void tell_of_loss(Thread& thread);
  void request_failed(const Post& post) override;
  /// Asks the engine, and remembers what it says.
  bool goes_on_without(NodeId server);
  /// Throws Error(ExitCode::lost) if the program has no result: nothing is left to happen after a
  /// crash.
  void check_survived() const;
  /// Throws Error(ExitCode::lost) with what was lost.
  [[noreturn]] void give_up(const std::string& why) const;

  Cluster& cluster_;
  ObjectTable& objects_;
  Engine& engine_;
  Witness* witness_;
  Meter meter_;
  Channels channels_;
  Launcher launcher_;
  Mover mover_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::size_t running_ = 0;
  std::size_t standby_ = 0;
  ThreadId main_;  ///< of the program
  Time measuring_since_;
  Time end_;
  Losses losses_;
  std::vector<bool> done_without_;  ///< by server: the engine has said that it goes on without it
  std::vector<bool> told_;  ///< by server: the survivors know which threads are lost with it
  std::vector<LossListener*> listeners_;
  std::unique_ptr<OpHandler> nobody_;  ///< answers the threads that are lost
};

}  // namespace dsmsim
