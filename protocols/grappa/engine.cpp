#include "protocols/grappa/engine.hpp"

#include <algorithm>
#include <string>

#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using grappa::CoreId;
using grappa::Kind;
using grappa::Mutex;
using grappa::TaskState;

namespace {

bool is_reference(OpKind kind) { return family_of(kind) == OpFamily::reference; }

/// Of those that touch one word of eight bytes, whatever Op::length says.
bool is_eight_bytes(OpKind kind) { return is_atomic(kind) || is_word(kind); }

std::size_t index_of(OpKind kind) { return static_cast<std::size_t>(grappa::kind_of(kind)); }

}  // namespace

GrappaEngine::GrappaEngine(EngineContext context, GrappaOptions options)
    : context_(context),
      options_(std::move(options)),
      queue_(context.cluster.simulation().queue()),
      runtime_(context, options_) {}

// ---- what operations are about

void GrappaEngine::refuse(const Op& op, const std::string& why) const {
  throw Error("grappa: at " + to_string(queue_.now()) + ": " + std::string(to_string(op.kind)) +
              " of " + object_name(op.object) + ": " + why);
}

void GrappaEngine::check(const Op& op) const {
  if (!runtime_.memory().live(op.object)) {
    refuse(op, "it is not allocated");
  }
  const Bytes size = runtime_.memory().at(op.object).size;
  if (op.offset + (is_word(op.kind) ? Bytes(8) : op.length) > size) {
    refuse(op, "the object has " + to_string(size) + " only");
  }
  if (is_word(op.kind) && op.offset.count() % 8 != 0) {
    refuse(op, "words lie at multiples of 8 bytes, not at " + to_string(op.offset));
  }
}

/// Of the bytes touched; an access to none looks at one.
Bytes GrappaEngine::end_of(const Op& op) const {
  return op.offset + (is_eight_bytes(op.kind) ? Bytes(8) : std::max(op.length, Bytes(1)));
}

GrappaEngine::Part GrappaEngine::part_at(const Op& op, Bytes at) const {
  const grappa::Memory& memory = runtime_.memory();
  const Bytes block = runtime_.layout().block();
  const std::uint32_t number = memory.block_of(at);
  const Bytes begin = block * number;
  const Bytes end = std::min(end_of(op), begin + block);
  return {number, at - begin, std::min(end - at, is_eight_bytes(op.kind) ? Bytes(8) : op.length)};
}

CoreId GrappaEngine::home_of(const Op& op) const {
  const grappa::Memory& memory = runtime_.memory();
  return memory.home(op.object, memory.block_of(op.offset));
}

/// Whether the task's asynchronous writes must have ended before: for whatever orders accesses, and
/// for an access to a block that it has written, as lists are last in, first out. A fence waits for
/// the event, whoever has writes.
bool GrappaEngine::must_drain(const TaskState& task, const Op& op) const {
  if (op.kind == OpKind::fence) {
    const bool awaited = options_.completion == GrappaCompletion::global
                             ? runtime_.core_of(task).event.in_progress
                             : !task.writes.empty();
    return awaited && !runtime_.mutated("grappa.weak_fence");
  }
  if (task.writes.empty() || is_reference(op.kind)) {
    return false;
  }
  if (!is_data(op.kind)) {
    return true;
  }
  if (runtime_.mutated("grappa.overtake")) {
    return false;
  }
  const std::uint32_t first = runtime_.memory().block_of(op.offset);
  const std::uint32_t last = runtime_.memory().block_of(end_of(op) - Bytes(1));
  return std::any_of(task.writes.begin(), task.writes.end(), [&](const TaskState::Write& write) {
    return write.object == op.object.value() && write.block >= first && write.block <= last;
  });
}

void GrappaEngine::ended(Thread& thread) {
  TaskState* const task = runtime_.task(thread.id());
  if (task != nullptr) {
    runtime_.free_worker(*task);
  }
}

// ---- what is a function call

