#pragma once
// What all parts of the DRust engine share: the options, the counters, who is where, and how
// messages are posted and paid for.
//
// CPU time before a post delays the post (Post::after), so a sequence of posts leaves its sender at
// the times at which real software would ring the doorbell.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/drust/affinity.hpp"
#include "protocols/drust/heap.hpp"
#include "protocols/drust/lost_servers.hpp"
#include "protocols/drust/messages.hpp"
#include "protocols/drust/mutants.hpp"
#include "protocols/drust/objects.hpp"
#include "protocols/drust/policy.hpp"
#include "protocols/drust/threads.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/kit/calls.hpp"

namespace dsmsim::drust {

/// A request of a thread about an object, without anybody's software at its target.
struct OneSided {
  MessageKind kind;
  ObjectId object;
  NodeId to;
  Bytes payload;
  DataBytes data = {};   ///< in the payload
  Duration before = {};  ///< CPU time until it is posted
  Effect effect = {};
  std::uint64_t content = 0;  ///< what the effect stores (Post::content)
};

/// Somebody who posts messages one after the other, and the CPU time that took so far.
struct Sender {
  NodeId node;
  Duration spent = {};
};

class Runtime {
 public:
  Runtime(EngineContext context, DrustOptions options, Objects& objects);

  Cluster& cluster() { return cluster_; }
  const Cluster& cluster() const { return cluster_; }
  std::size_t servers() const { return cluster_.servers(); }
  EventQueue& queue() { return queue_; }
  const ServerProfile& profile() const { return cluster_.profile(); }
  const DrustOptions& options() const { return options_; }
  const DrustCosts& costs() const { return options_.costs; }
  const Policy& policy() const { return policy_; }
  /// Payload of the answer to a control message.
  Bytes reply_size() const { return policy_.reply; }
  /// CPU time of an atomic operation on 8 bytes of this server's memory.
  Duration local_atomic() const { return profile().touch(kPointer) + costs().local_atomic; }
  const MessageTypes<MessageKind>& types() const { return types_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }

  Affinity& affinity() { return affinity_; }
  const Affinity& affinity() const { return affinity_; }
  LostServers& lost() { return lost_; }
  const LostServers& lost() const { return lost_; }
  Threads& threads() { return threads_; }
  const Threads& threads() const { return threads_; }
  /// Whether the engine has that defect (mutants.hpp).
  bool mutated(std::string_view name) const { return mutant_.is(name); }
  /// Whether the object is used where it lies (uncached.hpp): behind a mutex, or unsafe code's.
  bool is_uncached(const ObjectState& object) const {
    return object.raw || (object.guarded && options_.mutex_value == DrustMutexValue::in_place);
  }
  Colour last_colour() const { return static_cast<Colour>((1U << options_.colour_bits) - 1); }
  // What moves, for amplification: said when the request is made, for OneSided::data.
  Traffic& traffic() { return cluster_.fabric().ledger().traffic(); }
  /// So many bytes come or go for what the thread's operation reads or writes, and for that alone.
  DataBytes asks_for(const Thread& thread, Bytes data);
  /// So many bytes bring the object here. A read or a write of it that has caused that will use()
  /// it; what another operation has brought (a lock, a mutable borrow, a write of an object of its
  /// group that was here) is that of the first who does.
  DataBytes brings(const Thread& thread, ObjectId object, Bytes data);
  /// An access finds the object here. Only while it is tracked: until what was brought has been
  /// used; always, with backups, which are sent what has been written.
  void use(const Op& op);
  /// The object is written back to its backups: gives what that is counted for.
  Cause writes_back(ObjectId object) {
    return brought_[object].leave(traffic(), objects_.size(object));
  }

  /// The thread works, or copies, for that long.
  Task<> spend(Thread& thread, Category category, Duration duration);
  /// To be awaited at once.
  Fabric::Operation request(Thread& thread, const OneSided& request);
  /// Makes the request to `where()` until it succeeds: after each failure it waits until this
  /// server knows who takes the lost one's place. On its own server the thread does itself what the
  /// request would have done. Gives the result.
  template <class Where>
  Task<std::uint64_t> make(Thread& thread, OneSided request, Where where);
  /// The request has failed, for its server is lost: the same, and waits first.
  template <class Where>
  Task<std::uint64_t> again(Thread& thread, OneSided request, Where where);
  /// Waits until the thread's server has been told who takes the lost server's place.
  Task<> recovered(Thread& thread, NodeId lost);
  /// From that server, and nobody waits for it.
  void post(NodeId from, const OneSided& request);
  /// A control message, for which the sender pays the posting.
  void send(Sender& sender, NodeId to, MessageKind kind, Bytes payload, const Body& body,
            Tally* tally = nullptr, const DataBytes& data = {});

