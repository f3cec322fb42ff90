#pragma once
// Who waits for one thing, in order of arrival; all of them are woken together, and look again.
//
// Unlike a Gate, it can say who they are: that is state that decides what the engine does next.

#include <coroutine>
#include <cstdint>

#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim::kona {

class Waiters {
 public:
  bool empty() const { return head_ == nullptr; }
  /// Awaitable. `who` tells apart those that wait for the same thing.
  auto wait(std::uint64_t who) { return Awaiter{*this, who}; }
  void wake(EventQueue& queue) {
    for (Awaiter* waiter = head_; waiter != nullptr; waiter = waiter->next) {
      queue.wake(waiter->handle);
    }
    head_ = tail_ = nullptr;
  }
  void fingerprint(Fingerprint& into) const {
    for (const Awaiter* waiter = head_; waiter != nullptr; waiter = waiter->next) {
      into.add(waiter->who + 1);
    }
    into.add(0);
  }

 private:
  struct Awaiter {
    Waiters& list;
    std::uint64_t who;
    std::coroutine_handle<> handle = {};
    Awaiter* next = nullptr;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      handle = h;
      (list.head_ == nullptr ? list.head_ : list.tail_->next) = this;
      list.tail_ = this;
    }
    void await_resume() const {}
  };
  Awaiter* head_ = nullptr;
  Awaiter* tail_ = nullptr;
};

}  // namespace dsmsim::kona
