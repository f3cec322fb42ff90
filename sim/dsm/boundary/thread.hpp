#pragma once
// A thread of a program, on one server: what programs are written against.
//
//   Task<> Counter::worker(Thread& t) {
//     co_await t.lock(counter_);
//     co_await t.read(counter_, 0_B, 8_B);
//     co_await t.compute(20_ns);
//     co_await t.write(counter_, 0_B, 8_B);
//     co_await t.unlock(counter_);
//   }
//
// Every operation is awaited; a local hit neither allocates nor, when nothing else is due before it
// ends, enters the event queue. Latencies and breakdowns are recorded here, at the boundary, for
// every engine alike.

#include <functional>
#include <span>
#include <vector>

#include "sim/base/expects.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/dsm/boundary/meter.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/launch.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim {

class Witness;
class World;

/// A live reference. Copies of the handle are the same reference; it must be given back exactly
/// once.
struct Borrow {
  ObjectId object;
  BorrowId id;
};

/// What a thread receives from a channel.
struct ReceivedMessage {
  Bytes length = {};
  std::uint64_t content = 0;
  std::vector<ObjectId> boxes = {};  ///< its own from now on
  /// Valid: no message, but the word that this thread, of which it expected some, is lost.
  ThreadId lost_sender = {};
};

/// Lets `parties` threads go on together once all have come. A device of the experiment, not a DSM
/// operation: it costs nothing and sends nothing. Whoever makes it sees to it that nobody waits for
/// a thread that is lost: withdraw().
class Barrier {
 public:
  Barrier(EventQueue& queue, std::size_t parties) : queue_(queue), parties_(parties) {}
  auto wait() {
    struct Awaiter : WaitList::Waiter {
      Barrier& barrier;
      explicit Awaiter(Barrier& b) : barrier(b) {}
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> h) {
        handle = h;
        barrier.arrive(*this);
      }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }
  std::size_t parties() const { return parties_; }
  /// Threads that wait for the others.
  std::size_t arrived() const { return arrived_; }
  /// One of the parties, which has not come, never will.
  void withdraw() {
    --parties_;
    let_go();
  }

 private:
  void arrive(WaitList::Waiter& waiter) {
    waiting_.push(waiter);
    ++arrived_;
    let_go();
  }
  void let_go() {
    if (arrived_ == parties_) {
      arrived_ = 0;
      while (!waiting_.empty()) {
        queue_.wake(waiting_.pop().handle);
      }
    }
  }
  EventQueue& queue_;
  std::size_t parties_;
  std::size_t arrived_ = 0;
  WaitList waiting_;
};

class Thread {
 public:
  Thread(World& world, ThreadId id, NodeId node);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  World& world() { return world_; }
  ThreadId id() const { return id_; }
  NodeId node() const { return node_; }
  Time now() const { return queue_.now(); }
  /// Of the operation in progress; engines charge it.
  Tally& tally() { return tally_; }
  const Tally& tally() const { return tally_; }
  bool has_ended() const { return settled_.is_open() && !is_lost(); }
  /// Its server has crashed before it had ended.
  bool is_lost() const { return lost_with_.valid(); }
  /// That server, or the one of the lost thread that has spawned it; invalid: it is not lost.
  NodeId lost_with() const { return lost_with_; }
  /// Awaited by whoever acts for the thread, after everything that it may have been lost in: a lost
  /// thread does nothing more, and its coroutines stay where they are until the run ends.
  auto stop_if_lost() const {
    struct Stop {
      const Thread& thread;
      bool await_ready() const { return !thread.is_lost(); }
      void await_suspend(std::coroutine_handle<>) const {}
      void await_resume() const {}
    };
    return Stop{*this};
  }
  /// The operation that this thread waits in, or null.
  const Op* waiting_in() const { return waiting_in_; }
  /// It wants no core: it waits for a thread to end, or at a barrier.
  bool rests() const { return joining_.valid() || at_barrier_ != nullptr; }
  /// What this thread waits for, as WaitForGraph names things; "" while it waits for nothing.
  std::string waiting_for() const;

  class Awaiter;
  class AllocateAwaiter;
  class BorrowAwaiter;
  class MessageAwaiter;

