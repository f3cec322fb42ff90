// Operations that wait: for answers, for locks, for asynchronous writes.

#include <algorithm>

#include "protocols/grappa/engine.hpp"

namespace dsmsim {

using grappa::CoreId;
using grappa::Kind;
using grappa::Message;
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
  TaskState& task = task_of(thread);
  if (!task.has_worker || must_drain(task, op)) {
    co_await Started{task, runtime_.core(task.core).starting};
    thread.tally().charge(Category::run_queue, queue_.now());
    if (must_drain(task, op)) {
      co_await Drained{task, event_of(task)};
      thread.tally().charge(Category::acks, queue_.now());
    }
    if (op.kind == OpKind::fence) {
      co_return;
    }
    if (const MaybeDuration at_once = try_local(thread, op)) {
      co_await queue_.delay(*at_once);
      thread.tally().charge(Category::cpu, queue_.now());
      co_return;
    }
  }
  if (event_of(task) != nullptr && op.kind == OpKind::write) {
    Task<> enrolling = enroll(task, op);
    co_await enrolling;
  }
  grappa::Core& core = runtime_.core(task.core);
  thread.tally().charge(Category::run_queue, std::max(core.free_at, queue_.now()));
  issue(task, op);
  if (task.left == 0) {  // nothing to wait for but its own core
    co_await queue_.until(core.free_at);
    thread.tally().charge(Category::cpu, queue_.now());
    finish(op, task.value);
    co_return;
  }
  runtime_.occupy(core, options_.costs.context_switch);
  const std::uint64_t value = co_await task.reply.read_fe();
  thread.tally().charge(Category::cpu, queue_.now());
  finish(op, value);
}

/// The event that counts the task's writes, if there is one.
grappa::EventPart* GrappaEngine::event_of(const TaskState& task) {
  const bool counts = options_.writes == GrappaWrites::asynchronous &&
                      options_.completion == GrappaCompletion::global;
  return counts ? &runtime_.core(task.core).event : nullptr;
}

/// The event counts the write before it leaves.
Task<> GrappaEngine::enroll(TaskState& task, const Op& op) {
  std::uint32_t writes = 0;
  const Bytes end = end_of(op);
  for (Bytes at = op.offset; at < end;) {
    const Part part = part_at(op, at);
    writes += runtime_.memory().home(op.object, part.block) != task.core ? 1 : 0;
    at = runtime_.layout().block() * (part.block + 1);
  }
  if (writes == 0 || !runtime_.enroll(task, writes)) {
    co_return;
  }
  Tally& tally = task.thread->tally();
  std::optional<std::uint64_t> cores = runtime_.enroll_core(task);
  if (!cores) {
    cores = co_await task.reply.read_fe();
  }
  if (*cores == 1) {
    runtime_.start_event(task);
    co_await task.reply.read_fe();
  }
  tally.charge(Category::acks, queue_.now());
}

/// Makes the messages of an operation, or does what needs none. TaskState::left are awaited.
void GrappaEngine::issue(TaskState& task, const Op& op) {
  grappa::Core& core = runtime_.core(task.core);
  task.value = 0;
  task.left = 1;
  if (is_data(op.kind) || is_atomic(op.kind) || is_word(op.kind)) {
    issue_data(task, op);
    return;
  }
  const bool allocator = family_of(op.kind) == OpFamily::lifetime;
  if (op.kind == OpKind::release) {
    check(op);
  }
  const CoreId home = allocator ? CoreId(0) : runtime_.memory().home(op.object, 0);
  if (home == task.core) {
    task.left = 0;
    if (allocator) {
      allocate_here(task, op);
    } else if (op.kind == OpKind::unlock) {
      runtime_.occupy(core, options_.costs.call);
      runtime_.unlock(core, op.object, task.thread->id());
      runtime_.wake_answered(core);
    } else {
      task.left = 1;
      runtime_.occupy(core, options_.costs.call);
      runtime_.park_here(task, grappa::kind_of(op.kind), op.object);
    }
    return;
  }
  const std::uint32_t index = runtime_.make(task, grappa::kind_of(op.kind), home);
  Message& message = runtime_.message(index);
  message.object = static_cast<std::uint32_t>(op.object.value());
  message.operand = op.operand;
  message.expected = op.length.count();
  message.charged = true;
  task.thread->tally().charge(Category::cpu, runtime_.send(index));
}

