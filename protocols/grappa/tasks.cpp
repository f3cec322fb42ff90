#include "protocols/grappa/tasks.hpp"

#include <algorithm>
#include <utility>

namespace dsmsim::grappa {

Tasks::Tasks(System& system, Cores& cores, Outbox& outbox)
    : system_(system), cores_(cores), outbox_(outbox), next_place_(system.layout.servers()) {}

// ---- tasks and their workers

/// Tasks go round the cores of their server in the order in which they are first seen.
TaskState& Tasks::first_seen(Thread& thread) {
  if (tasks_.size() <= thread.id().index()) {
    tasks_.resize(thread.id().index() + 1);
  }
  std::uint32_t& place = next_place_[thread.node().index()];
  Core& on = cores_[system_.layout.core(thread.node(), place)];
  place = (place + 1) % system_.layout.cores_per_server();
  tasks_[thread.id().index()] = std::make_unique<TaskState>(system_.queue);
  TaskState& task = *tasks_[thread.id().index()];
  task.thread = &thread;
  task.core = on.id;
  task.has_worker = on.workers > 0;
  on.workers -= task.has_worker ? 1 : 0;
  return task;
}

/// The newest of those that wait goes first (PRIVATEQ_LIFO, system/tasks/Task.hpp:41).
void Tasks::end(const TaskState& task) {
  Core& core = cores_[task.core];
  if (core.starting.empty() || system_.mutated("grappa.keep_worker")) {
    ++core.workers;
    return;
  }
  TaskState& next = *core.starting.back();
  core.starting.pop_back();
  next.has_worker = true;
  system_.queue.schedule(cores_.occupy(core, system_.options.costs.context_switch),
                         std::exchange(next.starting, nullptr));
}

// ---- messages and answers

void charge(Tally& tally, const Way& way) {
  if (way.packed) {
    tally.charge(Category::handler_queue, way.flushed);
    tally.charge(Category::handler, way.posted);
    tally.charge(Category::nic_queue, way.sent);
    tally.charge(Category::wire, way.arrived);
  }
  tally.charge(Category::handler_queue, way.begun);
  tally.charge(Category::handler, way.ended);
}

std::uint32_t Tasks::make(const TaskState& task, Kind kind, CoreId home) {
  const std::uint32_t index = system_.messages.take();
  system_.messages[index] = {.kind = kind,
                             .from = static_cast<std::uint16_t>(task.core.value()),
                             .to = static_cast<std::uint16_t>(home.value()),
                             .thread = task.thread->id().value()};
  return index;
}

void Tasks::reply(std::uint32_t index, std::uint64_t value) {
  Message& message = system_.messages[index];
  message.reply = true;
  message.operand = value;
  if (message.from == message.to && message.kind != Kind::start) {  // parked at its own core
    settle(index, {});
    return;
  }
  std::swap(message.from, message.to);
  message.request.ended = outbox_.send(index);
}

void Tasks::settle(std::uint32_t index, const Way& way) {
  const Message& message = system_.messages[index];
  TaskState& task = of(message);
  if (message.charged) {
    charge(task.thread->tally(), message.request);
    charge(task.thread->tally(), way);
  }
  task.value = std::max(task.value, message.operand);
  if (--task.left == 0) {
    answered_.push_back(&task);
  }
  system_.messages.give_back(index);
}

void Tasks::end_write(const Message& message) {
  TaskState& task = of(message);
  const auto ended = std::find(task.writes.begin(), task.writes.end(),
                               TaskState::Write{message.object, message.block});
  *ended = task.writes.back();
  task.writes.pop_back();
  if (system_.options.completion == GrappaCompletion::task && task.writes.empty() &&
      task.draining) {
    answered_.push_back(&task);
  }
}

void Tasks::answer(std::vector<TaskState*>& waiting) {
  answered_.insert(answered_.end(), waiting.begin(), waiting.end());
  waiting.clear();
}

void Tasks::wake_answered(Core& core) {
  for (TaskState* const task : answered_) {
    const Time at = cores_.occupy(core, system_.options.costs.context_switch);
    if (task->draining) {
      system_.queue.schedule(at, std::exchange(task->draining, nullptr));
    } else {
      task->reply.write_xf(task->value, at);
    }
  }
  answered_.clear();
}

}  // namespace dsmsim::grappa