  /// Gives the ObjectId. `node` invalid: wherever the engine's policy puts it, which is here if it
  /// fits.
  AllocateAwaiter allocate(Bytes size, NodeId node = NodeId(), bool guarded = false);
  Awaiter release(ObjectId object);
  Awaiter read(ObjectId object, Bytes offset, Bytes length);
  Awaiter write(ObjectId object, Bytes offset, Bytes length);
  Awaiter read(Borrow borrow, Bytes offset, Bytes length);
  Awaiter write(Borrow borrow, Bytes offset, Bytes length);
  BorrowAwaiter borrow(ObjectId object);
  BorrowAwaiter borrow_mut(ObjectId object);
  /// Of these bytes only (a field), for engines that can tell; others borrow the whole object.
  BorrowAwaiter borrow_mut(ObjectId object, Bytes offset, Bytes length);
  Awaiter give_back(Borrow borrow);
  Awaiter transfer(ObjectId object, NodeId to);
  /// An object that unsafe code works on (Op::raw).
  AllocateAwaiter allocate_raw(Bytes size, NodeId node = NodeId());
  /// `owner` gets an affinity pointer to the object, whose only owner it is from now on: engines
  /// that know them keep both on one server.
  Awaiter tie(ObjectId object, ObjectId owner);
  /// The same for an affinity pointer on this thread's stack: the object stays on its server.
  Awaiter tie_to_stack(ObjectId object);
  Awaiter lock(ObjectId object);
  Awaiter rlock(ObjectId object);
  Awaiter try_lock(ObjectId object);   ///< gives 1 if taken, else 0
  Awaiter try_rlock(ObjectId object);  ///< gives 1 if taken, else 0
  Awaiter unlock(ObjectId object);
  Awaiter atomic_add(ObjectId object, Bytes offset,
                     std::uint64_t operand);  ///< gives the old value
  Awaiter atomic_cas(ObjectId object, Bytes offset, std::uint64_t expected, std::uint64_t desired);
  Awaiter fence();
  // Files, for engines that have them (Engine::offers); others throw Error.
  Awaiter file_read(FileId file, Bytes offset, Bytes length);
  Awaiter file_write(FileId file, Bytes offset, Bytes length);
  Awaiter file_sync(FileId file);
  // Words with a full/empty bit: the 8 bytes at `offset`; the same.
  Awaiter write_ef(ObjectId object, Bytes offset, std::uint64_t value);
  Awaiter write_xf(ObjectId object, Bytes offset, std::uint64_t value);
  Awaiter read_fe(ObjectId object, Bytes offset);  ///< gives the value
  Awaiter read_ff(ObjectId object, Bytes offset);  ///< gives the value
  /// A short critical section: `work` of CPU time and a read of these bytes of a guarded object,
  /// which nobody locks meanwhile. What some engines do at the data in one piece (Engine::calls_at)
  /// is a lock, shared or not, the access and an unlock under others. Either way it excludes other
  /// calls on the object; a program uses calls on it, or locks, not both at the same time.
  Task<> call_read(ObjectId object, Bytes offset, Bytes length, Duration work, bool shared = false);
  /// The same; overwrites them.
  Task<> call_write(ObjectId object, Bytes offset, Bytes length, Duration work);
  /// A message to the threads of the channel's server; does not wait for them. `content` stands for
  /// what the program finds in it: a number, or an ObjectId of which it is told.
  Awaiter send(ChannelId channel, Bytes length, std::uint64_t content = 0);
  /// The same; the Boxes of these objects, which this thread's server owns, are in it too: 16 bytes
  /// each beside `length`, and the ownership goes along.
  Awaiter send(ChannelId channel, Bytes length, std::uint64_t content,
               const std::vector<ObjectId>& boxes);
  Awaiter receive(ChannelId channel);  ///< waits for the next message; gives its content
  MessageAwaiter receive_message(ChannelId channel);  ///< the same; with its Boxes
  /// Plain accesses, one after the other, as long as each is local and ends before anything else is
  /// due; counts them as operations of the program. Gives how many were done: the next must be
  /// awaited. Costs a small part of awaiting each.
  std::size_t run_hits(std::span<const PlainAccess> accesses, KindId read, KindId write);
  /// Any operation as data, for replay and for what only some engines have.
  Awaiter execute(const Op& op);

  /// The thread's own work, on its core.
  auto compute(Duration duration) { return queue_.delay(duration); }
  /// Lets other threads have the core, if any waits for one.
  Task<> yield();
  /// From now on the thread keeps its core while it waits in an operation, and nobody is lent it:
  /// it spins, or blocks the worker that runs it. Without this, others run meanwhile.
  void spin(bool spins) { spins_ = spins; }
  /// A phase of its work ends: what the engine's runtime has put off until then is done now, in
  /// this thread's time, and measured as an operation of its own. So end barrier(), join() and the
  /// thread.
  Task<> end_phase();
  /// Whether that has anything to do. Asked first where many threads end or meet at once: a
  /// coroutine that need not wait still takes room on the stack of an unoptimised build.
  bool has_put_off() const;
  /// Waits for the others; leaves the core meanwhile.
  Task<> barrier(Barrier& barrier);
  /// Starts a thread on `node`. `body` is called once, at once; let it return a coroutine that is a
  /// member function or takes its arguments by value (a lambda must not itself be a coroutine).
  ThreadId spawn(NodeId node, const std::function<Task<>(Thread&)>& body);
  /// Starts a thread as the program's runtime would: it takes time and messages (launcher.hpp). The
  /// same holds for `body` as for spawn's.
  Task<ThreadId> start(Launch launch, std::function<Task<>(Thread&)> body);
  /// What this thread hands to who joins it, if it was started.
  void give_result(LaunchResult result);
  /// Waits until the thread has ended; leaves the core meanwhile. Of a thread that was started:
  /// until its result has come. False if it was lost in a crash (World::tell_of_loss).
  Task<bool> join(ThreadId thread);

