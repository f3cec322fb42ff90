#pragma once
// What cores of the pComponent wait for in its own memory. Who is woken looks again.

#include <algorithm>
#include <vector>

#include "protocols/legoos/core.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim::legoos {

enum class Wait : std::uint8_t {
  eviction,  ///< the page is being written back
  line,      ///< every line of the set is busy
  lock,      ///< of a page of the page table: 512 entries, 2 MiB
  heap,      ///< of the program's allocator
  victim,    ///< a place in the victim cache
  recovery,  ///< of the memory of a server that has crashed
};

class Waits {
 public:
  explicit Waits(EventQueue& queue) : queue_(queue) {}

  /// Awaitable. `which`: page, set, page of the page table.
  auto wait(Core& core, Wait what, std::uint64_t which) {
    struct Awaiter {
      Waits& waits;
      Waiting waiting;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> handle) {
        waiting.handle = handle;
        waits.waiting_.push_back(waiting);
      }
      void await_resume() const {}
    };
    core.step = Step::waiting;
    return Awaiter{*this, {&core, what, which, {}}};
  }
  void wake_all(Wait what, std::uint64_t which) {
    while (wake_first(what, which) != nullptr) {
    }
  }
  /// Null: nobody waits.
  Core* wake_first(Wait what, std::uint64_t which) {
    const auto first = std::find_if(waiting_.begin(), waiting_.end(), [=](const Waiting& waiting) {
      return waiting.what == what && waiting.which == which;
    });
    if (first == waiting_.end()) {
      return nullptr;
    }
    Core* const core = first->core;
    queue_.wake(first->handle);
    waiting_.erase(first);
    return core;
  }
  /// Whether anybody waits for it.
  bool has(Wait what, std::uint64_t which) const {
    return std::any_of(waiting_.begin(), waiting_.end(), [=](const Waiting& waiting) {
      return waiting.what == what && waiting.which == which;
    });
  }

  void fingerprint(Fingerprint& into) const {
    for (const auto& [core, what, which, handle] : waiting_) {
      into.add(core->caller.number, what);
      into.add(which);
    }
    into.add(waiting_.size());
  }

 private:
  struct Waiting {
    Core* core;
    Wait what;
    std::uint64_t which;
    std::coroutine_handle<> handle;
  };

  EventQueue& queue_;
  std::vector<Waiting> waiting_;  ///< in the order of their coming
};

}  // namespace dsmsim::legoos
