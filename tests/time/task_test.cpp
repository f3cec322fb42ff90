// Tasks and the simulation that runs them: values, exceptions, depth, who frees what.

#include "sim/time/task.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>

#include "sim/time/sync.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

// Only optimised code that is not sanitised resumes a caller by a jump, which takes no stack.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
constexpr int kDeep = 1'000'000;
#else
constexpr int kDeep = 1000;
#endif

Task<int> answer() { co_return 42; }

Task<std::unique_ptr<int>> answer_in_memory(Simulation& simulation) {
  co_await simulation.delay(1_ns);
  co_return std::make_unique<int>(42);
}

Task<int> failure_below(Simulation& simulation, int levels) {
  if (levels == 0) {
    co_await simulation.delay(1_ns);
    throw std::runtime_error("from below");
  }
  co_return 1 + co_await failure_below(simulation, levels - 1);
}

Task<int> depth(int levels) {
  if (levels == 0) {
    co_return 0;
  }
  co_return 1 + co_await depth(levels - 1);
}

Task<> store(Task<int> task, int& result) { result = co_await task; }

Task<> call_often(int times, int& sum) {
  for (int i = 0; i < times; ++i) {
    sum += co_await answer();
  }
}

/// Counts how many of it exist.
class Guest {
 public:
  explicit Guest(int& count) : count_(&count) { ++*count_; }
  Guest(Guest&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  ~Guest() {
    if (count_ != nullptr) {
      --*count_;
    }
  }

 private:
  int* count_;
};

Task<> hold_inside(Simulation& simulation, int& count, Gate& gate) {
  const Guest guest(count);
  co_await simulation.delay(1_ns);
  co_await gate.wait();
}

Task<> hold(Simulation& simulation, int& count, Gate& gate, Guest parameter) {
  const Guest guest(count);
  (void)parameter;
  co_await hold_inside(simulation, count, gate);
}

Task<> fail_later(Simulation& simulation, Duration after) {
  co_await simulation.delay(after);
  throw std::runtime_error("at " + to_string(simulation.now()));
}

}  // namespace

TEST_CASE("A task does nothing before it is awaited, and its value goes to who awaits it") {
  Simulation simulation;
  int result = 0;
  simulation.spawn(store(answer(), result));
  CHECK(simulation.live() == 1);
  CHECK(result == 0);
  simulation.run();
  CHECK(result == 42);
  CHECK(simulation.live() == 0);
}

TEST_CASE("A value that cannot be copied is moved out of its task") {
  struct Caller {
    static Task<> run(Simulation& simulation, int& result) {
      const std::unique_ptr<int> value = co_await answer_in_memory(simulation);
      result = *value;
    }
  };
  Simulation simulation;
  int result = 0;
  simulation.spawn(Caller::run(simulation, result));
  simulation.run();
  CHECK(result == 42);
}

TEST_CASE("An exception passes through every task on its way to somebody who catches it") {
  struct Caller {
    static Task<> run(Simulation& simulation, std::string& caught) {
      try {
        co_await failure_below(simulation, 20);
      } catch (const std::runtime_error& error) {
        caught = error.what();
      }
    }
  };
  Simulation simulation;
  std::string caught;
  simulation.spawn(Caller::run(simulation, caught));
  simulation.run();
  CHECK(caught == "from below");
}

TEST_CASE("An exception that nobody catches ends the run, and the others can go on afterwards") {
  Simulation simulation;
  int result = 0;
  Gate gate(simulation.queue());
  int guests = 0;
  simulation.spawn(fail_later(simulation, 3_ns));
  simulation.spawn(fail_later(simulation, 5_ns));
  simulation.spawn(hold_inside(simulation, guests, gate));
  CHECK_THROWS_WITH(simulation.run(), "at 3ns");
  CHECK(simulation.live() == 2);
  simulation.spawn(store(answer(), result));
  CHECK_THROWS_WITH(simulation.run(), "at 5ns");
  CHECK(result == 42);
}

