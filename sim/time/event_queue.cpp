#include "sim/time/event_queue.hpp"

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {
constexpr std::uint64_t kMonitorPeriod = 1 << 16;
}

EventQueue::EventQueue() { grow(); }

void EventQueue::grow() {
  const std::size_t old = payloads_.size();
  const std::size_t bigger = old == 0 ? 1024 : old * 2;
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
void EventQueue::push(Key key) {
  std::size_t i = kRoot + size_++;
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

EventQueue::Key EventQueue::pop() {
  Key* const keys = keys_.data();
  const Key top = keys[kRoot];
  const Key last = keys[kRoot + --size_];
  const std::size_t end = kRoot + size_;
  std::size_t i = kRoot;
  for (;;) {
    const std::size_t first = (i - kRoot) * 4 + kRoot + 1;
    if (first >= end) {
      break;
    }
    std::size_t least = first;
    const std::size_t stop = first + 4 < end ? first + 4 : end;
    for (std::size_t child = first + 1; child < stop; ++child) {
      least = keys[child] < keys[least] ? child : least;
    }
    if (!(keys[least] < last)) {
      break;
    }
    keys[i] = keys[least];
    i = least;
  }
  keys[i] = last;
  return top;
}

void EventQueue::run_one() {
  const Key key = pop();
  const auto slot = static_cast<std::uint32_t>(key.order & ((1U << kSlotBits) - 1));
  const Payload payload = payloads_[slot];
  free_.push_back(slot);
  now_ = Time::at(Duration::picoseconds(key.time));
  ++processed_;
  payload.function(payload.argument);
}

bool EventQueue::step_companion() {
  const Time head = size_ == 0 ? Time::never() : Time::at(Duration::picoseconds(keys_[kRoot].time));
  return companion_->advance_to(head);
}

void EventQueue::run() {
  stopped_ = false;
  std::uint64_t next_monitor = processed_ + kMonitorPeriod;
  while (!stopped_) {
    if (companion_busy() && (step_companion() || size_ == 0)) {
      continue;
    }
    if (size_ == 0) {
      return;
    }
    run_one();
    if (processed_ >= next_monitor) {
      next_monitor = processed_ + kMonitorPeriod;
      if (monitor_ && !monitor_()) {
        return;
      }
    }
  }
}

}  // namespace dsmsim