  /// A control message with a call number in it (`body.call`), and the wait for its answer: gives
  /// its value; Fabric::kFailed if `to` is lost. The wait is charged to `waited`.
  template <class Asking>
  Task<std::uint64_t> call(Thread& thread, Sender sender, NodeId to, MessageKind kind, Asking body,
                           Category waited = Category::cpu, DataBytes data = {});
  /// The same, where `ask(call)` sees to it that `to` answers that call.
  template <class Ask>
  Task<std::uint64_t> wait_for_answer(Thread& thread, NodeId to, Ask ask, Category waited);
  void answer(std::uint64_t call, std::uint64_t value) { calls_.answer(number_of(call), value); }
  /// Nobody will answer what was asked of that server: callers get Fabric::kFailed.
  void fail_calls_to(NodeId server) { calls_.fail_calls_to(server); }
  /// Who waits for that answer.
  ThreadId caller(std::uint64_t call) const { return calls_.caller(number_of(call)); }

  /// Adds who waits for answers.
  void fingerprint(Fingerprint& into) const;

  /// Makes name_of() know the thread: to be called before it waits for others or makes them wait.
  void remember(const Thread& thread);
  std::string name_of(ThreadId thread) const;
  /// Of a thread that it knows.
  NodeId node_of(ThreadId thread) const { return node_of_thread_[thread.index()]; }
  /// Throws an Error: what was asked for, when, and why it cannot be.
  [[noreturn]] void reject(const Thread& thread, const Op& op, const std::string& why) const;

 private:
  using Calls = dsmsim::Calls<std::uint64_t>;

  static Calls::Number number_of(std::uint64_t call) { return static_cast<Calls::Number>(call); }
  Post post_of(NodeId from, const OneSided& request) const;
  /// In artifact.cpp.
  Fabric::Operation perform_with_flag(Post post);

  Cluster& cluster_;
  Objects& objects_;
  EventQueue& queue_;
  Mutant mutant_;
  DrustOptions options_;
  Policy policy_;
  MessageTypes<MessageKind> types_;
  Counters counters_;
  Affinity affinity_;
  Threads threads_;
  LostServers lost_;
  std::vector<NodeId> node_of_thread_;
  Calls calls_;
  std::map<ObjectId, CachedData> brought_;  ///< of objects that are tracked
  /// Of requests under way that a flag follows.
  struct Flagged {
    Effect effect;
    std::uint64_t found = 0;
  };
  Slots<Flagged> flagged_;
};

template <class Asking>
Task<std::uint64_t> Runtime::call(Thread& thread, Sender sender, NodeId to, MessageKind kind,
                                  Asking body, Category waited, DataBytes data) {
  const auto ask = [this, &thread, &sender, to, kind, &body, &data](std::uint64_t call) {
    body.call = call;
    send(sender, to, kind, options_.control, body, &thread.tally(), data);
  };
  co_return co_await wait_for_answer(thread, to, ask, waited);
}

template <class Ask>
Task<std::uint64_t> Runtime::wait_for_answer(Thread& thread, NodeId to, Ask ask, Category waited) {
  Calls::Call question(calls_, thread.id(), to);
  ask(question.number());
  auto answer = question.answer();
  const std::optional<std::uint64_t> value = co_await answer;
  co_await thread.stop_if_lost();
  thread.tally().charge(waited, queue_.now());
  if (!value) [[unlikely]] {
    // The request is on its way to the lost server, and charged until it is there.
    co_await queue_.until(thread.tally().as_of());
    co_await recovered(thread, to);
    co_return Fabric::kFailed;
  }
  co_return *value;
}

template <class Where>
Task<std::uint64_t> Runtime::again(Thread& thread, OneSided request, Where where) {
  co_await recovered(thread, request.to);
  request.before = {};
  co_return co_await make(thread, request, where);
}

template <class Where>
Task<std::uint64_t> Runtime::make(Thread& thread, OneSided request, Where where) {
  for (;;) {
    request.to = where();
    if (request.to == thread.node()) {
      co_await spend(thread, Category::copy, request.before + profile().touch(request.payload));
      co_return request.effect();
    }
    Fabric::Operation operation = this->request(thread, request);
    const std::uint64_t result = co_await operation;
    if (result != Fabric::kFailed) {
      co_return result;
    }
    co_await recovered(thread, request.to);
    request.before = {};
  }
}

}  // namespace dsmsim::drust
