#pragma once
// The clock and the events of one simulation.
//
// An event is a function pointer and its argument, due at a time; events of equal time run in the
// order in which they were scheduled, so a run is a function of its configuration and seed alone.
// Nothing is allocated for an event once the queue has grown to its working size.
//
// The clock ends at Time::never(), after 106.75 days. Durations stop there instead of wrapping
// (units.hpp), and an event for then ends the run: Error(ExitCode::limit) leaves whoever schedules
// it, and run() even if somebody has caught it.
//
// Who may do what: anybody may schedule at now() or later. Code that wants to wake somebody
// schedules them; it does not call them in the middle of its own work, because whoever runs may
// advance the clock (try_advance).
//
// Layout: a 4-ary heap of 16-byte keys {time, sequence:40 | slot:24} over a slab of {function,
// argument}. The four children of a node share a cache line, and moving a key does not move its
// payload.

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "sim/base/expects.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// Another clock that must stay in step (the SimGrid flows of sim/fabric/flow.hpp).
class Companion {
 public:
  virtual ~Companion() = default;
  /// Whether it has anything under way. While it has not, the queue runs ahead freely.
  virtual bool active() const = 0;
  /// Moves forward to at most `limit` (Time::never(): to whatever comes first). Returns true if
  /// something of its own happened at or before `limit`, in which case it stopped there and may
  /// have scheduled events; false if nothing did.
  virtual bool advance_to(Time limit) = 0;
};

class EventQueue {
 public:
  using Function = void (*)(void*);

  EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  Time now() const { return now_; }

  /// `at` must not lie before now(): that is a logic error.
  void schedule(Time at, Function function, void* argument) {
    if (at < now_ || at == Time::never()) [[unlikely]] {
      refuse(at);
    }
    const std::uint64_t slot = take_slot(function, argument);
    push(make_key(at, (sequence_++ << kSlotBits) | slot));
  }
  void schedule(Time at, std::coroutine_handle<> handle) {
    schedule(at, &resume, handle.address());
  }
  /// Wakes `handle` at the present time, after everything that is already due now.
  void wake(std::coroutine_handle<> handle) { schedule(now_, handle); }

  /// Moves the clock to now() + delay at once if no event is due by then and returns true; else
  /// returns false and the caller must schedule itself. Both ways give the same simulation and the
  /// same count of events (tests switch this off to show it); no delay is no event, a negative one
  /// a logic error. Only the code at the top of the present event may call it: nothing may go on
  /// working at the old time afterwards.
  bool try_advance(Duration delay) {
    const Time then = now_ + delay;
    if (then <= now_) {
      return then == now_ ? stay() : refuse(then);
    }
    if (next() <= then || companion_busy() || processed_ >= shortcuts_until_) {
      return false;
    }
    now_ = then;
    ++processed_;
    return true;
  }

  /// How far the code at the top of the present event may move the clock: to before `until`, in at
  /// most so many delays. For who passes many delays at once, where try_advance passes one.
  struct Window {
    Time until;
    std::uint64_t events;
  };
  Window window() const {
    const bool open = shortcuts_ && !stopped_ && !companion_busy() && processed_ < monitor_due_;
    return open ? Window{next(), monitor_due_ - processed_} : Window{now_, 0};
  }
  /// Within window().
  void advance(Time then, std::uint64_t events) {
    expects(now_ <= then && (then == now_ || then < next()), "the clock moves within its window");
    now_ = then;
    processed_ += events;
  }

  /// Awaitable: resume after `delay`. A zero delay does not yield, but the last of so many in a row
  /// (set_most_stays) does: who tries again and again in no time must let the others go on.
  auto delay(Duration delay) {
    struct Awaiter {
      EventQueue& queue;
      Duration duration;
      bool await_ready() const { return queue.try_advance(duration); }
      void await_suspend(std::coroutine_handle<> h) const { queue.wait(duration, h); }
      void await_resume() const {}
    };
    return Awaiter{*this, delay};
  }
  auto until(Time at) { return delay(at > now_ ? at - now_ : Duration{}); }

