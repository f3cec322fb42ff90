#pragma once
// The runtime of all cores: how messages get from core to core and what happens when they arrive
// (Nelson et al., Grappa, USENIX ATC'15, section 3.3; uwsampa/grappa system/RDMAAggregator.*,
// TaskingScheduler.hpp, DelegateBase.hpp).
//
// A core is a FIFO resource: whatever it does for messages takes its turn behind what it was given
// before (Core::free_at), and a batch of messages is worked on in one piece, as in a region in
// which the original may not switch tasks. So one event serves a whole batch, and nothing is
// scheduled for a single message but the waking of the task that waits for it.
//
// Messages wait in lists, one for each pair of cores, the newest first. Between servers, a list is
// emptied when the source core of the pair of servers flushes (links.cpp): at the first poll that
// is later than the autoflush time since the last flush. Polls and flushes of which nobody could
// see anything are not events: their times follow from the period. Within a server, the receiving
// core finds the list at its next poll.

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "protocols/grappa/full_empty.hpp"
#include "protocols/grappa/memory.hpp"
#include "protocols/grappa/mutants.hpp"
#include "protocols/grappa/options.hpp"
#include "sim/dsm/boundary/thread.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::grappa {

class Runtime;

/// A thread of the program, as a task that is pinned to a core. From its first operation until it
/// ends it has one of the core's workers.
struct TaskState {
  explicit TaskState(EventQueue& queue) : reply(queue) {}
  /// An asynchronous write under way.
  struct Write {
    std::uint32_t object;
    std::uint32_t block;
    bool operator==(const Write&) const = default;
  };
  Thread* thread = nullptr;
  CoreId core;
  bool has_worker = false;
  std::coroutine_handle<> starting;  ///< waits for a worker
  FullEmpty<std::uint64_t> reply;    ///< of the operation under way
  std::uint32_t left = 0;            ///< its messages, not answered
  std::uint64_t value = 0;           ///< of the answers so far, the largest
  std::vector<Write> writes;
  std::uint32_t enrolled = 0;        ///< more of them, counted by the event and not yet made
  std::coroutine_handle<> draining;  ///< waits until there are none
};

/// The global completion event, as each core has it (GlobalCompletionEvent.hpp).
struct EventPart {
  std::uint32_t count = 0;          ///< asynchronous writes of the core's tasks
  bool in_progress = false;         ///< some core has any, for all that this one knows
  std::vector<TaskState*> waiting;  ///< for the end
};
/// And as core 0 has it.
struct EventMaster {
  std::uint32_t cores_out = 0;          ///< that have writes
  std::uint32_t acknowledgements = 0;   ///< of resets, awaited: the event is ending
  std::vector<std::uint32_t> deferred;  ///< cores that enroll meanwhile
};

struct Core {
  Runtime* runtime = nullptr;
  CoreId id;
  NodeId server;
  Time free_at;         ///< it has worked off everything that it was given
  Duration poll_phase;  ///< polls are at this and every period after
  Duration poll_period;
  Duration flush_phase;  ///< one of its first polls: the first flush to any server
  EventPart event;
  bool polls = false;  ///< an event is pending
  bool receives = false;
  std::uint32_t first_packet = kNone;  ///< received, not yet looked at
  std::uint32_t last_packet = kNone;
  std::vector<std::uint32_t> lists;  ///< to this core, by place of the sender on the server
  std::uint32_t slices = kNone;      ///< taken out of packets by another core, for this one
  std::uint32_t last_slice = kNone;
  std::uint32_t workers = 0;         ///< not in use
  std::vector<TaskState*> starting;  ///< wait for one
  Duration busy;                     ///< since counting began
  std::uint64_t handled = 0;         ///< messages made or taken, since then
};

