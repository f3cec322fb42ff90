// The boundary between programs and engines: shortcuts, what is charged, who is stuck.

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "sim/base/error.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

/// A program that is one function.
class Script final : public Program {
 public:
  using Main = Task<> (*)(Thread&);
  explicit Script(Main body) : main_(body) {}
  Task<> main(Thread& thread) override { return main_(thread); }

 private:
  Main main_;
};

/// Workers on every server that lock, read, write and compute at random.
class Mixture final : public Program {
 public:
  explicit Mixture(std::size_t servers) : servers_(servers) {}
  Task<> main(Thread& thread) override {
    for (int i = 0; i < 4; ++i) {
      objects_.push_back(co_await thread.allocate(64_B));
    }
    thread.world().start_measuring();
    std::vector<ThreadId> workers;
    for (std::uint32_t i = 0; i < 3 * servers_; ++i) {
      workers.push_back(thread.spawn(NodeId(static_cast<std::uint32_t>(i % servers_)),
                                     [this](Thread& t) { return work(t); }));
    }
    for (const ThreadId worker : workers) {
      co_await thread.join(worker);
    }
  }

 private:
  Task<> work(Thread& t) {
    RandomStream random = t.world().simulation().random("worker", t.id().value());
    for (int i = 0; i < 100; ++i) {
      const ObjectId object = objects_[random.below(objects_.size())];
      co_await t.lock(object);
      co_await t.read(object, 0_B, 8_B);
      co_await t.compute(1_ns * static_cast<std::int64_t>(random.below(50)));
      co_await t.write(object, 0_B, 8_B);
      co_await t.unlock(object);
    }
  }
  std::size_t servers_;
  std::vector<ObjectId> objects_;
};

struct Measured {
  Time end;
  std::uint64_t events;
  std::vector<std::pair<std::uint64_t, std::int64_t>> latencies;
  bool operator==(const Measured&) const = default;
};

Measured run_mixture(bool shortcuts, bool remote, std::uint32_t cores) {
  MemoryWorld m(3, 100_ns, remote, cores);
  m.simulation.queue().set_shortcuts(shortcuts);
  Mixture mixture(3);
  m.world.run(mixture);
  Measured result{m.world.end(), m.simulation.queue().processed(), {}};
  for (const KindMeter& kind : m.world.meter().kinds()) {
    result.latencies.emplace_back(kind.latency.count(),
                                  static_cast<std::int64_t>(kind.latency.sum()));
  }
  return result;
}

/// Counts how often the queue asks whether it must wait for the other clock: once for a shortcut,
/// once more for an event.
struct Bystander : Companion {
  mutable int asked = 0;
  bool active() const override {
    ++asked;
    return false;
  }
  bool advance_to(Time) override { return false; }
};

Task<> hit_often(Thread& thread) {
  const ObjectId object = co_await thread.allocate(8_B);
  for (int i = 0; i < 1000; ++i) {
    co_await thread.read(object, 0_B, 8_B);
  }
}

const KindMeter& meter(MemoryWorld& m, OpKind kind) {
  return m.world.meter().kinds()[Meter::kind_of(kind).index()];
}

/// Leaves the end of its operations uncharged.
class Forgetful final : public Engine {
 public:
  explicit Forgetful(Simulation& simulation) : simulation_(simulation) {}
  MaybeDuration try_local(Thread&, Op&) override { return std::nullopt; }
  Task<> perform(Thread& thread, Op&) override {
    co_await simulation_.delay(3_ns);
    thread.tally().charge(Category::wire, simulation_.now());
    co_await simulation_.delay(2_ns);
  }
  void report(CounterReport&) const override {}

 private:
  Simulation& simulation_;
};

/// Two threads of one server with one core: the first has a remote operation to do while the second
/// computes.
class TwoOnOneCore final : public Program {
 public:
  Task<> main(Thread& thread) override {
    object_ = co_await thread.allocate(8_B);
    thread.world().start_measuring();
    const ThreadId first = thread.spawn(NodeId(0), [this](Thread& t) { return access(t); });
    const ThreadId second = thread.spawn(NodeId(0), [](Thread& t) { return compute(t); });
    co_await thread.join(first);
    co_await thread.join(second);
  }

 private:
  Task<> access(Thread& t) { co_await t.read(object_, 0_B, 8_B); }
  static Task<> compute(Thread& t) { co_await t.compute(1_us); }
  ObjectId object_;
};

