#include "sim/time/simulation.hpp"

namespace dsmsim {

// The coroutine around a spawned task: a link in the simulation's ring for as long as it lives.
struct Simulation::Root {
  struct promise_type : Link {
    promise_type(Simulation& owner, Task<>&) : simulation(owner) {
      handle = std::coroutine_handle<promise_type>::from_promise(*this);
      previous = &simulation.roots_;
      next = simulation.roots_.next;
      previous->next = next->previous = this;
      ++simulation.live_;
    }
    promise_type(const promise_type&) = delete;
    promise_type& operator=(const promise_type&) = delete;
    ~promise_type() {
      previous->next = next;
      next->previous = previous;
      --simulation.live_;
    }
    static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
    static void operator delete(void* frame, std::size_t size) { frame_pool::release(frame, size); }

    Root get_return_object() const { return {handle}; }
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
  };
  std::coroutine_handle<> handle;
};

Simulation::Root Simulation::run_root(Simulation&, Task<> task) { co_await task; }

void Simulation::spawn(Task<> task) { queue_.wake(run_root(*this, std::move(task)).handle); }

void Simulation::run() {
  queue_.run();
  rethrow_failure();
}

void Simulation::run_due(Time time, std::uint64_t most) {
  queue_.run_due(time, most);
  rethrow_failure();
}

void Simulation::run_early(std::size_t which) {
  queue_.run_early(which);
  rethrow_failure();
}

void Simulation::rethrow_failure() {
  if (failure_) {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void Simulation::abandon() {
  while (roots_.next != &roots_) {
    roots_.next->handle.destroy();
  }
  queue_.clear();
}

}  // namespace dsmsim
