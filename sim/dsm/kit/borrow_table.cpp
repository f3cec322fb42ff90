#include "sim/dsm/kit/borrow_table.hpp"

#include <utility>

namespace dsmsim {

void BorrowTable::enqueue(Awaiter& waiter) {
  Entry& entry = entries_[waiter.object.index()];
  if (entry.queue == kNoQueue) {
    entry.queue = queues_.take();
  }
  Queue& queue = queues_[entry.queue];
  (queue.head == nullptr ? queue.head : queue.tail->next) = &waiter;
  queue.tail = &waiter;
}

void BorrowTable::forget(const std::function<bool(ThreadId)>& lost) {
  for (Entry& entry : entries_) {
    if (entry.queue == kNoQueue) {
      continue;
    }
    Queue& queue = queues_[entry.queue];
    Awaiter* waiter = std::exchange(queue.head, nullptr);
    for (; waiter != nullptr; waiter = waiter->next) {
      if (!lost(waiter->thread)) {
        (queue.head == nullptr ? queue.head : queue.tail->next) = waiter;
        queue.tail = waiter;
      }
    }
    if (queue.head != nullptr) {
      queue.tail->next = nullptr;
    }
    admit_waiting(entry, [this](ThreadId, std::coroutine_handle<> next) { queue_.wake(next); });
  }
}

void BorrowTable::fingerprint(Fingerprint& into) const {
  for (const Entry& entry : entries_) {
    into.add(entry.holders);
    const Awaiter* waiter = entry.queue == kNoQueue ? nullptr : queues_[entry.queue].head;
    for (; waiter != nullptr; waiter = waiter->next) {
      into.add(waiter->thread.value());
      into.add(waiter->mode == BorrowMode::exclusive ? 1 : 0);
    }
    into.add(~std::uint64_t{0});
  }
}

void BorrowTable::for_each_wait(const std::function<void(ThreadId, ObjectId)>& tell) const {
  for (const Entry& entry : entries_) {
    if (entry.queue == kNoQueue) {
      continue;
    }
    for (const Awaiter* waiter = queues_[entry.queue].head; waiter != nullptr;
         waiter = waiter->next) {
      tell(waiter->thread, waiter->object);
    }
  }
}

}  // namespace dsmsim
