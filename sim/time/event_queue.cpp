#include "sim/time/event_queue.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {
constexpr std::uint64_t kShortcutsInARow = 64;
constexpr std::uint64_t kMonitorPeriod = 1 << 14;
}  // namespace

EventQueue::EventQueue() { grow(); }

void EventQueue::grow() {
  const std::size_t old = payloads_.size();
  const std::size_t bigger = old == 0 ? 64 : old * 2;
  if (bigger > (std::size_t{1} << kSlotBits)) {
    throw Error(ExitCode::limit, "more than 16 million events pending at once");
  }
  payloads_.resize(bigger);
  keys_.resize(bigger + kRoot + 1);
  free_.reserve(bigger);
  for (std::size_t slot = bigger; slot-- > old;) {
    free_.push_back(static_cast<std::uint32_t>(slot));
  }
}

// Node i (counted from kRoot) has its children at 4 * (i - kRoot) + kRoot + 1: with kRoot = 3 that
// is a multiple of 4.
void EventQueue::push(Key key) { rise(kRoot + size_++, key); }

void EventQueue::rise(std::size_t i, Key key) {
  Key* const keys = keys_.data();
  while (i > kRoot) {
    const std::size_t parent = (i - kRoot - 1) / 4 + kRoot;
    if (!(key < keys[parent])) {
      break;
    }
    keys[i] = keys[parent];
    i = parent;
  }
  keys[i] = key;
}

// The hole left by the top sinks to a leaf along the least children, then the last key rises from
// there: it came from the bottom and mostly stays there, so this compares less than sinking the
// last key from the top.
EventQueue::Key EventQueue::pop() {
  Key* const keys = keys_.data();
  const Key top = keys[kRoot];
  const std::size_t end = kRoot + --size_;
  std::size_t i = kRoot;
  for (;;) {
    const std::size_t first = (i - kRoot) * 4 + kRoot + 1;
    if (first + 4 > end) {
      break;
    }
    const std::size_t left = first + static_cast<std::size_t>(keys[first + 1] < keys[first]);
    const std::size_t right =
        first + 2 + static_cast<std::size_t>(keys[first + 3] < keys[first + 2]);
    const std::size_t least =
        left + (right - left) * static_cast<std::size_t>(keys[right] < keys[left]);
    keys[i] = keys[least];
    i = least;
  }
  if (const std::size_t first = (i - kRoot) * 4 + kRoot + 1; first < end) {
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      least = keys[child] < keys[least] ? child : least;
    }
    keys[i] = keys[least];
    i = least;
  }
  rise(i, keys[end]);
  return top;
}

void EventQueue::run_one() {
  const Key key = pop();
  now_ = time_of(key);
  run_payload(key);
}

void EventQueue::run_payload(Key key) {
  const auto slot = static_cast<std::uint32_t>(key) & ((1U << kSlotBits) - 1);
  const Payload payload = payloads_[slot];
  free_.push_back(slot);
  ++processed_;
  allow_shortcuts();
  payload.function(payload.argument);
}

bool EventQueue::step_companion() { return companion_->advance_to(next()); }

void EventQueue::set_monitor(std::function<bool()> monitor) {
  monitor_ = std::move(monitor);
  monitor_due_ = monitor_ ? processed_ + kMonitorPeriod : std::numeric_limits<std::uint64_t>::max();
  allow_shortcuts();
}

void EventQueue::set_shortcuts(bool on) {
  shortcuts_ = on;
  allow_shortcuts();
}

// A run of shortcuts ends where the monitor must be asked, and after a number that keeps the stack
// small: compilers turn the resumption of one coroutine by another into a jump only when they
// optimise.
void EventQueue::allow_shortcuts() {
  shortcuts_until_ =
      shortcuts_ && !stopped_ ? std::min(monitor_due_, processed_ + kShortcutsInARow) : 0;
}

/// The monitor, too: else a loop of them could not even be interrupted.
bool EventQueue::let_others_in() {
  stays_ = 0;
  if (monitor_) {
    monitor_due_ = processed_;
  }
  return false;
}

bool EventQueue::refuse(Time at) {
  if (at == Time::never()) {
    end_clock("an event was scheduled");
  }
  throw std::logic_error("an event for " + to_string(at) + " scheduled at " + to_string(now_));
}

void EventQueue::end_clock(std::string event) {
  clock_end_ = "simulated time is used up: at " + to_string(now_) + " of it " + event +
               " that would be due beyond " + to_string(Time::never()) +
               " (106.75 days), where a clock of picoseconds ends; there is no result";
  stop();
  throw Error(ExitCode::limit, clock_end_);
}

/// Whoever caught the error went on, but not the queue.
void EventQueue::check_clock() const {
  if (!clock_end_.empty()) {
    throw Error(ExitCode::limit, clock_end_);
  }
}

void EventQueue::clear() {
  size_ = 0;
  free_.clear();
  for (std::size_t slot = payloads_.size(); slot-- > 0;) {
    free_.push_back(static_cast<std::uint32_t>(slot));
  }
}

void EventQueue::run() {
  stopped_ = false;
  allow_shortcuts();
  while (!stopped_) {
    if (companion_busy() && (step_companion() || size_ == 0)) {
      continue;
    }
    if (size_ == 0) {
      return;
    }
    run_one();
    if (processed_ >= monitor_due_) {
      monitor_due_ = processed_ + kMonitorPeriod;
      if (!monitor_()) {
        return;
      }
    }
  }
  check_clock();
}

void EventQueue::run_early(std::size_t which) {
  stopped_ = false;
  std::vector<Key> before;
  before.reserve(which);
  while (before.size() < which) {
    before.push_back(pop());
  }
  const Key key = pop();
  for (const Key earlier : before) {
    push(earlier);
  }
  run_payload(key);
}

void EventQueue::run_due(Time time, std::uint64_t most) {
  stopped_ = false;
  allow_shortcuts();
  for (; !stopped_ && most > 0 && next() <= time; --most) {
    run_one();
  }
  check_clock();
}

}  // namespace dsmsim