/// From one server to another.
struct Link {
  Runtime* runtime = nullptr;
  NodeId from;
  NodeId to;
  CoreId source;       ///< sends for all cores of its server
  CoreId destination;  ///< receives for all of its own
  Time flushed;        ///< flushes are whole periods after this, if that is not in the future
  Duration period;
  bool flushes = false;              ///< an event is pending
  bool full = false;                 ///< one that flush_size has caused
  std::uint32_t listed = 0;          ///< messages in the lists,
  Bytes waiting;                     ///< and their bytes
  std::vector<std::uint32_t> lists;  ///< by destination's and then source's place on its server
};

/// Of asynchronous writes from one core that have ended at another.
struct Completions {
  std::uint32_t listed = kNone;   ///< the message that is on its list: at most one
  std::uint32_t waiting = kNone;  ///< ended since; told when that one is sent
};

/// Groups by kind of message, of which each has only those that are not zero.
inline constexpr std::array<CounterRow, 4> kGroups = {{
    {"delegates", "1", "delegates executed, by kind"},
    {"short_circuits", "1", "of these, without a message"},
    {"requests", "1", "messages made, by kind"},
    {"replies", "1", "answers, by kind"},
}};
// clang-format off
#define GRAPPA_COUNTERS(COUNTER)                                                                     \
  COUNTER(Count, messages, "messages", "requests and replies")                                       \
  COUNTER(Count, packets, "packets", "that carried messages")                                        \
  COUNTER(double, messages_per_packet, "messages_per_packet", "mean number of messages in a packet") \
  COUNTER(double, bytes_per_packet, "bytes_per_packet", "mean bytes of messages in a packet")        \
  COUNTER(double, bytes_per_message, "bytes_per_message", "mean bytes of a message in a packet")     \
  COUNTER(Nanoseconds, mean_list_wait, "mean_list_wait_ns", "mean time of a message on its list")    \
  COUNTER(Count, flushes_timeout, "flushes.timeout", "lists sent because of their age")              \
  COUNTER(Count, flushes_size, "flushes.size", "lists sent because they were long")                  \
  COUNTER(Count, flushes_empty, "flushes.empty", "timeouts that found nothing")                      \
  COUNTER(Count, alone, "flushes.alone", "messages sent without aggregation")                        \
  COUNTER(Count, polls, "polls_with_messages", "polls that found lists of the own server")           \
  COUNTER(Count, parked, "parked", "delegates that had to wait")                                     \
  COUNTER(double, core_utilisation, "core_utilisation", "share of the measured time that cores were busy")
// clang-format on
DSMSIM_COUNTERS(PacketCounters, GRAPPA_COUNTERS)

struct Counters : PacketCounters {
  using ByKind = std::array<std::uint64_t, kKinds>;
  ByKind delegates{};
  ByKind short_circuits{};
  ByKind requests{};
  ByKind replies{};
  std::uint64_t in_packets = 0;  ///< messages
  Bytes packet_bytes;
  Duration list_wait;  ///< of messages in packets
};

/// What must balance in the end; never reset.
struct Conservation {
  std::uint64_t enqueued = 0;
  std::uint64_t serialized = 0;
  std::uint64_t delivered_locally = 0;
  std::uint64_t deserialized = 0;
};

