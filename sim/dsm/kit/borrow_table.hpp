#pragma once
// First come, first served reader/writer exclusion per object: who may use an object now.
//
// Engines whose model forbids conflicting accesses (Rust: many readers or one writer) keep the
// borrows of all objects here and let those wait that the language would have rejected. Eight bytes
// an object; a queue exists only while somebody waits. A request waits when its mode conflicts with
// the holders or when anybody waits already, so no one is overtaken. Costs no simulated time. The
// table does not know who holds what: callers that want a deadlock explained do.

#include <coroutine>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim {

enum class BorrowMode : unsigned char { shared, exclusive };

class BorrowTable {
 public:
  explicit BorrowTable(EventQueue& queue) : queue_(queue) {}
  BorrowTable(const BorrowTable&) = delete;
  BorrowTable& operator=(const BorrowTable&) = delete;

  /// Objects below `count` exist, free at first.
  void grow(std::size_t count) {
    if (count > entries_.size()) {
      entries_.resize(count);
    }
  }

  /// Whether a request of this mode would be granted at once.
  bool admits(ObjectId object, BorrowMode mode) const {
    const Entry& entry = entries_[object.index()];
    return entry.queue == kNoQueue &&
           (mode == BorrowMode::shared ? entry.holders != kExclusive : entry.holders == 0);
  }
  bool try_acquire(ObjectId object, BorrowMode mode) {
    if (!admits(object, mode)) {
      return false;
    }
    grant(entries_[object.index()], mode);
    return true;
  }
  /// One more reader beside those that are there, past whoever waits: for a thread that holds the
  /// object shared already and would otherwise wait behind somebody who waits for it.
  void join(ObjectId object) { grant(entries_[object.index()], BorrowMode::shared); }
  /// Awaitable: resumes when the request is granted. `thread` is for the report of waits only.
  auto acquire(ObjectId object, BorrowMode mode, ThreadId thread) {
    return Awaiter{*this, object, mode, thread};
  }
  /// Ends one grant; wakes whoever may go on.
  void release(ObjectId object, BorrowMode mode) {
    release(object, mode,
            [this](ThreadId, std::coroutine_handle<> waiter) { queue_.wake(waiter); });
  }
  /// The same for a caller that wakes them itself, some other time: wake(thread, waiter), in order.
  template <class Wake>
  void release(ObjectId object, BorrowMode mode, Wake wake) {
    Entry& entry = entries_[object.index()];
    entry.holders = mode == BorrowMode::exclusive ? 0 : entry.holders - 1;
    admit_waiting(entry, wake);
  }

  /// These threads wait for nothing any more: they have been lost.
  void forget(const std::function<bool(ThreadId)>& lost);

  bool shared(ObjectId object) const {
    const std::uint32_t holders = entries_[object.index()].holders;
    return holders != 0 && holders != kExclusive;
  }
  bool exclusive(ObjectId object) const { return entries_[object.index()].holders == kExclusive; }
  /// Whether anybody waits for the object; if not, release() wakes nobody.
  bool contended(ObjectId object) const { return entries_[object.index()].queue != kNoQueue; }
  std::uint32_t readers(ObjectId object) const {
    return exclusive(object) ? 0 : entries_[object.index()].holders;
  }
  /// Every wait, by object and in order of arrival.
  void for_each_wait(const std::function<void(ThreadId, ObjectId)>& tell) const;
  /// Adds all grants and waits, which is everything.
  void fingerprint(Fingerprint& into) const;

 private:
  static constexpr std::uint32_t kExclusive = ~std::uint32_t{0};
  static constexpr std::uint32_t kNoQueue = kNoSlot;

  struct Entry {
    std::uint32_t holders = 0;  // readers, or kExclusive
    std::uint32_t queue = kNoQueue;
  };
  struct Awaiter {
    BorrowTable& table;
    ObjectId object;
    BorrowMode mode;
    ThreadId thread;
    std::coroutine_handle<> handle = {};
    Awaiter* next = nullptr;
    bool await_ready() const { return table.try_acquire(object, mode); }
    void await_suspend(std::coroutine_handle<> h) {
      handle = h;
      table.enqueue(*this);
    }
    void await_resume() const {}
  };
  struct Queue {
    Awaiter* head = nullptr;
    Awaiter* tail = nullptr;
  };

  static void grant(Entry& entry, BorrowMode mode) {
    entry.holders = mode == BorrowMode::exclusive ? kExclusive : entry.holders + 1;
  }
  void enqueue(Awaiter& waiter);
  /// Those who may go on, in order.
  template <class Wake>
  void admit_waiting(Entry& entry, Wake wake);

  EventQueue& queue_;
  std::vector<Entry> entries_;
  Slots<Queue> queues_;
};

template <class Wake>
void BorrowTable::admit_waiting(Entry& entry, Wake wake) {
  if (entry.queue == kNoQueue) {
    return;
  }
  Queue& queue = queues_[entry.queue];
  while (queue.head != nullptr &&
         (entry.holders == 0 ||
          (entry.holders != kExclusive && queue.head->mode == BorrowMode::shared))) {
    Awaiter& waiter = *queue.head;
    queue.head = waiter.next;
    grant(entry, waiter.mode);
    wake(waiter.thread, waiter.handle);
  }
  if (queue.head == nullptr) {
    queues_.give_back(entry.queue);
    entry.queue = kNoQueue;
  }
}

}  // namespace dsmsim