  /// One program-level operation ("get") that began at `start` and ends now.
  void count_operation(KindId kind, Time start);

  /// For the engine's runtime: the thread moves to `server` before its next operation. Refused, and
  /// false, for a thread that has ended or is lost, that moves already, or that receives from a
  /// channel, which is bound to its server.
  bool ask_to_move(NodeId server);
  /// Where it is moving to; invalid: it is not.
  NodeId destination() const { return destination_; }

 private:
  friend class Launcher;
  friend class Mover;
  friend class World;
  /// From now on `nobody` answers its operations.
  void lose(OpHandler& nobody, NodeId server) {
    lost_with_ = server;
    engine_ = &nobody;
  }
  /// Ends a move; takes a core of the server where it is now.
  Task<> relocate(NodeId server);
  Task<> call(Op op, bool shared);
  Time started_operation() const { return operation_; }
  void restart_operation(const Op& op) {
    operation_ = now();
    tally_.start(operation_, cause_of(op));
  }
  Task<> perform_off_core(OpHandler& handler, Op& op);
  void leave_core();
  /// The core that it keeps while it waits is another's meanwhile, unless it spins; and no more.
  void lend_core() {
    if (!spins_) {
      cpu_->begin_wait();
    }
  }
  void want_core() {
    if (!spins_) {
      cpu_->end_wait();
    }
  }
  void begin_watched(Op& op) const;
  void end_watched(const Op& op) const;

  World& world_;
  EventQueue& queue_;
  OpHandler* engine_;  ///< a pointer: see lose()
  Witness* witness_;
  Meter& meter_;
  Cpu* cpu_;
  ThreadId id_;
  NodeId node_;
  NodeId destination_;
  Time operation_;           ///< when the one under way began
  bool keeps_core_ = false;  ///< while it waits
  bool spins_ = false;       ///< it works while it waits
  bool receives_ = false;    ///< from channels of its server
  Tally tally_;
  const Op* waiting_in_ = nullptr;
  ThreadId joining_;
  const Barrier* at_barrier_ = nullptr;
  Gate settled_;  ///< it has ended, or whoever waits for it has been told that it is lost
  NodeId lost_with_;
};

/// One operation under way; lives in the awaiting program's frame.
class Thread::Awaiter {
 public:
  Awaiter(Thread& thread, const Op& op) : Awaiter(thread, *thread.engine_, op) {}
  Awaiter(Thread& thread, OpHandler& handler, const Op& op)
      : op_(op), thread_(thread), handler_(handler) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;

  bool await_ready() {
    if (thread_.witness_ != nullptr) [[unlikely]] {
      thread_.begin_watched(op_);
    }
    local_ = try_local();
    if (!local_) {
      return false;
    }
    thread_.meter_.record_local(op_.kind, *local_);
    return thread_.queue_.try_advance(*local_);
  }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> handle) {
    if (local_) {
      thread_.queue_.schedule(thread_.now() + *local_, handle);
      return std::noop_coroutine();
    }
    return start(handle);
  }
  std::uint64_t await_resume() {
    if (!local_) {
      finish();
    }
    if (thread_.witness_ != nullptr) [[unlikely]] {
      thread_.end_watched(op_);
    }
    return op_.result;
  }

 protected:
  Thread& thread() { return thread_; }
  Op op_;

 private:
  MaybeDuration try_local() {
    const std::size_t pending = thread_.queue_.pending();
    const MaybeDuration local = handler_.try_local(thread_, op_);
    expects(thread_.queue_.pending() == pending || family_of(op_.kind) == OpFamily::unlock,
            "try_local schedules and posts nothing");
    return local;
  }
  std::coroutine_handle<> start(std::coroutine_handle<> handle);
  void finish();

  Thread& thread_;
  OpHandler& handler_;
  MaybeDuration local_;
  Task<> remote_;
};

class Thread::AllocateAwaiter : public Awaiter {
 public:
  using Awaiter::Awaiter;
  ObjectId await_resume() {
    Awaiter::await_resume();
    return op_.object;
  }
};

class Thread::BorrowAwaiter : public Awaiter {
 public:
  using Awaiter::Awaiter;
  Borrow await_resume() {
    Awaiter::await_resume();
    return {op_.object, op_.borrow};
  }
};

class Thread::MessageAwaiter : public Awaiter {
 public:
  using Awaiter::Awaiter;
  ReceivedMessage await_resume();
};

}  // namespace dsmsim
