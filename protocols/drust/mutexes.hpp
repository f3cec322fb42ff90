#pragma once
// Mutex<T>: a lock word at its home, and the value behind it (Ma et al., OSDI'24, sections 4.1.2
// and 5: metadata and value live on the global heap and operations on a mutex are serialised at the
// server that stores it, by RDMA compare-and-swap).
//
// The lock word is one 64-bit value that NIC atomics and local compare-and-swap change alike: 0, or
// 1 + the holder. Whoever finds it taken pauses and tries again, so waiting costs messages; a
// thread that has tried often looks for a cycle of waits, and gives up after
// DrustOptions::lock_patience, because a simulation of spinning threads never runs dry. A mutex is
// not reentrant. There is no reader lock: rlock locks.
//
// The value (mutex_value: in_place) is read and written where it lies, only the bytes asked for,
// without cache or colour: with mutexes DRust "degenerates into a traditional DSM" (section 6).

#include <functional>
#include <map>
#include <string>

#include "protocols/drust/runtime.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::drust {

class Mutexes {
 public:
  /// `describe_borrows` adds all waits for borrows and all holders of them to a graph.
  Mutexes(Runtime& runtime, std::function<void(WaitForGraph&)> describe_borrows)
      : runtime_(runtime), describe_borrows_(std::move(describe_borrows)) {}

  // lock, rlock, try_lock, try_rlock; each try_ function answers as Engine::try_local does.
  MaybeDuration try_lock_here(Thread& thread, Op& op);
  Task<> lock(Thread& thread, Op& op);
  MaybeDuration try_unlock_here(Thread& thread, Op& op);
  Task<> unlock(Thread& thread, Op& op);

  /// Throws unless the thread holds the lock of the object.
  void require_lock(const Thread& thread, const Op& op) const;
  // A read or write of a guarded object where it lies.
  MaybeDuration try_access_here(Thread& thread, Op& op);
  Task<> access(Thread& thread, Op& op);
  /// mutex_value: borrow. The holder of the lock reads the Box behind it, once.
  Task<> read_pointer(Thread& thread, ObjectId object);

  /// `name` is what the graph calls the lock of an object.
  void describe_holders(WaitForGraph& graph, std::string (*name)(ObjectId)) const;
  /// Whether any thread has found the object locked, and tries again and again.
  bool contended(ObjectId object) const;
  void fingerprint(Fingerprint& into) const;

 private:
  ObjectState& mutex(ObjectId object);
  std::uint64_t use(const Op& op);
  Task<std::uint64_t> compare_and_swap(Thread& thread, ObjectId object);
  void give_up_if_stuck(Thread& thread, const Op& op, Time since, std::uint64_t attempts) const;
  bool may_be_cycle(Thread& thread, ObjectId object) const;
  WaitForGraph describe_all() const;
  [[noreturn]] void stuck(const std::string& why, const WaitForGraph& graph) const;

  Runtime& runtime_;
  std::function<void(WaitForGraph&)> describe_borrows_;
  std::map<ThreadId, ObjectId> spinning_;
};

}  // namespace dsmsim::drust
