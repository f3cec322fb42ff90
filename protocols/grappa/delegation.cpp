#include "protocols/grappa/delegation.hpp"

namespace dsmsim::grappa {
namespace {

/// Who has the allocator.
constexpr CoreId kAllocator(0);

}  // namespace

void Delegation::issue(TaskState& task, const Op& op) {
  task.value = 0;
  task.left = 0;
  switch (family_of(op.kind)) {
    case OpFamily::data:
    case OpFamily::atomic:
    case OpFamily::word:
    case OpFamily::call:
      return issue_data(task, op);
    case OpFamily::lock:
    case OpFamily::unlock:
      return issue_lock(task, op);
    case OpFamily::lifetime:
      return issue_to_allocator(task, op);
    case OpFamily::fence:  // the rest is done at once, or by others
    case OpFamily::reference:
    case OpFamily::file:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

// ---- on data

std::uint32_t Delegation::messages_of(const TaskState& task, const Op& op) const {
  std::uint32_t messages = 0;
  const Bytes end = end_of(op);
  for (Bytes at = op.offset; at < end;) {
    const Part part = part_at(memory_, op, at);
    messages += memory_.home(op.object, part.block) != task.core ? 1 : 0;
    at = memory_.start_of(part.block + 1);
  }
  return messages;
}

void Delegation::issue_data(TaskState& task, const Op& op) {
  const Bytes end = end_of(op);
  Part part = part_at(memory_, op, op.offset);
  const bool alone = is_whole(memory_, op, part);
  task.enrolled = 0;
  for (Bytes at = op.offset; at < end; at = memory_.start_of(part.block + 1)) {
    part = part_at(memory_, op, at);
    if (memory_.home(op.object, part.block) == task.core) {
      own_core_.use(task, op, part);
      continue;
    }
    if (is_asynchronous(op)) {
      task.writes.push_back({static_cast<std::uint32_t>(op.object.value()), part.block});
    } else {
      ++task.left;
    }
    issue_part(task, op, part, alone);
  }
}

void Delegation::issue_part(TaskState& task, const Op& op, const Part& part, bool alone) {
  CoreId home = memory_.home(op.object, part.block);
  if (home.value() + 1 == system_.layout.cores() && system_.mutated("grappa.wrong_home")) {
    home = CoreId(0);
  }
  miss(task, home, cause_of(op), part.length);
  const std::uint32_t index = tasks_.make(task, kind_of(op.kind), home);
  Message& message = system_.messages[index];
  message.asynchronous = is_asynchronous(op);
  message.charged = alone && !message.asynchronous;
  message.object = static_cast<std::uint32_t>(op.object.value());
  message.block = part.block;
  message.offset = static_cast<std::uint32_t>(part.offset.count());
  message.length = static_cast<std::uint32_t>(part.length.count());
  message.operand = op.operand();
  message.expected = is_call(op.kind) ? static_cast<std::uint64_t>(op.work().ps()) : op.expected();
  const Time made = outbox_.send(index);
  if (alone) {
    task.thread->tally().charge(Category::cpu, made);
  }
}

/// So many bytes of the task's operation are at that core; missing, if it is of another server.
void Delegation::miss(const TaskState& task, CoreId home, Cause cause, Bytes bytes) const {
  if (system_.layout.server(home) != system_.layout.server(task.core)) {
    system_.fabric->ledger().traffic().missed(cause, bytes);
  }
}

// ---- on locks, and on the allocator

void Delegation::issue_lock(TaskState& task, const Op& op) {
  const CoreId home = memory_.home(op.object, 0);
  if (home != task.core) {
    send_whole(task, op, home);
  } else if (op.kind == OpKind::unlock) {
    own_core_.unlock(task, op);
  } else {
    own_core_.wait_for_lock(task, op);
  }
}

void Delegation::issue_to_allocator(TaskState& task, const Op& op) {
  if (op.kind == OpKind::release) {
    check(memory_, op, system_.now());
  }
  if (task.core == kAllocator) {
    own_core_.use_allocator(task, op);
  } else {
    send_whole(task, op, kAllocator);
  }
}

void Delegation::send_whole(TaskState& task, const Op& op, CoreId home) {
  task.left = 1;
  const std::uint32_t index = tasks_.make(task, kind_of(op.kind), home);
  Message& message = system_.messages[index];
  message.object = static_cast<std::uint32_t>(op.object.value());
  message.operand = op.operand();
  message.expected = op.length.count();
  message.charged = true;
  task.thread->tally().charge(Category::cpu, outbox_.send(index));
}

}  // namespace dsmsim::grappa
