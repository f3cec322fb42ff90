#pragma once
// A word with a full/empty bit: reads wait until it is full, writes until it is empty (Nelson et
// al., Grappa, USENIX ATC'15, section 3.1.3; uwsampa/grappa system/FullEmptyLocal.hpp).
//
//   read_ff   waits for full, leaves it full           write_ef  waits for empty, fills
//   read_fe   waits for full, empties: one reader      write_xf  fills, whatever it was
//
// After each change everybody who waits looks again, in the order of waiting, so exactly one
// read_fe has each value of a write_ef. The word belongs to one core and is only used there. A
// delegate's caller waits for its reply in one (DelegateBase.hpp:81-165).

#include <coroutine>
#include <utility>

#include "sim/time/event_queue.hpp"

namespace dsmsim::grappa {

template <class T>
class FullEmpty {
  enum class Wish : unsigned char { read_ff, read_fe, write_ef };
  struct Waiter {
    FullEmpty& word;
    Wish wish;
    T value;
    std::coroutine_handle<> handle = {};
    Waiter* next = nullptr;

    bool await_ready() {
      if (!word.grant(*this)) {
        return false;
      }
      word.look_again(word.queue_->now());
      return true;
    }
    void await_suspend(std::coroutine_handle<> waiting) {
      handle = waiting;
      Waiter** last = &word.waiting_;
      while (*last != nullptr) {
        last = &(*last)->next;
      }
      *last = this;
    }
    T await_resume() { return std::move(value); }
  };

 public:
  explicit FullEmpty(EventQueue& queue) : queue_(&queue) {}
  bool full() const { return full_; }
  bool awaited() const { return waiting_ != nullptr; }

  // Awaitable; reads give the value.
  auto read_ff() { return Waiter{*this, Wish::read_ff, T{}}; }
  auto read_fe() { return Waiter{*this, Wish::read_fe, T{}}; }
  auto write_ef(T value) { return Waiter{*this, Wish::write_ef, std::move(value)}; }
  /// Whoever goes on because of it does so at `at`, not before now.
  void write_xf(T value, Time at) {
    value_ = std::move(value);
    full_ = true;
    look_again(at);
  }

 private:
  /// Does what the waiter wants, if the bit allows it.
  bool grant(Waiter& waiter) {
    if (full_ == (waiter.wish == Wish::write_ef)) {
      return false;
    }
    if (waiter.wish == Wish::write_ef) {
      value_ = waiter.value;
    } else {
      waiter.value = value_;
    }
    full_ = waiter.wish != Wish::read_fe;
    return true;
  }
  void look_again(Time at) {
    for (Waiter** link = &waiting_; *link != nullptr;) {
      Waiter& waiter = **link;
      const bool before = full_;
      if (!grant(waiter)) {
        link = &waiter.next;
        continue;
      }
      *link = waiter.next;
      queue_->schedule(at, waiter.handle);
      if (full_ != before) {
        link = &waiting_;  // a change: those before it look again too
      }
    }
  }

  EventQueue* queue_;
  Waiter* waiting_ = nullptr;
  T value_{};
  bool full_ = false;
};

}  // namespace dsmsim::grappa
