// Cores and what an access to local memory costs.

#include <catch2/catch.hpp>

#include "sim/cluster/cluster.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

struct Server {
  explicit Server(std::uint32_t cores) : cpu(simulation.queue(), cores) {}
  Simulation simulation;
  Cpu cpu;
  std::string ran;

  void start(char name, Duration work) { simulation.spawn(run(name, work)); }
  Task<> run(char name, Duration work) {
    cpu.enter();
    co_await cpu.acquire();
    ran += name;
    co_await simulation.delay(work);
    cpu.leave();
    cpu.release();
  }
};

}  // namespace

TEST_CASE("As many threads run as there are cores, the others come in order") {
  Server server(2);
  for (const char name : {'a', 'b', 'c', 'd', 'e'}) {
    server.start(name, name == 'a' ? 10_ns : 4_ns);
  }
  server.simulation.run();
  CHECK(server.ran == "abcde");
  CHECK(server.simulation.now() == Time::at(14_ns));
  CHECK(server.cpu.idle_cores() == 2);
  CHECK_FALSE(server.cpu.oversubscribed());
}

TEST_CASE("A core whose thread waits is lent to one that comes, and given back") {
  Server server(1);
  Cpu& cpu = server.cpu;
  cpu.enter();
  server.simulation.spawn([](Cpu& c) -> Task<> { co_await c.acquire(); }(cpu));
  server.simulation.run();
  CHECK(cpu.idle_cores() == 0);
  cpu.begin_wait();
  server.start('b', 10_ns);  // takes the core of the one that waits
  server.simulation.run();
  CHECK(server.ran == "b");
  CHECK(cpu.idle_cores() == 1);  // back, and the thread that waits still counts on it
  cpu.end_wait();
  CHECK(cpu.idle_cores() == 1);
  cpu.release();  // pays for the time without a core
  CHECK(cpu.idle_cores() == 1);
  cpu.leave();
}

TEST_CASE("No core is lent while one is free, nor twice") {
  Server server(2);
  Cpu& cpu = server.cpu;
  for (int i = 0; i < 2; ++i) {
    cpu.enter();
    server.simulation.spawn([](Cpu& c) -> Task<> { co_await c.acquire(); }(cpu));
  }
  server.simulation.run();
  cpu.begin_wait();
  for (const char name : {'c', 'd', 'e'}) {
    server.start(name, 10_ns);
  }
  server.simulation.run();
  CHECK(server.ran == "cde");
  CHECK(server.simulation.now() == Time::at(30_ns));  // one after the other
}

TEST_CASE("An access to local memory costs its latency and what lies beyond a cache line") {
  ServerProfile profile;
  profile.memory_latency = 90_ns;
  profile.memory_bandwidth = Rate::bits_per_second(8e10);  // 10 B/ns
  CHECK(profile.touch(0_B) == 90_ns);
  CHECK(profile.touch(64_B) == 90_ns);
  CHECK(profile.touch(Bytes(64 + 1000)) == 190_ns);
}

TEST_CASE("A cluster of one server needs no fabric") {
  Simulation simulation;
  Cluster cluster(simulation, 1, {}, nullptr);
  CHECK(cluster.servers() == 1);
  CHECK_FALSE(cluster.has_fabric());
}
