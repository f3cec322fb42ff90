#pragma once
// One simulation: its clock, its seed, and the coroutines that run on their own in it. Everything
// else hangs off objects that hold a reference to this one; there are no globals.

#include <cstdint>
#include <exception>
#include <limits>
#include <string_view>

#include "sim/base/random.hpp"
#include "sim/time/event_queue.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed = 1) : seed_(seed) {}
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  /// Destroys what still waits. Objects that waiting coroutines refer to must outlive the
  /// simulation, or abandon() must have been called before they go.
  ~Simulation() { abandon(); }

  EventQueue& queue() { return queue_; }
  const EventQueue& queue() const { return queue_; }
  Time now() const { return queue_.now(); }
  auto delay(Duration d) { return queue_.delay(d); }

  std::uint64_t seed() const { return seed_; }
  RandomStream random(std::string_view purpose, std::uint64_t index = 0) const {
    return {seed_, purpose, index};
  }

  /// Starts `task` on its own at the present time; it frees itself at its end. An exception that
  /// leaves it ends run().
  void spawn(Task<> task);
  /// Runs until nothing is left to do. Throws what a spawned task threw. Tasks may still be waiting
  /// afterwards: live().
  void run();
  /// The same, as far as it is due at `time` (EventQueue::run_due).
  void run_due(Time time, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  /// The same of one pending event (EventQueue::run_early).
  void run_early(std::size_t which);
  /// Spawned tasks that have not ended.
  std::size_t live() const { return live_; }
  /// Destroys every spawned task that has not ended, the newest first, and forgets every pending
  /// event: nothing of what was under way goes on.
  void abandon();

 private:
  /// The spawned tasks form a ring around this link, so that those that wait can be destroyed.
  struct Link {
    Link* previous = this;
    Link* next = this;
    std::coroutine_handle<> handle;
  };
  struct Root;
  static Root run_root(Simulation& simulation, Task<> task);
  void rethrow_failure();

  EventQueue queue_;
  std::uint64_t seed_;
  std::size_t live_ = 0;
  Link roots_;
  std::exception_ptr failure_;
};

}  // namespace dsmsim
