#pragma once
// The ResourceManager of DRust's released code (uclasystem/DRust,
// drust/src/drust_std/utils/mod.rs:36-92): a number of slots for tasks, slot i on server i mod
// servers. Who wants to start a task takes the first free slot from a given one on, round the ring,
// and waits while none is free; those that wait are woken together and race for the lock, so one of
// them, whichever, gets the slot that was given back. Here a random stream says which.
//
// It lies on the server where all its users run (server 0): it costs nothing and sends nothing. A
// thread that waits, for a slot or for a task, leaves its core.

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim {

class TaskSlots final : private LossListener {
 public:
  /// `stream` names the random stream of who is woken.
  TaskSlots(World& world, std::size_t slots, std::string_view stream)
      : world_(world),
        servers_(world.compute_servers()),
        slots_(slots, Slot::free),
        random_(world.simulation().random(stream, 0)) {
    world_.add_listener(*this);
  }
  ~TaskSlots() { world_.remove_listener(*this); }
  TaskSlots(const TaskSlots&) = delete;
  TaskSlots& operator=(const TaskSlots&) = delete;

  /// A task that was started in a slot.
  struct Started {
    ThreadId thread;
    std::size_t slot = 0;
  };

  /// A slot, which is the taker's until it is given back.
  Task<std::size_t> take(Thread& thread, std::size_t from = 0);
  NodeId server(std::size_t slot) const {
    return NodeId(static_cast<std::uint32_t>(slot % servers_));
  }
  void give_back(std::size_t slot);
  /// The same by the task itself, which ends now.
  void end(std::size_t slot, const Thread& task);
  /// Joins a task that is to end in its slot. If it is lost with its server, which gets no more,
  /// `again` starts it in another slot and changes `task`.
  Task<> finish(Thread& parent, const Started& task, std::function<Task<>()> again);

 private:
  enum class Slot : unsigned char { free, taken, retired };
  struct Waiter {
    explicit Waiter(EventQueue& queue) : call(queue, 2) {}
    Barrier call;  ///< the waiter and whoever gives it a slot
    std::size_t slot = 0;
  };
  /// As Thread::join.
  Task<bool> join(Thread& parent, ThreadId task);
  void lost(ThreadId task) override { wake(task); }
  void wake(ThreadId task);
  /// The first free one; as many as there are if none is.
  std::size_t first_free(std::size_t from) const;

  World& world_;
  std::size_t servers_;
  std::vector<Slot> slots_;
  std::vector<Waiter*> waiting_;
  std::set<ThreadId> ended_;  ///< and not been joined
  std::map<ThreadId, Barrier*> joining_;
  RandomStream random_;
};

}  // namespace dsmsim