TEST_CASE("Tasks nest deeply without using the stack") {
  Simulation simulation;
  int result = 0;
  simulation.spawn(store(depth(kDeep / 10), result));
  simulation.run();
  CHECK(result == kDeep / 10);
}

TEST_CASE("A loop that awaits tasks which never wait does not use the stack either") {
  Simulation simulation;
  int sum = 0;
  simulation.spawn(call_often(kDeep, sum));
  simulation.run();
  CHECK(sum == 42 * kDeep);
}

TEST_CASE("A frame that was given back is the next one handed out of its size") {
#if !defined(__SANITIZE_ADDRESS__)
  void* const first = frame_pool::allocate(200);
  void* const second = frame_pool::allocate(200);
  CHECK(first != second);
  frame_pool::release(first, 200);
  CHECK(frame_pool::allocate(193) == first);  // the same class of 16 bytes
  frame_pool::release(first, 193);
  CHECK(frame_pool::allocate(209) != first);
  frame_pool::release(second, 200);
#endif
  void* const large = frame_pool::allocate(100'000);
  CHECK(reinterpret_cast<std::uintptr_t>(large) % 16 == 0);
  frame_pool::release(large, 100'000);
}

TEST_CASE("abandon() destroys what waits, with its callees and parameters, and runs none of it") {
  Simulation simulation;
  int guests = 0;
  Gate gate(simulation.queue());
  for (int i = 0; i < 10; ++i) {
    simulation.spawn(hold(simulation, guests, gate, Guest(guests)));
  }
  CHECK(guests == 10);
  simulation.run();
  CHECK(simulation.live() == 10);
  CHECK(guests == 30);
  simulation.spawn(hold(simulation, guests, gate, Guest(guests)));  // has not even begun
  simulation.abandon();
  CHECK(guests == 0);
  CHECK(simulation.live() == 0);
  // The event that was to begin the last one went with it; it was left in the queue.
  CHECK(simulation.queue().empty());
  simulation.run();
}

TEST_CASE("A simulation that ends while tasks wait frees them") {
  int guests = 0;
  {
    Simulation simulation;
    Gate gate(simulation.queue());
    simulation.spawn(hold(simulation, guests, gate, Guest(guests)));
    simulation.run();
    CHECK(guests == 3);
    simulation.abandon();  // before the gate goes
  }
  CHECK(guests == 0);
}

TEST_CASE("A task that is never awaited is freed with its parameters") {
  Simulation simulation;
  int guests = 0;
  Gate gate(simulation.queue());
  {
    Task<> task = hold(simulation, guests, gate, Guest(guests));
    CHECK(guests == 1);
    Task<> other = std::move(task);
    CHECK(other.valid());
    CHECK_FALSE(task.valid());
  }
  CHECK(guests == 0);
}

TEST_CASE("Spawned tasks start in order, after what is already due") {
  struct Note {
    static Task<> run(std::string& order, char name) {
      order += name;
      co_return;
    }
  };
  Simulation simulation;
  std::string order;
  for (const char name : {'a', 'b', 'c'}) {
    simulation.spawn(Note::run(order, name));
  }
  simulation.run();
  CHECK(order == "abc");
}

// Overflowed the stack in builds without optimisation: a run of shortcuts never came back to the
// queue's loop.
TEST_CASE(
    "A million delays of nested tasks with nothing in between take no stack, optimised or not") {
  struct Loop {
    static Task<> step(Simulation& simulation) { co_await simulation.delay(1_ns); }
    static Task<> run(Simulation& simulation) {
      for (int i = 0; i < 1'000'000; ++i) {
        co_await step(simulation);
      }
    }
  };
  Simulation simulation;
  simulation.spawn(Loop::run(simulation));
  simulation.run();
  CHECK(simulation.now() == Time::at(1_ms));
  CHECK(simulation.queue().processed() == 1'000'001);
}
