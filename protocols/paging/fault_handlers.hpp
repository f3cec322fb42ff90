#pragma once
// Threads of a server that handle page faults in user space (userfaultfd(2)): whoever faults sleeps
// until one of them has done its part, first come, first served. They are shared, so faults do not
// become more with the threads that fault. What a thread does itself is not here: its trap, and
// what it takes to go on.

#include <algorithm>
#include <vector>

#include "sim/fabric/tally.hpp"
#include "sim/time/event_queue.hpp"
#include "sim/time/sync.hpp"
#include "sim/time/task.hpp"

namespace dsmsim::paging {

class FaultHandlers {
 public:
  FaultHandlers(EventQueue& queue, std::uint32_t threads) : queue_(&queue), threads_(threads) {}

  /// Ends when one of them has worked for `time`. Charges the tally with that, and with the wait
  /// for it.
  Task<> work(Duration time, Tally& tally) {
    if (time == Duration()) {
      co_return;
    }
    const auto thread = std::min_element(
        threads_.begin(), threads_.end(),
        [](const FifoServer& a, const FifoServer& b) { return a.free_at < b.free_at; });
    const Time begin = thread->reserve(queue_->now(), time);
    co_await queue_->until(begin + time);
    // In an execution whose order is chosen (EventQueue::run_early) now may come before begin.
    tally.charge(Category::handler_queue, std::min(begin, queue_->now()));
    tally.charge(Category::fault, queue_->now());
  }

 private:
  EventQueue* queue_;
  std::vector<FifoServer> threads_;
};

}  // namespace dsmsim::paging
