#include "sim/time/sync.hpp"

namespace dsmsim {
namespace {

struct Join {
  explicit Join(EventQueue& queue, std::size_t count) : done(queue), remaining(count) {}
  Gate done;
  std::size_t remaining;
  std::vector<std::exception_ptr> failures;
};

Task<> run_child(Task<> child, Join& join, std::size_t index) {
  try {
    co_await child;
  } catch (...) {
    join.failures[index] = std::current_exception();
  }
  if (--join.remaining == 0) {
    join.done.open();
  }
}

}  // namespace

Task<> when_all(Simulation& simulation, std::vector<Task<>> tasks) {
  Join join(simulation.queue(), tasks.size());
  join.failures.resize(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    simulation.spawn(run_child(std::move(tasks[i]), join, i));
  }
  if (join.remaining > 0) {
    co_await join.done.wait();
  }
  for (const std::exception_ptr& failure : join.failures) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
}

}  // namespace dsmsim
