#pragma once
// The locks of programs: who has each of them, who waits for it, and who is next.
//
// The words of the locks and their queues are in shared memory (paged_engine.hpp). What it takes to
// get at them, and to wake somebody on another server, is the engine's business; here is only whose
// turn it is. Costs no simulated time.

#include <algorithm>
#include <vector>

#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/kit/borrow_table.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::paging {

class ProgramLocks {
 public:
  explicit ProgramLocks(EventQueue& queue) : queues_(queue) {}

  /// A new object's lock, which nobody has.
  void add(ObjectId object);
  /// Takes the lock, if it is free and nobody waits for it.
  bool try_take(const Thread& thread, ObjectId object, BorrowMode mode) {
    const bool free = queues_.try_acquire(object, mode);
    if (free) {
      take(thread, object, mode);
    }
    return free;
  }
  /// Awaitable: it is the thread's turn. It should take() the lock when it can.
  auto turn(Thread& thread, ObjectId object, BorrowMode mode) {
    sleepers_.resize(std::max(sleepers_.size(), thread.id().index() + 1));
    sleepers_[thread.id().index()] = &thread;
    return queues_.acquire(object, mode, thread.id());
  }
  void take(const Thread& thread, ObjectId object, BorrowMode mode);
  /// Calls wake(sleeper, waiter) for each whose turn it is then. False: the thread has no lock.
  template <class Wake>
  bool leave(const Thread& thread, ObjectId object, Wake wake) {
    const std::optional<BorrowMode> mode = give_back(thread, object);
    if (!mode) {
      return false;
    }
    queues_.release(object, *mode, [&](ThreadId next, std::coroutine_handle<> waiter) {
      wake(*sleepers_[next.index()], waiter);
    });
    return true;
  }
  /// Whether anybody waits for it.
  bool contended(ObjectId object) const { return queues_.contended(object); }

  /// Adds who holds what.
  void describe_waits(WaitForGraph& graph) const;
  void fingerprint(Fingerprint& into) const;

 private:
  struct Holder {
    ThreadId thread;
    NodeId server;
    auto operator<=>(const Holder&) const = default;
  };
  struct Reader {
    ObjectId object;
    Holder holder;
    auto operator<=>(const Reader&) const = default;
  };
  /// Nothing: it has neither.
  std::optional<BorrowMode> give_back(const Thread& thread, ObjectId object);

  BorrowTable queues_;
  std::vector<Holder> writers_;  ///< by object
  std::vector<Reader> readers_;
  std::vector<Thread*> sleepers_;  ///< by thread: those that have waited for a lock
};

}  // namespace dsmsim::paging
