#pragma once
// Mutex<T> and RwLock<T>: a lock word at its home, and the value behind it (Ma et al., OSDI'24,
// sections 4.1.2 and 5: metadata and value live on the global heap and operations on a mutex are
// serialised at the server that stores it, by RDMA compare-and-swap).
//
// The lock word is one 64-bit value that NIC atomics and local compare-and-swap change alike: 0, or
// the number of readers, or kWriter and the thread that has it alone. Whoever finds it taken pauses
// and tries again, so waiting costs messages; a reader who finds other readers tries again at once
// with their number. A thread that has tried often looks for a cycle of waits, and gives up after
// DrustOptions::lock_patience, because a simulation of spinning threads never runs dry. Nothing is
// fair: who comes at the right moment has it, and readers that never leave together keep a writer
// out. Who has a lock alone cannot have it again; a reader may share it again, and must not ask for
// it alone.
//
// The word does not say who the readers are; the simulator knows, to find what is wrong with a
// program. How the value is reached is in uncached.hpp, or with mutex_value: borrow in access.cpp.

#include <boost/dynamic_bitset.hpp>
#include <functional>
#include <map>
#include <string>

#include "protocols/drust/runtime.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::drust {

/// The mutexes that are leased to one server, by number of their objects.
using LeaseSet = boost::dynamic_bitset<>;

class Mutexes {
 public:
  /// Of a lock word: one thread has it alone.
  static constexpr std::uint64_t kWriter = std::uint64_t{1} << 63;
  static constexpr bool has_writer(std::uint64_t word) { return (word & kWriter) != 0; }

  /// `describe_borrows` adds all waits for borrows and all holders of them to a graph.
  Mutexes(Runtime& runtime, Objects& objects, Heap& heap,
          std::function<void(WaitForGraph&)> describe_borrows)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        describe_borrows_(std::move(describe_borrows)) {}

  // lock, rlock, try_lock, try_rlock; each try_ function answers as Engine::try_local does.
  MaybeDuration try_lock_here(Thread& thread, Op& op);
  Task<> lock(Thread& thread, Op& op);
  MaybeDuration try_unlock_here(Thread& thread, Op& op);
  Task<> unlock(Thread& thread, Op& op);

  /// Throws unless the thread holds the lock of the object as the operation needs it: alone, to
  /// write or to refer to it mutably.
  void require_lock(const Thread& thread, const Op& op) const;
  // mutex_value: borrow. A holder of the lock reads the Box behind it, once.
  bool knows_pointer(const Thread& thread, ObjectId object);
  Task<> read_pointer(Thread& thread, ObjectId object, Duration before = {});

  /// The thread is lost: it waits for no lock, and the locks that it had are free. Calls
  /// tell(object) for those that it had alone.
  template <class Tell>
  void forget(ThreadId thread, Tell tell);

  /// `name` is what the graph calls the lock of an object.
  /// How many locks whose words are at `home` the threads of server `by` have.
  std::size_t count_held(NodeId home, NodeId by) const;
  void describe_holders(WaitForGraph& graph, std::string (*name)(ObjectId)) const;
  /// Whether any thread has found the object locked, and tries again and again.
  bool contended(ObjectId object) const;
  /// Calls tell(object, thread, times) for every reader, in order of object and thread.
  template <class Tell>
  void for_each_reader(Tell tell) const {
    for (const auto& [who, hold] : readers_) {
      tell(who.first, who.second, hold.times);
    }
  }
  void fingerprint(Fingerprint& into) const;

  // leases.cpp: mode artifact.
  /// Whether the mutex has come to a server and nobody has asked this before.
  bool has_come(ObjectId object);
  /// Whether the thread has locked anything in this phase of its work.
  bool uses_leases(ThreadId thread) const {
    return thread.index() < uses_leases_.size() && uses_leases_[thread.index()];
  }
  /// A phase of a thread that uses leases ends. If it is the last one on its server, mutexes that
  /// are leased to the server go home, one after the other.
  Task<> end_phase(Thread& thread);

 private:
  /// A thread that shares a lock.
  struct Hold {
    std::uint32_t times = 0;
    bool pointer_known = false;  ///< it has read the Box behind it
  };

  ObjectState& mutex(ObjectId object);
  NodeId place(ObjectId object);
  bool value_is_away(const Thread& thread, ObjectId object) const;
  std::uint64_t swap_at_home(NodeId from, ThreadId thread, const Op& op, std::uint64_t expected);
  void use_leases(ThreadId thread);
  Task<> give_back(Thread& thread, ObjectId object);
  bool is_unused_lease(NodeId server, ObjectId object) const;
  ObjectId unused_lease(NodeId server, ObjectId from) const;
  ObjectId lease_in_circle(NodeId server, ObjectId wanted) const;
  bool keeps_waiting(ThreadId thread, ObjectId object) const;
  // A lock word, and an operation of that kind.
  bool shares(OpKind kind) const;
  bool admits(std::uint64_t word, OpKind kind) const;
  std::uint64_t expected_after(std::uint64_t seen, OpKind kind) const;
  bool holds(ThreadId thread, ObjectId object) const;
  std::vector<ThreadId> holders(ObjectId object) const;
  bool& pointer_known(ThreadId thread, ObjectId object);
  void take(ThreadId thread, const Op& op);
  void hand_on(ThreadId thread, ObjectId object);
  void give(ThreadId thread, ObjectId object);
  std::uint64_t swap(ThreadId thread, const Op& op, std::uint64_t expected);
  Task<std::uint64_t> compare_and_swap(Thread& thread, const Op& op, std::uint64_t expected);
  void give_up_if_stuck(Thread& thread, const Op& op, Time since, std::uint64_t attempts) const;
  bool may_be_cycle(Thread& thread, ObjectId object) const;
  WaitForGraph describe_all() const;
  [[noreturn]] void stuck(const std::string& why, const WaitForGraph& graph) const;

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  std::function<void(WaitForGraph&)> describe_borrows_;
  std::map<ThreadId, ObjectId> spinning_;
  std::map<std::pair<ObjectId, ThreadId>, Hold> readers_;
  std::vector<LeaseSet> leased_;                ///< by server: the mutexes, by object
  std::vector<bool> uses_leases_;               ///< by thread
  std::vector<std::uint32_t> users_of_leases_;  ///< threads, by server
};

template <class Tell>
void Mutexes::forget(ThreadId thread, Tell tell) {
  spinning_.erase(thread);
  for (std::size_t i = 0; i < objects_.count(); ++i) {
    const ObjectId object(i);
    if (objects_[ObjectId(i)].lock == (kWriter | thread.value())) {
      give(thread, object);
      tell(object);
    }
    while (readers_.contains({object, thread})) {
      give(thread, object);
    }
  }
}

}  // namespace dsmsim::drust
