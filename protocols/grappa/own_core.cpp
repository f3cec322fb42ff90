#include "protocols/grappa/own_core.hpp"

#include <algorithm>

namespace dsmsim::grappa {

// ---- at once

MaybeDuration OwnCore::try_data(const TaskState& task, Op& op) {
  check(memory_, op, system_.now());
  const Part part = part_at(memory_, op, op.offset);
  if (memory_.home(op.object, part.block) != task.core || !is_whole(memory_, op, part)) {
    return std::nullopt;
  }
  op.result = run(op, part);
  const Duration work = is_call(op.kind) ? op.work() : Duration();
  return call_on(part.length) + work;
}

std::uint64_t OwnCore::run(const Op& op, const Part& part) {
  system_.counters.short_circuit(kind_of(op.kind));
  if (is_atomic(op.kind)) {
    return memory_.atomic(op.kind, op.object, op.offset, op.operand(), op.expected());
  }
  return cause_of(op) == Cause::read
             ? memory_.read(op.object, part.block, part.offset, part.length, op.operand())
             : memory_.write(op.object, part.block, part.offset, part.length, op.operand());
}

/// Whoever is parked and would test again needs more than this call.
MaybeDuration OwnCore::try_word(const TaskState& task, Op& op) {
  check(memory_, op, system_.now());
  if (memory_.home(op.object, memory_.block_of(op.offset)) != task.core ||
      memory_.bit(op.object, op.offset).parked != kNone) {
    return std::nullopt;
  }
  std::uint64_t value = op.operand();
  if (!home_.use_word(task.thread->id(), kind_of(op.kind), op.object, op.offset, value)) {
    return std::nullopt;
  }
  op.result = reads_word(op.kind) ? value : 0;
  system_.counters.short_circuit(kind_of(op.kind));
  return call_on(Bytes(8));
}

MaybeDuration OwnCore::try_lock(const TaskState& task, Op& op) {
  check(memory_, op, system_.now());
  const ThreadId thread = task.thread->id();
  if (op.kind == OpKind::unlock) {
    const Mutex* const mutex = memory_.find_mutex(op.object);
    if (mutex == nullptr || !mutex->holds(thread)) {
      refuse(op, system_.now(), "the thread does not hold the lock");
    }
  }
  if (memory_.home(op.object, 0) != task.core) {
    return std::nullopt;
  }
  Mutex& mutex = memory_.mutex(op.object);
  if (op.kind == OpKind::unlock) {
    if (mutex.parked != kNone) {
      return std::nullopt;
    }
    mutex.give_back(thread);
  } else {
    const bool admitted = mutex.admits(is_shared(op.kind));
    if (!admitted && !tries(op.kind)) {
      return std::nullopt;
    }
    if (admitted) {
      mutex.take(thread, is_shared(op.kind));
    }
    op.result = admitted ? 1 : 0;
  }
  system_.counters.short_circuit(kind_of(op.kind));
  return call_on(Bytes(8));
}

// ---- as parts of an operation

void OwnCore::use(TaskState& task, const Op& op, const Part& part) {
  if (is_word(op.kind)) {
    use_word(task, op, part);
    return;
  }
  task.value = std::max(task.value, run(op, part));
  cores_.occupy(cores_[task.core], call_on(part.length));
}

/// The bit is wrong, or others wait at the word.
void OwnCore::use_word(TaskState& task, const Op& op, const Part& part) {
  Core& core = cores_[task.core];
  cores_.occupy(core, call_on(part.length));
  std::uint64_t value = op.operand();
  const Kind kind = kind_of(op.kind);
  if (!home_.use_word(task.thread->id(), kind, op.object, op.offset, value)) {
    task.left = 1;
    home_.park_at_word(task, op, part.block, part.offset);
    return;
  }
  task.value = reads_word(kind) ? value : 0;
  system_.counters.short_circuit(kind);
  if (kind != Kind::read_ff) {
    home_.test_again(core, op.object, op.offset);
    tasks_.wake_answered(core);
  }
}

void OwnCore::unlock(const TaskState& task, const Op& op) {
  Core& core = cores_[task.core];
  cores_.occupy(core, call());
  home_.unlock(core, op.object, task.thread->id());
  tasks_.wake_answered(core);
}

void OwnCore::wait_for_lock(TaskState& task, const Op& op) {
  task.left = 1;
  cores_.occupy(cores_[task.core], call());
  home_.park(task, kind_of(op.kind), op.object);
}

void OwnCore::use_allocator(const TaskState& task, const Op& op) {
  cores_.occupy(cores_[task.core], call() + system_.options.costs.allocate);
  system_.counters.short_circuit(kind_of(op.kind));
  if (op.kind == OpKind::release) {
    memory_.release(op.object);
  } else {
    memory_.allocate(op.object, op.length, op.operand(),
                     system_.mutated("grappa.overlapping_allocation"));
  }
}

}  // namespace dsmsim::grappa