  /// Runs events until none is left, stop() is called, the monitor returns false, or the clock
  /// ends.
  void run();
  /// Runs what is due at `time`, not before now(), and what that makes due then; nothing later, and
  /// no more than `most` events: what is left stays pending.
  void run_due(Time time, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  /// When the next event is due; never() if there is none.
  Time next() const { return size_ == 0 ? Time::never() : time_of(keys_[kRoot]); }
  /// Runs the `which`-th of the pending events, by time, at the present time: for those who explore
  /// orders, to whom a time to come is any time.
  void run_early(std::size_t which);
  /// Ends run() after the present event. Another run() goes on where this one ended.
  void stop() {
    stopped_ = true;
    shortcuts_until_ = 0;
  }
  /// Forgets every event that is still pending. Not within run().
  void clear();

  /// Events run so far; a shortcut counts as the event that it spared.
  std::uint64_t processed() const { return processed_; }
  std::size_t pending() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// At most one; must outlive the queue's last run().
  void attach(Companion* companion) { companion_ = companion; }
  /// Called every 16,384 events or so (progress, limits, interrupts), however many of them are
  /// shortcuts; returning false ends run(), and what it throws leaves run().
  void set_monitor(std::function<bool()> monitor);
  /// Off: every delay is an event (slower; for tests).
  void set_shortcuts(bool on);
  /// Delays of no time in a row, with no event between them, before the next is an event after
  /// `pause`: in a run none, for those who explore orders one that makes it a matter of choice.
  void set_most_stays(std::uint32_t most, Duration pause) {
    most_stays_ = most;
    pause_ = pause;
  }

 private:
  static constexpr int kSlotBits = 24;  // 16 M pending events; sequence has 40 bits: 10^12 events
  static constexpr std::size_t kRoot = 3;  // so that the children of a node start on a cache line

  // One number, so that two keys compare without a branch: time above, order below. Times are not
  // negative.
  __extension__ using Key = unsigned __int128;
  static Key make_key(Time time, std::uint64_t order) {
    return (static_cast<Key>(time.ps()) << 64) | order;
  }
  static Time time_of(Key key) {
    return Time::at(Duration::picoseconds(static_cast<std::int64_t>(key >> 64)));
  }
  struct Payload {
    Function function;
    void* argument;
  };
  template <class T>
  struct CacheLineAllocator {
    using value_type = T;
    CacheLineAllocator() = default;
    template <class U>
    CacheLineAllocator(const CacheLineAllocator<U>&) {}
    T* allocate(std::size_t n) {
      return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
    }
    void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
    bool operator==(const CacheLineAllocator&) const { return true; }
  };

  static void resume(void* address) { std::coroutine_handle<>::from_address(address).resume(); }
  void wait(Duration duration, std::coroutine_handle<> handle) {
    const Time at = now_ + std::max(duration, pause_);
    if (at == Time::never()) [[unlikely]] {
      end_clock("a wait of " + to_string(duration) + " began");
    }
    schedule(at, handle);
  }
  bool stay() {
    if (stayed_at_ != processed_) {
      stayed_at_ = processed_;
      stays_ = 0;
    }
    return ++stays_ < most_stays_ || let_others_in();
  }
  bool let_others_in();                            // always false
  bool refuse(Time at);                            // always throws
  [[noreturn]] void end_clock(std::string event);  // what was scheduled, and when
  void check_clock() const;
  void allow_shortcuts();
  bool companion_busy() const { return companion_ != nullptr && companion_->active(); }
  std::uint64_t take_slot(Function function, void* argument) {
    if (free_.empty()) {
      grow();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    payloads_[slot] = {function, argument};
    return slot;
  }
  void push(Key key);
  void rise(std::size_t i, Key key);
  Key pop();
  void grow();
  void run_one();
  void run_payload(Key key);
  bool step_companion();

  std::vector<Key, CacheLineAllocator<Key>> keys_;
  std::size_t size_ = 0;
  std::vector<Payload> payloads_;
  std::vector<std::uint32_t> free_;
  std::uint64_t sequence_ = 0;
  std::uint64_t processed_ = 0;
  std::uint64_t monitor_due_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t shortcuts_until_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t stayed_at_ = 0;  ///< events processed at the last delay of no time
  std::uint32_t stays_ = 0;      ///< such delays since then
  std::uint32_t most_stays_ = 1 << 16;
  Duration pause_;  ///< no longer than any other delay
  Time now_;
  Companion* companion_ = nullptr;
  std::function<bool()> monitor_;
  bool shortcuts_ = true;
  bool stopped_ = false;
  std::string clock_end_;  ///< why the clock has ended; empty: it has not
};

}  // namespace dsmsim
