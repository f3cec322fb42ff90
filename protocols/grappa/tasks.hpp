#pragma once
// The threads of the program, as tasks that are pinned to cores: their workers, their messages, and
// the answers to these (uwsampa/grappa TaskingScheduler.hpp, DelegateBase.hpp:75-165).
//
// Owns what a task waits for, and who has been given it in the event that is under way.

#include <memory>
#include <optional>
#include <vector>

#include "protocols/grappa/cores.hpp"
#include "protocols/grappa/full_empty.hpp"
#include "protocols/grappa/outbox.hpp"
#include "sim/dsm/boundary/thread.hpp"

namespace dsmsim::grappa {

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

/// To the tally of the operation whose message went that way.
void charge(Tally& tally, const Way& way);

class Tasks {
 public:
  Tasks(System& system, Cores& cores, Outbox& outbox);

  /// Null: not seen yet.
  TaskState* find(ThreadId thread) const {
    return thread.index() < tasks_.size() ? tasks_[thread.index()].get() : nullptr;
  }
  TaskState& of(Thread& thread) {
    TaskState* const known = find(thread.id());
    return known != nullptr ? *known : first_seen(thread);
  }
  TaskState& of(const Message& message) { return *tasks_[message.thread]; }
  const std::vector<std::unique_ptr<TaskState>>& all() const { return tasks_; }
  /// Its worker is free: another of its core may begin.
  void end(const TaskState& task);

  /// A new message of the task for its operation; the caller fills in what it is about.
  std::uint32_t make(const TaskState& task, Kind kind, CoreId home);
  /// The core to which it has come answers; the answer goes back in the same record.
  void reply(std::uint32_t index, std::uint64_t value);
  /// The answer has come, by that way. The task's tally is charged here, at its own core, for both
  /// ways.
  void settle(std::uint32_t index, const Way& way);
  /// An asynchronous write has ended.
  void end_write(const Message& message);
  /// They have what they wait for.
  void answer(std::vector<TaskState*>& waiting);
  /// Wakes whom the work done in this event has given an answer.
  void wake_answered(Core& core);

  /// The core will need the task.
  void prefetch(const Message& message) const { __builtin_prefetch(tasks_[message.thread].get()); }
  void fingerprint(Fingerprint& into) const;

 private:
  TaskState& first_seen(Thread& thread);

  System& system_;
  Cores& cores_;
  Outbox& outbox_;
  std::vector<std::unique_ptr<TaskState>> tasks_;  // by thread; null: not seen yet
  std::vector<std::uint32_t> next_place_;          // of the next task, by server
  std::vector<TaskState*> answered_;               // in this event, in order
};

}  // namespace dsmsim::grappa