/// A lock that is waited for on the only core of a server, while its holder comes back to that
/// server from a barrier.
class ComesBack final : public Program {
 public:
  explicit ComesBack(World& world) : barrier_(world.simulation().queue(), 2) {}
  Task<> main(Thread& thread) override {
    object_ = co_await thread.allocate(8_B, NodeId(), true);
    std::vector<ThreadId> threads;
    threads.push_back(thread.spawn(NodeId(1), [this](Thread& t) { return hold(t); }));
    threads.push_back(thread.spawn(NodeId(1), [this](Thread& t) { return want(t); }));
    threads.push_back(thread.spawn(NodeId(2), [this](Thread& t) { return meet(t); }));
    for (const ThreadId id : threads) {
      co_await thread.join(id);
    }
  }

 private:
  Task<> hold(Thread& t) {
    co_await t.lock(object_);
    co_await t.barrier(barrier_);
    co_await t.compute(1_us);
    co_await t.unlock(object_);
  }
  Task<> want(Thread& t) {
    co_await t.lock(object_);
    co_await t.unlock(object_);
  }
  Task<> meet(Thread& t) {
    co_await t.compute(5_us);
    co_await t.barrier(barrier_);
  }
  Barrier barrier_;
  ObjectId object_;
};

Task<> lock_two(Thread& t, ObjectId first, ObjectId second) {
  co_await t.lock(first);
  co_await t.compute(1_us);
  co_await t.lock(second);
}

Task<> embrace(Thread& thread) {
  const ObjectId a = co_await thread.allocate(8_B, NodeId(), true);
  const ObjectId b = co_await thread.allocate(8_B, NodeId(), true);
  const ThreadId one = thread.spawn(NodeId(0), [a, b](Thread& t) { return lock_two(t, a, b); });
  thread.spawn(NodeId(1), [a, b](Thread& t) { return lock_two(t, b, a); });
  co_await thread.join(one);
}

Task<> join_one(Thread& t, ThreadId other) { co_await t.join(other); }

Task<> join_each_other(Thread& thread) {
  thread.spawn(NodeId(0), [](Thread& t) { return join_one(t, ThreadId(2)); });
  thread.spawn(NodeId(0), [](Thread& t) { return join_one(t, ThreadId(1)); });
  co_return;
}

/// Two of three come.
class Missed final : public Program {
 public:
  explicit Missed(World& world) : barrier_(world.simulation().queue(), 3) {}
  Task<> main(Thread& thread) override {
    thread.spawn(NodeId(0), [this](Thread& t) { return t.barrier(barrier_); });
    co_await thread.barrier(barrier_);
  }

 private:
  Barrier barrier_;
};

std::string deadlock_of(MemoryWorld& m, Program& program) {
  try {
    m.world.run(program);
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::deadlock);
    return error.what();
  }
  return "no deadlock";
}

}  // namespace

TEST_CASE("A local hit does not enter the event queue when nothing else is due") {
  const auto asked = [](bool shortcuts) {
    MemoryWorld m(1);
    Bystander bystander;
    m.simulation.queue().attach(&bystander);
    m.simulation.queue().set_shortcuts(shortcuts);
    Script program(&hit_often);
    m.world.run(program);
    m.simulation.queue().attach(nullptr);
    CHECK(m.simulation.queue().processed() == 1002);
    return bystander.asked;
  };
  CHECK(asked(true) < 1030);  // after 64 shortcuts the queue has a turn
  CHECK(asked(false) > 2000);
}

TEST_CASE("Results are the same with shortcuts and without, to the last event") {
  for (const bool remote : {false, true}) {
    for (const std::uint32_t cores : {16U, 2U}) {
      CHECK(run_mixture(true, remote, cores) == run_mixture(false, remote, cores));
    }
  }
}

TEST_CASE("A thread that finds no core after a remote operation queues, and pays for the switch") {
  MemoryWorld m(1, 100_ns, true, 1);
  TwoOnOneCore program;
  m.world.run(program);
  const KindMeter& read = meter(m, OpKind::read);
  REQUIRE(read.latency.count() == 1);
  CHECK(read.latency.max() == (1_us + 50_ns).ps());
  CHECK(read.spent[static_cast<std::size_t>(Category::wire)] == 100_ns);
  CHECK(read.spent[static_cast<std::size_t>(Category::run_queue)] == 900_ns);
  CHECK(read.spent[static_cast<std::size_t>(Category::cpu)] == 50_ns);  // the context switch
}

TEST_CASE("With a core for each, a remote operation does not queue for one") {
  MemoryWorld m(1, 100_ns, true, 2);
  TwoOnOneCore program;
  m.world.run(program);
  CHECK(meter(m, OpKind::read).latency.max() == (100_ns).ps());
}

