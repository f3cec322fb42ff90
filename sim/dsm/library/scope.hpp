#pragma once
// std::thread::scope: threads that may use what their parent holds references to, because all of
// them have ended before it gives these back.
//
//   co_await library::scoped(t, [&](Scope& scope) { return share_out(scope); });
//
// A thread is started and joined as Thread::start does it (Ma et al., DRust, OSDI'24, section
// 4.1.2), with the messages "spawn" and "result". A reference that is shipped is 16 bytes of the
// closure; the child makes its own from it (Thread::borrow), which costs nothing. What the parent
// has borrowed mutably it gives back before, and the child borrows it.

#include <functional>
#include <vector>

#include "sim/dsm/boundary/thread.hpp"

namespace dsmsim::library {

class Scope {
 public:
  explicit Scope(Thread& parent) : parent_(parent) {}
  Thread& parent() { return parent_; }

  /// The closure takes so many of the parent's references along.
  Task<ThreadId> start(Launch launch, std::size_t references, std::function<Task<>(Thread&)> body);
  /// Waits for all that were started; false if any was lost in a crash.
  Task<bool> join();

 private:
  Thread& parent_;
  std::vector<ThreadId> started_;
};

/// Calls `body`, and then joins what it has started. False if any of them was lost in a crash.
Task<bool> scoped(Thread& parent, std::function<Task<>(Scope&)> body);

}  // namespace dsmsim::library