void GrappaEngine::issue_data(TaskState& task, const Op& op) {
  const Bytes end = end_of(op);
  Part part = part_at(op, op.offset);
  const bool alone = runtime_.layout().block() * (part.block + 1) >= end;
  const bool asynchronous =
      op.kind == OpKind::write && options_.writes == GrappaWrites::asynchronous;
  task.left = 0;
  task.enrolled = 0;
  for (Bytes at = op.offset; at < end; at = runtime_.layout().block() * (part.block + 1)) {
    part = part_at(op, at);
    const CoreId home = runtime_.memory().home(op.object, part.block);
    if (home == task.core && is_word(op.kind)) {
      use_word_here(task, op, part);
      continue;
    }
    if (home == task.core) {
      task.value = std::max(task.value, run_here(task, op, part));
      runtime_.occupy(runtime_.core(task.core), options_.costs.call + runtime_.touch(part.length));
      continue;
    }
    if (asynchronous) {
      task.writes.push_back({static_cast<std::uint32_t>(op.object.value()), part.block});
    } else {
      ++task.left;
    }
    issue_part(task, op, part, alone);
  }
}

void GrappaEngine::issue_part(TaskState& task, const Op& op, const Part& part, bool alone) {
  CoreId home = runtime_.memory().home(op.object, part.block);
  if (home.value() + 1 == runtime_.layout().cores() && runtime_.mutated("grappa.wrong_home")) {
    home = CoreId(0);
  }
  runtime_.miss(task, home, cause_of(op), part.length);
  const std::uint32_t index = runtime_.make(task, grappa::kind_of(op.kind), home);
  Message& message = runtime_.message(index);
  message.asynchronous = op.kind == OpKind::write && options_.writes == GrappaWrites::asynchronous;
  message.charged = alone && !message.asynchronous;
  message.object = static_cast<std::uint32_t>(op.object.value());
  message.block = part.block;
  message.offset = static_cast<std::uint32_t>(part.offset.count());
  message.length = static_cast<std::uint32_t>(part.length.count());
  message.operand = op.operand;
  message.expected = op.expected;
  const Time made = runtime_.send(index);
  if (alone) {
    task.thread->tally().charge(Category::cpu, made);
  }
}

/// The bit is wrong, or others wait at the word.
void GrappaEngine::use_word_here(TaskState& task, const Op& op, const Part& part) {
  grappa::Core& core = runtime_.core(task.core);
  runtime_.occupy(core, options_.costs.call + runtime_.touch(part.length));
  std::uint64_t value = op.operand;
  const Kind kind = grappa::kind_of(op.kind);
  if (!runtime_.use_word(task.thread->id(), kind, op.object, op.offset, value)) {
    task.left = 1;
    runtime_.park_at_word(task, op, part.block, part.offset);
    return;
  }
  task.value = reads_word(kind) ? value : 0;
  ++runtime_.counters().delegates[static_cast<std::size_t>(kind)];
  ++runtime_.counters().short_circuits[static_cast<std::size_t>(kind)];
  if (kind != Kind::read_ff) {
    runtime_.test_again(core, op.object, op.offset);
    runtime_.wake_answered(core);
  }
}

/// The task is one of core 0, which has the allocator.
void GrappaEngine::allocate_here(const TaskState& task, const Op& op) {
  runtime_.occupy(runtime_.core(task.core), options_.costs.call + options_.costs.allocate);
  ++runtime_.counters().delegates[static_cast<std::size_t>(grappa::kind_of(op.kind))];
  ++runtime_.counters().short_circuits[static_cast<std::size_t>(grappa::kind_of(op.kind))];
  if (op.kind == OpKind::release) {
    runtime_.memory().release(op.object);
  } else {
    runtime_.memory().allocate(op.object, op.length, op.operand,
                               runtime_.mutated("grappa.overlapping_allocation"));
  }
}

void GrappaEngine::finish(Op& op, std::uint64_t value) const {
  if (op.kind == OpKind::allocate && !runtime_.memory().live(op.object)) {
    const grappa::Buddy& buddy = runtime_.memory().buddy();
    refuse(op, "out of memory: " + to_string(op.length) + " wanted, " + to_string(buddy.used()) +
                   " of " + to_string(buddy.heap()) + " in use");
  }
  op.result = value;
}

}  // namespace dsmsim