class Runtime {
 public:
  Runtime(EngineContext context, const GrappaOptions& options);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const Layout& layout() const { return layout_; }
  Memory& memory() { return memory_; }
  const Memory& memory() const { return memory_; }
  const Core& core_of(const TaskState& task) const { return cores_[task.core.index()]; }
  Core& core(CoreId id) { return cores_[id.index()]; }
  const std::vector<Core>& cores() const { return cores_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  TaskState* task(ThreadId thread) const {
    return thread.index() < tasks_.size() ? tasks_[thread.index()].get() : nullptr;
  }
  const std::vector<std::unique_ptr<TaskState>>& tasks() const { return tasks_; }
  TaskState& first_seen(Thread& thread);
  /// The task has ended: another of its core may begin.
  void free_worker(TaskState& task);
  void reset_counters();
  bool mutated(std::string_view defect) const { return mutant_.is(defect); }
  /// Of a core whose polls take no time.
  Duration poll_period() const { return poll_period_; }
  Duration flush_period() const { return poll_period_ * polls_per_flush_; }
  MessageTypeId packet_type() const { return packet_type_; }

  /// The core works for so long, when it has got to it. The end of that.
  Time occupy(Core& core, Duration work) {
    core.free_at = std::max(core.free_at, queue_.now()) + work;
    core.busy += work;
    return core.free_at;
  }
  /// So many bytes of the task's operation are at that core; missing, if it is of another server.
  void miss(const TaskState& task, CoreId home, Cause cause, Bytes bytes) {
    if (layout_.server(home) != layout_.server(task.core)) {
      fabric_->ledger().traffic().missed(cause, bytes);
    }
  }
  /// A new message of the task for its operation; the caller fills in what it is about.
  std::uint32_t make(TaskState& task, Kind kind, CoreId home);
  Message& message(std::uint32_t index) { return messages_[index]; }
  /// The task's core makes the message and puts it on its list.
  /// When it is there.
  Time send(std::uint32_t index);
  /// At the home core, when its lock is not free: a delegate that needs no message waits.
  void park_here(TaskState& task, Kind kind, ObjectId object);
  // completion_event.cpp
  /// Counts so many writes of the task. True: its core had none, and enroll_core comes first.
  bool enroll(TaskState& task, std::uint32_t writes);
  /// Tells core 0; the number of cores with writes, or nothing if the task's reply will bring it.
  std::optional<std::uint64_t> enroll_core(TaskState& task);
  /// Tells all cores; the task's reply comes when they know.
  void start_event(TaskState& task);
  // words.cpp: full/empty bits, at the word's home.
  /// Does what the operation wants of a word, if its bit allows it; `value` is what it writes, or
  /// has read. Whoever waits for the change is another matter: test_again.
  bool use_word(ThreadId thread, Kind kind, ObjectId object, Bytes offset, std::uint64_t& value);
  /// As park_here: for the word to be full, or empty.
  void park_at_word(TaskState& task, const Op& op, std::uint32_t block, Bytes offset);
  /// Everybody who waits at the word tests again, on the core's time.
  void test_again(Core& home, ObjectId object, Bytes offset);
  /// The lock is given back; delegates that were parked run, on the core's time.
  void unlock(Core& home, ObjectId object, ThreadId thread);
  /// Wakes whom the work done in this event has given an answer.
  void wake_answered(Core& core);
  Duration touch(Bytes length) const { return profile_.touch(length); }

  // fingerprint.cpp
  void fingerprint(Fingerprint& into) const;
  void fingerprint_packet(std::uint32_t packet, Fingerprint& into) const;
  // invariants.cpp
  void check_always() const;
  void check_quiescent() const;
  const Packet& packet(std::uint32_t index) const { return packets_[index]; }
  const Message& message(std::uint32_t index) const { return messages_[index]; }

 private:
  struct Server final : Receiver {
    Runtime* runtime = nullptr;
    void deliver(const Delivery& delivery) override { runtime->receive(delivery); }
  };

  TaskState& task_of(const Message& message) { return *tasks_[message.thread]; }
  bool crashed(NodeId server) const { return fabric_ != nullptr && fabric_->has_crashed(server); }

  void start_timers(Core& core);
  Duration period_of(const Core& core, std::int64_t polls);

  // links.cpp: lists, flushes, packets.
  Link& link(NodeId from, NodeId to);
  std::uint32_t network_place(std::uint32_t me, std::uint32_t other) const;
  Time next_flush(const Link& link) const;
  void enqueue(std::uint32_t index);
  void arm_flush(Link& link);
  static void flush_is_due(void* argument);
  static void size_is_reached(void* argument);
  static void flush_now(void* argument);
  void flush(Link& link);
  std::uint32_t take_ready(std::uint32_t& list);
  void pack(Link& link, std::uint32_t chain, std::uint32_t& packet);
  std::uint32_t new_packet(CoreId from, CoreId to);
  void append(Packet& packet, std::uint32_t index);
  void post(Core& source, std::uint32_t index);
  Duration giving(const Message& message) const;
  Duration taking(const Message& message, CoreId by) const;
  void send_alone(std::uint32_t index);
  void mark_sent(std::uint32_t index);
  void list_completion(std::uint32_t index);

  // delivery.cpp: polls, packets that arrive, delegates.
  void receive(const Delivery& delivery);
  void arm_poll(Core& core);
  static void poll_is_due(void* argument);
  static void poll_now(void* argument);
  static void receive_now(void* argument);
  void poll(Core& core);
  void receive_packets(Core& core);
  void unpack(Core& core, std::uint32_t packet);
  void run(Core& core, std::uint32_t index);
  /// The message behind this one. Millions are never in a cache, so it is sent for.
  std::uint32_t after(const Message& message) const {
    if (message.next != kNone) {
      __builtin_prefetch(&messages_[message.next]);
    }
    return message.next;
  }
  /// What the message is about: it will be needed at the next poll.
  void send_for(const Message& message) const {
    if (message.reply) {
      __builtin_prefetch(tasks_[message.thread].get());
    } else if (message.kind == Kind::add || message.kind == Kind::cas) {
      memory_.prefetch_word(ObjectId(message.object),
                            layout_.block() * message.block + Bytes(message.offset));
    }
  }
  void run_request(Core& core, std::uint32_t index);
  std::uint64_t execute(Core& core, const Message& message);
  void run_event(Core& core, std::uint32_t index);
  void leave_event(Core& core);
  void tell(Core& from, CoreId to, Kind kind);
  void tell_all(Core& from, Kind kind);
  void check_event() const;
  void synchronise(Core& home, std::uint32_t index, bool parked);
  bool acquire(Core& core, std::uint32_t index);
  void grant(Core& core, std::uint32_t index);
  void reply(Core& core, std::uint32_t index, std::uint64_t value);
  void complete(Core& home, std::uint32_t index);
  void settle(std::uint32_t index, const Way& way);
  void settle_completion(std::uint32_t index);
  void end_write(const Message& message);
  Way way_of(const Message& message, Time begun) const;
  void charge(Tally& tally, const Way& way) const;

  void check_message(const Message& message) const;
  void check_packet(const Packet& packet) const;
  void check_mutex(const Placed& placed) const;
  void check_words(const Placed& placed) const;

  EventQueue& queue_;
  Fabric* fabric_;  ///< null: one server
  ServerProfile profile_;
  GrappaOptions options_;
  Mutant mutant_;
  Layout layout_;
  Memory memory_;
  Duration poll_period_;
  std::int64_t polls_per_flush_;
  Bytes packet_capacity_;  ///< for messages
  std::uint32_t servers_;
  MessageTypeId packet_type_;
  Simulation& simulation_;
  MessagePool messages_;
  PacketPool packets_;
  std::vector<Core> cores_;
  std::vector<std::unique_ptr<Link>> links_;  // by source and target; null: nothing was sent yet
  std::vector<std::vector<Completions>> completions_;  // by home and origin; empty: none yet
  std::vector<std::unique_ptr<TaskState>> tasks_;      // by thread; null: not seen yet
  std::vector<Server> receivers_;
  std::vector<Time> card_free_;            // of each server: it can send the next packet
  std::vector<RandomStream> timers_;       // by core
  std::vector<TaskState*> answered_;       // in this event, in order
  std::vector<std::uint32_t> next_place_;  // of the next task, by server
  std::optional<Message> late_;            // of a defect: a delegate to be run at the next
  Counters counters_;
  Conservation conservation_;
  EventMaster event_;  // at core 0
};

}  // namespace dsmsim::grappa