TEST_CASE("A thread that waits on its core does not keep it from the one it waits for") {
  // The holder of the lock queued for the core on which the lock was waited for.
  MemoryWorld m(3, 100_ns, false, 1);
  ComesBack program(m.world);
  CHECK_NOTHROW(m.world.run(program));
  CHECK(m.engine.at_rest());
}

TEST_CASE("An engine that leaves time uncharged fails the run") {
  Simulation simulation;
  Cluster cluster(simulation, 1, {}, nullptr);
  ObjectTable objects;
  Forgetful engine(simulation);
  World world(cluster, objects, engine);
  Script program(&hit_often);
  CHECK_THROWS_WITH(world.run(program), "the engine left 2ns of a allocate uncharged");
}

TEST_CASE("A deadlock is reported with its cycle, the time and everybody who waits") {
  MemoryWorld m(2);
  Script program(&embrace);
  const std::string report = deadlock_of(m, program);
  CHECK_THAT(report, Catch::StartsWith("deadlock at 1.3us: 3 threads wait and nothing is left"));
  CHECK_THAT(report, Catch::Contains("cycle: ") && Catch::Contains("thread 1 on server 0 -> object "
                                                                   "1 -> thread 2 on server 1"));
  CHECK_THAT(report, Catch::Contains("thread 0 on server 0 waits for thread 1 on server 0"));
}

TEST_CASE("Threads that join each other are a cycle too") {
  // Who joins or waits at a barrier was missing from the report.
  MemoryWorld m(1);
  Script program(&join_each_other);
  CHECK_THAT(deadlock_of(m, program), Catch::Contains("cycle: thread 1 on server 0 -> thread 2 on "
                                                      "server 0 -> thread 1 on server 0"));
}

TEST_CASE("The report of a barrier that not everybody reaches says how many have come") {
  MemoryWorld m(1);
  Missed program(m.world);
  CHECK_THAT(deadlock_of(m, program),
             Catch::Contains("thread 0 on server 0 waits for a barrier to which 2 of 3 have come"));
}

TEST_CASE("A run that the monitor ends is not a deadlock") {
  MemoryWorld m(3);
  m.simulation.queue().set_monitor([] { return false; });
  m.simulation.queue().set_shortcuts(false);
  class Endless final : public Program {
   public:
    Task<> main(Thread& thread) override {
      for (;;) {
        co_await thread.compute(1_us);
      }
    }
  } program;
  CHECK_NOTHROW(m.world.run(program));
  CHECK(m.world.measured() == 0_ns);
}

TEST_CASE("The measured time lasts until the last write that nobody waited for, if that is later") {
  for (const Duration settles : {50_ns, 700_ns}) {
    MemoryWorld m(1, 100_ns);
    m.engine.settles = Time() + settles;
    Script program([](Thread& thread) -> Task<> {
      thread.world().start_measuring();
      co_await thread.fence();
      co_await thread.fence();
    });
    m.world.run(program);
    CHECK(m.world.measured() == std::max(200_ns, settles));
    CHECK(m.world.end() - Time() == m.world.measured());
  }
}

TEST_CASE("What a thread throws leaves the run") {
  MemoryWorld m(1);
  Script program([](Thread& thread) -> Task<> {
    co_await thread.compute(1_us);
    throw Error("the program is wrong");
  });
  CHECK_THROWS_WITH(m.world.run(program), "the program is wrong");
}

TEST_CASE("An operation on an object that never was is refused") {
  MemoryWorld m(1);
  Script program([](Thread& thread) -> Task<> { co_await thread.lock(ObjectId(7)); });
  CHECK_THROWS_AS(m.world.run(program), std::out_of_range);
}

TEST_CASE("A program that needs what the engine does not offer is refused before it begins") {
  class Reader final : public Program {
   public:
    std::span<const OpKind> needs() const override { return needs_; }
    Task<> main(Thread& thread) override {
      began = true;
      co_await thread.file_read(FileId(0), 0_B, 8_B);
    }
    bool began = false;

   private:
    std::array<OpKind, 1> needs_ = {OpKind::file_read};
  } program;
  MemoryWorld without(1);
  without.engine.offers_extras = false;
  CHECK_THROWS_WITH(without.world.run(program), Catch::Contains("the program needs file_read"));
  CHECK_FALSE(program.began);
  MemoryWorld with(1);
  with.world.run(program);
  CHECK(with.engine.counts().at(OpKind::file_read) == 1);
}

TEST_CASE("A program that asks for what the engine does not offer is refused then") {
  MemoryWorld m(1);
  m.engine.offers_extras = false;
  Script program([](Thread& thread) -> Task<> { co_await thread.file_sync(FileId(0)); });
  CHECK_THROWS_WITH(m.world.run(program), Catch::Contains("file_sync"));
}
