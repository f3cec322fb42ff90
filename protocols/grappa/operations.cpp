// Operations that wait: for a worker, for asynchronous writes, for answers.

#include <algorithm>

#include "protocols/grappa/engine.hpp"

namespace dsmsim {

using grappa::TaskState;

namespace {

/// Until the task's asynchronous writes have ended; with an event, everybody's.
struct Drained {
  TaskState& task;
  grappa::EventPart* event;
  bool await_ready() const { return event != nullptr ? !event->in_progress : task.writes.empty(); }
  void await_suspend(std::coroutine_handle<> handle) const {
    task.draining = handle;
    if (event != nullptr) {
      event->waiting.push_back(&task);
    }
  }
  void await_resume() const {}
};

/// Until the task has a worker.
struct Started {
  TaskState& task;
  std::vector<TaskState*>& starting;
  bool await_ready() const { return task.has_worker; }
  void await_suspend(std::coroutine_handle<> handle) const {
    task.starting = handle;
    starting.push_back(&task);
  }
  void await_resume() const {}
};

}  // namespace

Task<> GrappaEngine::perform(Thread& thread, Op& op) {
  TaskState& task = tasks_.of(thread);
  if (!task.has_worker || must_drain(task, op)) {
    co_await Started{task, cores_[task.core].starting};
    thread.tally().charge(Category::run_queue, system_.now());
    if (must_drain(task, op)) {
      co_await Drained{task, event_of(task)};
      thread.tally().charge(Category::acks, system_.now());
    }
    if (op.kind == OpKind::fence) {
      co_return;
    }
    if (const MaybeDuration at_once = try_local(thread, op)) {
      co_await system_.queue.delay(*at_once);
      thread.tally().charge(Category::cpu, system_.now());
      co_return;
    }
  }
  if (event_of(task) != nullptr && op.kind == OpKind::write) {
    Task<> enrolling = enroll(task, op);
    co_await enrolling;
  }
  grappa::Core& core = cores_[task.core];
  thread.tally().charge(Category::run_queue, std::max(core.free_at, system_.now()));
  delegation_.issue(task, op);
  if (task.left == 0) {  // nothing to wait for but its own core
    co_await system_.queue.until(core.free_at);
    thread.tally().charge(Category::cpu, system_.now());
    finish(op, task.value);
    co_return;
  }
  cores_.occupy(core, system_.options.costs.context_switch);
  const std::uint64_t value = co_await task.reply.read_fe();
  thread.tally().charge(Category::cpu, system_.now());
  finish(op, value);
}

/// The event that counts the task's writes, if there is one.
grappa::EventPart* GrappaEngine::event_of(const TaskState& task) {
  const bool counts = system_.options.writes == GrappaWrites::asynchronous &&
                      system_.options.completion == GrappaCompletion::global;
  return counts ? &event_.at(task.core) : nullptr;
}

/// Whether the task's asynchronous writes must have ended before: for whatever orders accesses, and
/// for an access to a block that it has written, as lists are last in, first out. A fence waits for
/// the event, whoever has writes.
bool GrappaEngine::must_drain(const TaskState& task, const Op& op) const {
  if (op.kind == OpKind::fence) {
    const bool awaited = system_.options.completion == GrappaCompletion::global
                             ? event_.at(task.core).in_progress
                             : !task.writes.empty();
    return awaited && !system_.mutated("grappa.weak_fence");
  }
  if (task.writes.empty() || family_of(op.kind) == OpFamily::reference) {
    return false;
  }
  if (!is_data(op.kind)) {
    return true;
  }
  if (system_.mutated("grappa.overtake")) {
    return false;
  }
  const std::uint32_t first = memory_.block_of(op.offset);
  const std::uint32_t last = memory_.block_of(grappa::end_of(op) - Bytes(1));
  return std::any_of(task.writes.begin(), task.writes.end(), [&](const TaskState::Write& write) {
    return write.object == op.object.value() && write.block >= first && write.block <= last;
  });
}

/// The event counts the write before it leaves.
Task<> GrappaEngine::enroll(TaskState& task, const Op& op) {
  const std::uint32_t writes = delegation_.messages_of(task, op);
  if (writes == 0 || !event_.enroll(task, writes)) {
    co_return;
  }
  Tally& tally = task.thread->tally();
  std::optional<std::uint64_t> cores = event_.enroll_core(task);
  if (!cores) {
    cores = co_await task.reply.read_fe();
  }
  if (*cores == 1) {
    event_.start(task);
    co_await task.reply.read_fe();
  }
  tally.charge(Category::acks, system_.now());
}

void GrappaEngine::finish(Op& op, std::uint64_t value) const {
  if (op.kind == OpKind::allocate && !memory_.live(op.object)) {
    const grappa::Buddy& buddy = memory_.buddy();
    grappa::refuse(op, system_.now(),
                   "out of memory: " + to_string(op.length) + " wanted, " +
                       to_string(buddy.used()) + " of " + to_string(buddy.heap()) + " in use");
  }
  op.result = value;
}

}  // namespace dsmsim