MaybeDuration GrappaEngine::try_local(Thread& thread, Op& op) {
  if (is_reference(op.kind)) {
    op.borrow = BorrowId(0);
    return Duration();
  }
  TaskState& task = task_of(thread);
  if (!task.has_worker || must_drain(task, op)) {
    return std::nullopt;
  }
  switch (family_of(op.kind)) {
    case OpFamily::fence:
      return Duration();
    case OpFamily::lifetime:
      return std::nullopt;
    case OpFamily::lock:
    case OpFamily::unlock:
      return try_lock_here(task, op);
    case OpFamily::word:
      return try_word_here(task, op);
    case OpFamily::data:
    case OpFamily::atomic:
      return try_data(task, op);
    case OpFamily::reference:  // see above
    case OpFamily::file:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

MaybeDuration GrappaEngine::try_data(TaskState& task, Op& op) {
  check(op);
  const Part part = part_at(op, op.offset);
  if (runtime_.memory().home(op.object, part.block) != task.core ||
      part.offset + part.length < end_of(op) - runtime_.layout().block() * part.block) {
    return std::nullopt;
  }
  op.result = run_here(task, op, part);
  return options_.costs.call + runtime_.touch(part.length);
}

std::uint64_t GrappaEngine::run_here(const TaskState&, const Op& op, const Part& part) {
  grappa::Memory& memory = runtime_.memory();
  ++runtime_.counters().delegates[index_of(op.kind)];
  ++runtime_.counters().short_circuits[index_of(op.kind)];
  if (is_atomic(op.kind)) {
    return memory.atomic(op.kind, op.object, op.offset, op.operand, op.expected);
  }
  return op.kind == OpKind::read
             ? memory.read(op.object, part.block, part.offset, part.length, op.operand)
             : memory.write(op.object, part.block, part.offset, part.length, op.operand);
}

/// Whoever is parked and would test again needs more than this call.
MaybeDuration GrappaEngine::try_word_here(TaskState& task, Op& op) {
  check(op);
  grappa::Memory& memory = runtime_.memory();
  if (home_of(op) != task.core || memory.bit(op.object, op.offset).parked != grappa::kNone) {
    return std::nullopt;
  }
  std::uint64_t value = op.operand;
  if (!runtime_.use_word(task.thread->id(), grappa::kind_of(op.kind), op.object, op.offset,
                         value)) {
    return std::nullopt;
  }
  op.result = reads_word(op.kind) ? value : 0;
  ++runtime_.counters().delegates[index_of(op.kind)];
  ++runtime_.counters().short_circuits[index_of(op.kind)];
  return options_.costs.call + runtime_.touch(Bytes(8));
}

MaybeDuration GrappaEngine::try_lock_here(TaskState& task, Op& op) {
  check(op);
  if (op.kind == OpKind::unlock) {
    const Mutex* const mutex = runtime_.memory().find_mutex(op.object);
    if (mutex == nullptr || !mutex->holds(task.thread->id())) {
      refuse(op, "the thread does not hold the lock");
    }
  }
  if (runtime_.memory().home(op.object, 0) != task.core) {
    return std::nullopt;
  }
  Mutex& mutex = runtime_.memory().mutex(op.object);
  if (op.kind == OpKind::unlock) {
    if (mutex.parked != grappa::kNone) {
      return std::nullopt;
    }
    mutex.give_back(task.thread->id());
  } else {
    const bool admitted = mutex.admits(is_shared(op.kind));
    if (!admitted && !tries(op.kind)) {
      return std::nullopt;
    }
    if (admitted) {
      mutex.take(task.thread->id(), is_shared(op.kind));
    }
    op.result = admitted ? 1 : 0;
  }
  ++runtime_.counters().delegates[index_of(op.kind)];
  ++runtime_.counters().short_circuits[index_of(op.kind)];
  return options_.costs.call + runtime_.touch(Bytes(8));
}

}  // namespace dsmsim
