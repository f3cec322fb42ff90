// What DRust's global controller decides on scripted loads.

#include "sim/base/error.hpp"
#include "tests/protocols/drust/programs.hpp"

namespace dsmsim::testing {
namespace {

DrustOptions controlled() {
  DrustOptions options = drust_options();
  options.costs.suspend = 98_us;
  options.costs.resume = 98_us;
  options.controller.period = 1_ms;
  options.controller.cooldown = 5_ms;
  return options;
}

DutOptions small(std::uint32_t cores, Bytes memory) {
  DutOptions setup;
  setup.server.cores = cores;
  setup.server.memory = memory;
  return setup;
}

std::vector<LogEntry> entries(DrustDut& dut, const std::string& event) {
  std::vector<LogEntry> found;
  for (const LogEntry& entry : dut.drust.log()->entries()) {
    if (entry.event == event) {
      found.push_back(entry);
    }
  }
  return found;
}

double number(const LogEntry& entry, const std::string& name) {
  for (const auto& [key, value] : entry.numbers) {
    if (key == name) {
      return value;
    }
  }
  return -1;
}

/// Threads on server 0 that work until some time, each reading an object of its own now and then.
struct Busy final : Program {
  Busy(std::size_t threads, std::vector<std::uint32_t> at)
      : objects(threads), homes(std::move(at)) {}
  Task<> work(Thread& thread, std::size_t i) {
    while (thread.now().since_start() < 20_ms) {
      co_await thread.compute(50_us);
      co_await thread.read(objects[i], 0_B, 64_B);
      co_await thread.write(objects[i], 0_B, 64_B);
    }
    ends.push_back(thread.node().value());
  }
  Task<> main(Thread& thread) override {
    std::vector<ThreadId> threads;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      objects[i] = co_await thread.allocate(64_B, NodeId(homes[i]), true);
    }
    for (std::size_t i = 0; i < objects.size(); ++i) {
      threads.push_back(thread.spawn(NodeId(0), [this, i](Thread& t) { return locked(t, i); }));
    }
    for (const ThreadId id : threads) {
      co_await thread.join(id);
    }
  }
  Task<> locked(Thread& thread, std::size_t i) {
    co_await thread.lock(objects[i]);
    co_await work(thread, i);
    co_await thread.unlock(objects[i]);
  }
  std::vector<ObjectId> objects;
  std::vector<std::uint32_t> homes;
  std::vector<std::uint32_t> ends;
};

TEST_CASE("Every period the controller pings every server and notes what it answers") {
  DrustDut dut(3, controlled(), small(4, 1_MiB));
  Busy program(2, {1, 2});
  dut.world().run(program);
  const std::vector<LogEntry> samples = entries(dut, "sample");
  REQUIRE(samples.size() >= 57);
  CHECK(samples[0].at.since_start() == 1_ms);
  CHECK(number(samples[0], "cpu") > 0.3);
  CHECK(number(samples[0], "cpu") < 0.6);
  CHECK(number(samples[1], "cpu") < 0.01);
  CHECK(number(samples[1], "memory_bytes") > 0);
  CHECK(entries(dut, "order").empty());
  CHECK(dut.drust.counters().migrations == 0);
}

TEST_CASE("Off a server with too much work threads move to the server that they access most") {
  DrustDut dut(3, controlled(), small(4, 1_MiB));
  Busy program(6, {0, 2, 2, 0, 1, 0});
  dut.world().run(program);
  const std::vector<LogEntry> orders = entries(dut, "order");
  REQUIRE(orders.size() >= 2);
  CHECK(number(orders[0], "thread") == 5);
  CHECK(number(orders[0], "to") == 1);
  CHECK(number(orders[1], "thread") == 2);
  CHECK(number(orders[1], "to") == 2);
  CHECK_THAT(orders[0].reason, Catch::Contains("the thread accesses most"));
  CHECK(dut.drust.counters().migrations == orders.size());
}

TEST_CASE("A thread does not move again before its cooldown is over") {
  DrustDut dut(2, controlled(), small(2, 1_MiB));
  Busy program(5, {0, 0, 1, 1, 1});
  dut.world().run(program);
  std::map<double, Time> last;
  for (const LogEntry& entry : entries(dut, "order")) {
    const double thread = number(entry, "thread");
    if (last.count(thread) != 0) {
      CHECK(entry.at - last[thread] >= 5_ms);
    }
    last[thread] = entry.at;
  }
  CHECK_FALSE(last.empty());
}

TEST_CASE("Nobody moves while every server is as busy") {
  DrustDut dut(2, controlled(), small(1, 1_MiB));
  struct Full final : Program {
    static Task<> work(Thread& thread) { co_await thread.compute(10_ms); }
    Task<> main(Thread& thread) override {
      std::vector<ThreadId> threads;
      for (std::uint32_t i = 0; i < 4; ++i) {
        threads.push_back(thread.spawn(NodeId(i % 2), work));
      }
      for (const ThreadId id : threads) {
        co_await thread.join(id);
      }
    }
  } program;
  dut.world().run(program);
  CHECK(entries(dut, "order").empty());
}

TEST_CASE("Nobody moves if migration is off") {
  DrustOptions options = controlled();
  options.controller.migration = false;
  DrustDut dut(3, options, small(4, 1_MiB));
  Busy program(6, {0, 2, 2, 0, 1, 0});
  dut.world().run(program);
  CHECK_FALSE(entries(dut, "sample").empty());
  CHECK(entries(dut, "order").empty());
}

/// A thread that allocates until it has had enough, and another one with little, on server 0.
struct Hoarder final : Program {
  explicit Hoarder(std::size_t wanted) : count(wanted) {}
  static Task<> modest(Thread& thread) {
    const ObjectId object = co_await thread.allocate(4_KiB);
    for (int i = 0; i < 200; ++i) {
      co_await thread.compute(100_us);
      co_await thread.write(object, 0_B, 8_B);
    }
  }
  Task<> hoard(Thread& thread) {
    for (std::size_t i = 0; i < count; ++i) {
      objects.push_back(co_await thread.allocate(8_KiB));
      co_await thread.compute(50_us);
    }
    for (std::size_t i = 0; i < 100; ++i) {
      co_await thread.compute(100_us);
      co_await thread.write(objects[i % 8], 0_B, 8_B);
    }
    end = thread.node();
  }
  Task<> main(Thread& thread) override {
    const std::vector<ThreadId> threads = {
        thread.spawn(NodeId(0), modest),
        thread.spawn(NodeId(0), [this](Thread& t) { return hoard(t); })};
    for (const ThreadId id : threads) {
      co_await thread.join(id);
    }
  }
  std::size_t count;
  std::vector<ObjectId> objects;
  NodeId end;
};

TEST_CASE("A full partition gets memory of the most vacant server through the controller") {
  DrustOptions options = controlled();
  options.controller.period = Duration();
  DrustDut dut(3, options, small(4, 256_KiB));
  Hoarder program(40);
  dut.world().run(program);
  CHECK(dut.drust.counters().remote_allocations > 0);
  CHECK(dut.host(program.objects.front()) == NodeId(0));
  CHECK(dut.host(program.objects.back()) != NodeId(0));
  CHECK(dut.drust.object(program.objects.back()).owner == NodeId(0));
  CHECK(entries(dut, "remote_allocation").size() == dut.drust.counters().remote_allocations);
}

TEST_CASE("Row 18: a full partition asks the controller, which names a server, which allocates") {
  DrustOptions options = controlled();
  options.controller.period = Duration();
  options.controller.server = 2;
  DrustDut dut(3, options, small(4, 64_KiB));
  Puppet& thread = dut.thread(0);
  for (int i = 0; i < 8; ++i) {
    thread.allocate(8_KiB);
  }
  dut.forget();
  const ObjectId object = thread.allocate(8_KiB);
  CHECK(dut.sent() == Messages{{"ask", Verb::send, 0, 2, 32_B},
                               {"told", Verb::send, 2, 0, 32_B},
                               {"allocate", Verb::send, 0, 1, 32_B},
                               {"allocated", Verb::send, 1, 0, 32_B}});
  CHECK(dut.host(object) == NodeId(1));
}

TEST_CASE("Without room anywhere an allocation is an error that says so") {
  DrustOptions options = controlled();
  DrustDut dut(2, options, small(4, 64_KiB));
  Hoarder program(40);
  CHECK_THROWS_WITH(dut.world().run(program), Catch::Contains("out of memory"));
}

TEST_CASE("Off a server that is short of memory the thread with most of it moves") {
  DrustOptions options = controlled();
  DrustDut dut(3, options, small(4, 256_KiB));
  Hoarder program(30);
  dut.world().run(program);
  const std::vector<LogEntry> orders = entries(dut, "order");
  REQUIRE_FALSE(orders.empty());
  CHECK(number(orders[0], "thread") == 2);
  CHECK_THAT(orders[0].reason, Catch::Contains("memory is in use"));
  CHECK(program.end != NodeId(0));
}

}  // namespace
}  // namespace dsmsim::testing
