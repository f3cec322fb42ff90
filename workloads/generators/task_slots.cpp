#include "workloads/generators/task_slots.hpp"

namespace dsmsim {

Task<std::size_t> TaskSlots::take(Thread& thread, std::size_t from) {
  const std::size_t slot = first_free(from);
  if (slot < slots_.size()) {
    slots_[slot] = Slot::taken;
    co_return slot;
  }
  Waiter waiter(world_.simulation().queue());
  waiting_.push_back(&waiter);
  co_await thread.barrier(waiter.call);
  co_return waiter.slot;
}

std::size_t TaskSlots::first_free(std::size_t from) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const std::size_t slot = (from + i) % slots_.size();
    if (slots_[slot] == Slot::free) {
      return slot;
    }
  }
  return slots_.size();
}

void TaskSlots::give_back(std::size_t slot) {
  if (slots_[slot] == Slot::retired) {
    return;
  }
  if (waiting_.empty()) {
    slots_[slot] = Slot::free;
    return;
  }
  const auto next = waiting_.begin() + static_cast<std::ptrdiff_t>(random_.below(waiting_.size()));
  Waiter& waiter = **next;
  waiting_.erase(next);
  waiter.slot = slot;
  waiter.call.withdraw();
}

void TaskSlots::end(std::size_t slot, const Thread& task) {
  ended_.insert(task.id());
  wake(task.id());
  give_back(slot);
}

void TaskSlots::wake(ThreadId task) {
  const auto joiner = joining_.find(task);
  if (joiner != joining_.end()) {
    joiner->second->withdraw();
    joining_.erase(joiner);
  }
}

Task<> TaskSlots::finish(Thread& parent, const Started& task, std::function<Task<>()> again) {
  for (;;) {
    const bool well = co_await join(parent, task.thread);
    if (well) {
      co_return;
    }
    slots_[task.slot] = Slot::retired;
    co_await again();
  }
}

Task<bool> TaskSlots::join(Thread& parent, ThreadId task) {
  if (ended_.erase(task) == 0 && !world_.knows_lost(task)) {
    Barrier call(world_.simulation().queue(), 2);
    joining_[task] = &call;
    co_await parent.barrier(call);
    ended_.erase(task);
  }
  co_return co_await parent.join(task);
}

}  // namespace dsmsim
