#pragma once
// Threads that programs start and join as their language's runtime would: the contract's `start`
// and `join`, the same under every engine.
//
// A thread that starts on another server is one SEND of its closure (message type "spawn", purpose
// control) and begins when that has arrived; its parent goes on once it is posted. When it ends,
// its result goes to the server of who started it (message type "result"), and a join waits for
// that. On one's own server both are copies. Where a thread starts is the placement's business, or
// that of the engine's runtime (thread_system.hpp), which also learns of the Boxes that go along;
// engines that know no ownership are not asked.
//
// Thread::spawn, which starts threads at once and for nothing, is a device of experiments.

#include <map>

#include "sim/cluster/cluster.hpp"
#include "sim/dsm/boundary/placement.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/launch.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim {

class World;

class Launcher : public OpHandler, private Receiver {
 public:
  using Body = std::function<Task<>(Thread&)>;

  explicit Launcher(World& world) : world_(world) {}

  /// For the Op that starts it.
  std::uint64_t prepare(Launch launch, Body body);
  void set_policy(PlacementPolicy policy) { policy_ = policy; }

  // start and join; a join of a thread that was not started here throws Error.
  MaybeDuration try_local(Thread&, Op&) override { return std::nullopt; }
  Task<> perform(Thread& thread, Op& op) override;

  /// Whether the thread was started here, so that it is joined here.
  bool knows(ThreadId thread) const {
    return thread.index() < started_.size() && started_[thread.index()] != nullptr;
  }
  /// What the thread will hand in; of a thread that nobody started, nothing.
  void set_result(ThreadId thread, LaunchResult result);
  /// The thread has died with its server, and the runtime tells who joins it. Objects that were on
  /// their way to it are its own; those on the way from its children stay theirs.
  void report_loss(ThreadId id);

 private:
  struct Prepared {
    Launch launch;
    Body body;
  };
  /// A thread that was started; lives as long as the World.
  struct Started {
    explicit Started(EventQueue& queue) : settled(queue) {}
    Prepared what;
    LaunchResult result;
    ThreadId parent;
    bool begun = false;
    bool handed_in = false;  ///< its result is on its way
    Gate settled;            ///< its result has arrived, or it is known to be lost
    bool lost = false;
  };
  struct Message;

  Task<> start(Thread& parent, Op& op);
  Task<> join(Thread& thread, Op& op);
  Task<NodeId> place(Thread& parent, const Launch& launch);
  void take(Thread& by, const std::vector<ObjectId>& objects);
  void begin(ThreadId id);
  Task<> live(Thread& thread, Task<> body);
  Task<> hand_in(Thread& thread);
  void settle(ThreadId id);
  void post(NodeId from, NodeId to, MessageTypeId type, Bytes payload, ThreadId about);
  void declare();
  Duration copy_of(Bytes payload) const;
  void deliver(const Delivery& delivery) override;

  World& world_;
  Placement placement_;
  PlacementPolicy policy_ = PlacementPolicy::engine;
  MessageTypeId spawn_;
  MessageTypeId result_;
  std::map<std::uint64_t, Prepared> prepared_;  ///< until they are started
  std::uint64_t next_ = 0;
  std::vector<std::unique_ptr<Started>> started_;  ///< by thread; null: by Thread::spawn
};

}  // namespace dsmsim
