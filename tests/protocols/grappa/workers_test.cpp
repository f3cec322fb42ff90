// Tasks of a core that has fewer workers.

#include <catch2/catch.hpp>

#include "tests/protocols/grappa/fixture.hpp"

namespace dsmsim::testing {
namespace {

/// Three tasks for the one worker of a core. The first may wait for another when it has worked.
class Crowd final : public Program {
 public:
  explicit Crowd(bool waits) : waits_(waits) {}
  std::vector<ThreadId> ended;

 private:
  Task<> main(Thread& thread) override {
    const ObjectId object = co_await thread.allocate(8_B);
    std::vector<ThreadId> tasks;
    for (int i = 0; i < 3; ++i) {
      tasks.push_back(
          thread.spawn(NodeId(1), [this, object](Thread& task) { return work(task, object); }));
    }
    for (const ThreadId task : tasks) {
      co_await thread.join(task);
    }
  }
  Task<> work(Thread& task, ObjectId object) {
    co_await task.write(object, 0_B, 8_B);
    co_await task.compute(100_us);
    if (waits_ && task.id() == ThreadId(1)) {
      co_await task.join(ThreadId(2));
    }
    ended.push_back(task.id());
  }
  bool waits_;
};

void run_crowd(Crowd& crowd) {
  GrappaOptions options = grappa_options();
  options.workers = 1;
  Dut dut(2,
          [&](EngineContext context) { return std::make_unique<GrappaEngine>(context, options); });
  dut.world().run(crowd);
}

TEST_CASE("Grappa: a task waits for a worker until another has ended, and the newest goes first") {
  Crowd crowd(false);
  run_crowd(crowd);
  CHECK(crowd.ended == std::vector{ThreadId(1), ThreadId(3), ThreadId(2)});
}

TEST_CASE("Grappa: a task that waits for one without a worker is reported as a deadlock") {
  Crowd crowd(true);
  CHECK_THROWS_WITH(run_crowd(crowd), Catch::Contains("cycle: ") &&
                                          Catch::Contains("one of the 1 workers of core 1"));
}

}  // namespace
}  // namespace dsmsim::testing
