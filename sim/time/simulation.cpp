#include "sim/time/simulation.hpp"

namespace dsmsim {

// The coroutine around a spawned task: a link in the simulation's list for as long as it lives.
struct Simulation::Root {
  struct promise_type {
    promise_type(Simulation& owner, Task<>&) : simulation(owner) {
      next = static_cast<promise_type*>(simulation.roots_);
      if (next != nullptr) {
        next->previous = this;
      }
      simulation.roots_ = this;
      ++simulation.live_;
    }
    promise_type(const promise_type&) = delete;
    promise_type& operator=(const promise_type&) = delete;
    ~promise_type() {
      (previous != nullptr ? reinterpret_cast<void*&>(previous->next) : simulation.roots_) = next;
      if (next != nullptr) {
        next->previous = previous;
      }
      --simulation.live_;
    }
    static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
    static void operator delete(void* frame, std::size_t size) { frame_pool::release(frame, size); }

    Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() {
      if (!simulation.failure_) {
        simulation.failure_ = std::current_exception();
      }
      simulation.queue_.stop();
    }

    Simulation& simulation;
    promise_type* previous = nullptr;
    promise_type* next = nullptr;
  };
  std::coroutine_handle<promise_type> handle;
};

Simulation::Root Simulation::run_root(Simulation&, Task<> task) { co_await task; }

void Simulation::spawn(Task<> task) { queue_.wake(run_root(*this, std::move(task)).handle); }

void Simulation::run() {
  queue_.run();
  if (failure_) {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void Simulation::abandon() {
  while (roots_ != nullptr) {
    auto* const promise = static_cast<Root::promise_type*>(roots_);
    std::coroutine_handle<Root::promise_type>::from_promise(*promise).destroy();
  }
}

}  // namespace dsmsim
