#pragma once
// How coroutines of one simulation wait for each other: Gate, FifoLock, Semaphore, Mailbox,
// when_all, and FifoServer for things that serve one customer after another. All are first come,
// first served; waiting allocates nothing (the waiter is a link in its own coroutine frame);
// whoever is woken runs after everything that is already due at the present time. A waiting
// coroutine must not be destroyed while its primitive lives on, other than by
// Simulation::abandon().

#include <algorithm>
#include <coroutine>
#include <deque>
#include <optional>
#include <vector>

#include "sim/base/expects.hpp"
#include "sim/time/simulation.hpp"

namespace dsmsim {

/// An intrusive FIFO of suspended coroutines.
class WaitList {
 public:
  struct Waiter {
    std::coroutine_handle<> handle;
    Waiter* next = nullptr;
  };
  bool empty() const { return head_ == nullptr; }
  void push(Waiter& w) {
    (head_ == nullptr ? head_ : tail_->next) = &w;
    tail_ = &w;
  }
  Waiter& pop() {
    Waiter& w = *head_;
    head_ = w.next;
    return w;
  }

 private:
  Waiter* head_ = nullptr;
  Waiter* tail_ = nullptr;
};

/// Closed until open() is called; then everybody passes. close() shuts it again.
class Gate {
 public:
  explicit Gate(EventQueue& queue) : queue_(&queue) {}
  bool is_open() const { return open_; }
  void open() {
    open_ = true;
    while (!waiting_.empty()) {
      queue_->wake(waiting_.pop().handle);
    }
  }
  void close() { open_ = false; }
  auto wait() {
    struct Awaiter : WaitList::Waiter {
      Gate* gate;
      explicit Awaiter(Gate* g) : gate(g) {}
      bool await_ready() const { return gate->open_; }
      void await_suspend(std::coroutine_handle<> h) {
        handle = h;
        gate->waiting_.push(*this);
      }
      void await_resume() const {}
    };
    return Awaiter{this};
  }

 private:
  EventQueue* queue_;
  WaitList waiting_;
  bool open_ = false;
};

/// Counting semaphore: acquire() takes one unit, in order of arrival.
class Semaphore {
 public:
  Semaphore(EventQueue& queue, std::size_t units) : queue_(&queue), units_(units) {}
  std::size_t available() const { return units_; }
  bool contended() const { return !waiting_.empty(); }
  bool try_acquire() {
    if (units_ == 0) {
      return false;
    }
    --units_;
    return true;
  }
  auto acquire() {
    struct Awaiter : WaitList::Waiter {
      Semaphore* semaphore;
      explicit Awaiter(Semaphore* s) : semaphore(s) {}
      bool await_ready() const { return semaphore->try_acquire(); }
      void await_suspend(std::coroutine_handle<> h) {
        handle = h;
        semaphore->waiting_.push(*this);
      }
      void await_resume() const {}
    };
    return Awaiter{this};
  }
  /// Hands the unit to the first who waits, if anybody does.
  void release() {
    if (waiting_.empty()) {
      ++units_;
    } else {
      queue_->wake(waiting_.pop().handle);
    }
  }

 private:
  EventQueue* queue_;
  WaitList waiting_;
  std::size_t units_;
};

/// Mutual exclusion, first come, first served.
class FifoLock {
 public:
  explicit FifoLock(EventQueue& queue) : semaphore_(queue, 1) {}
  bool locked() const { return semaphore_.available() == 0; }
  bool contended() const { return semaphore_.contended(); }
  bool try_lock() { return semaphore_.try_acquire(); }
  auto lock() { return semaphore_.acquire(); }
  void unlock() { semaphore_.release(); }

 private:
  Semaphore semaphore_;
};

/// Values handed from coroutine to coroutine: the first put() goes to the first receive(), and so
/// on.
template <class T>
class Mailbox {
 public:
  explicit Mailbox(EventQueue& queue) : queue_(&queue) {}
  /// Values that nobody has asked for yet.
  std::size_t size() const { return values_.size(); }
  void put(T value) {
    if (waiting_.empty()) {
      values_.push_back(std::move(value));
      return;
    }
    auto& receiver = static_cast<Receive&>(waiting_.pop());
    receiver.value.emplace(std::move(value));
    queue_->wake(receiver.handle);
  }
  /// The first value, or null.
  const T* first() const { return values_.empty() ? nullptr : &values_.front(); }
  /// The first value, if there is one: nobody waits then.
  std::optional<T> try_receive() {
    std::optional<T> value;
    if (!values_.empty()) {
      value.emplace(std::move(values_.front()));
      values_.pop_front();
    }
    return value;
  }
  /// Awaitable; gives a T.
  auto receive() { return Receive(*this); }

 private:
  struct Receive : WaitList::Waiter {
    Mailbox& mailbox;
    std::optional<T> value;
    explicit Receive(Mailbox& m) : mailbox(m) {}
    bool await_ready() {
      value = mailbox.try_receive();
      return value.has_value();
    }
    void await_suspend(std::coroutine_handle<> h) {
      handle = h;
      mailbox.waiting_.push(*this);
    }
    T await_resume() { return std::move(*value); }
  };

  EventQueue* queue_;
  WaitList waiting_;
  std::deque<T> values_;
};

/// Something that serves one customer at a time in order of arrival and never idles while somebody
/// waits, kept as the time at which it is next free.
struct FifoServer {
  Time free_at;
#ifdef DSMSIM_CONTRACTS
  Time last_arrival;
#endif
  /// Start of a service asked for at `arrival`; the server is busy for `service` from then on.
  /// Arrivals must not go back in time.
  Time reserve(Time arrival, Duration service) {
#ifdef DSMSIM_CONTRACTS
    expects(last_arrival <= arrival, "arrivals at a server do not go back in time");
    last_arrival = arrival;
#endif
    return reserve_in_turn(arrival, service);
  }
  /// The same where customers are served in the order of their asking, as work that is booked ahead
  /// of the clock is: one that comes before its predecessor waits for it.
  Time reserve_in_turn(Time arrival, Duration service) {
    const Time start = std::max(arrival, free_at);
    free_at = start + service;
    return start;
  }
};

/// Runs all tasks side by side and ends when the last has ended. The first exception (in order of
/// the list) is thrown.
Task<> when_all(Simulation& simulation, std::vector<Task<>> tasks);

}  // namespace dsmsim
