// How threads share the cores of a server.

#include <catch2/catch.hpp>

#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

/// `threads` workers on server 0, which meet at a barrier after one piece of work each.
class Meeting final : public Program {
 public:
  Meeting(World& world, std::size_t threads)
      : barrier_(world.simulation().queue(), threads), threads_(threads) {}
  Task<> main(Thread& thread) override {
    std::vector<ThreadId> workers;
    for (std::size_t i = 0; i < threads_; ++i) {
      workers.push_back(thread.spawn(NodeId(0), [this](Thread& t) { return work(t); }));
    }
    for (const ThreadId worker : workers) {
      co_await thread.join(worker);
    }
  }

 private:
  Task<> work(Thread& thread) {
    co_await thread.compute(1_us);
    co_await thread.barrier(barrier_);
    co_await thread.compute(1_us);
  }
  Barrier barrier_;
  std::size_t threads_;
};

/// Workers that take turns with one lock: compute, lock, write, unlock.
class Turns final : public Program {
 public:
  explicit Turns(std::size_t threads) : threads_(threads) {}
  Task<> main(Thread& thread) override {
    object_ = co_await thread.allocate(8_B, NodeId(), true);
    std::vector<ThreadId> workers;
    for (std::size_t i = 0; i < threads_; ++i) {
      workers.push_back(thread.spawn(NodeId(0), [this](Thread& t) { return work(t); }));
    }
    for (const ThreadId worker : workers) {
      co_await thread.join(worker);
    }
  }

 private:
  Task<> work(Thread& thread) {
    for (int i = 0; i < 20; ++i) {
      co_await thread.lock(object_);
      co_await thread.write(object_, 0_B, 8_B);
      co_await thread.compute(200_ns);
      co_await thread.unlock(object_);
    }
  }
  ObjectId object_;
  std::size_t threads_;
};

}  // namespace

TEST_CASE("A thread that joins others leaves its core to them") {
  MemoryWorld m(1, 100_ns, false, 4);
  Meeting meeting(m.world, 4);
  m.world.run(meeting);
  CHECK(m.world.end() == Time::at(2_us));
}

TEST_CASE("Threads that wait at a barrier leave their cores to those who have yet to come") {
  MemoryWorld m(1, 100_ns, false, 2);
  Meeting meeting(m.world, 6);
  m.world.run(meeting);
  CHECK(m.world.end() == Time::at(6_us));
}

TEST_CASE("Threads beyond the number of cores do not block each other with a lock") {
  for (const bool remote : {false, true}) {
    MemoryWorld m(1, 100_ns, remote, 2);
    Turns turns(5);
    m.world.run(turns);
    CHECK(m.engine.counts().at(OpKind::write) == 100);
    CHECK(m.engine.at_rest());
  }
}

TEST_CASE("Switching threads costs nothing on a server with as many cores as threads") {
  MemoryWorld enough(1, 100_ns, true, 3);
  Turns turns(3);
  enough.world.run(turns);
  MemoryWorld plenty(1, 100_ns, true, 16);
  Turns again(3);
  plenty.world.run(again);
  CHECK(enough.world.end() == plenty.world.end());
}
