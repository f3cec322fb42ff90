// Crashes: when a program has no result, and what its report says.

#include "sim/dsm/boundary/losses.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "sim/dsm/library/barrier.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/dsm/boundary/network.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using Catch::Contains;
using dsmsim::test::MemoryWorld;

namespace {

/// Three servers on a network, one of which crashes after 10 us, and a program that is a function.
struct CrashRig {
  explicit CrashRig(std::uint32_t server) : victim(server) {
    m.simulation.queue().schedule(
        Time() + 10_us, [](void* rig) { static_cast<CrashRig*>(rig)->crash(); }, this);
  }
  void crash() {
    m.world.crash(victim);
    if (m.engine.survives) {
      m.world.notice_crash(victim);
    }
    if (tells) {
      m.world.tell_of_loss(victim);
    }
  }
  void run(std::function<Task<>(Thread&)> body) {
    struct Play final : Program {
      std::function<Task<>(Thread&)> body;
      Task<> main(Thread& thread) override { return body(thread); }
    } play;
    play.body = std::move(body);
    m.world.run(play);
  }
  /// What the program's end throws, which must be Error(ExitCode::lost).
  std::string report_of(std::function<Task<>(Thread&)> body) {
    try {
      run(std::move(body));
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::lost);
      return error.what();
    }
    FAIL("the program has a result");
    return "";
  }
  /// Survives, and the others know at once.
  void tell() { tells = m.engine.survives = true; }
  NodeId victim;
  bool tells = false;
  Topology topology = test::rack(3);
  MemoryWorld m{3, 100_ns, false, 2, 1, [this](Simulation& simulation) {
                  return std::make_unique<Fabric>(simulation, topology, test::connectx3(),
                                                  FabricOptions{});
                }};
};

Task<> work_long(Thread& t) { co_await t.compute(50_us); }

/// Threads on servers 1 and 2 that nobody joins.
Task<> start_two(Thread& t) {
  t.world().start_measuring();
  t.spawn(NodeId(1), work_long);
  t.spawn(NodeId(2), work_long);
  co_await t.compute(20_us);
}

Task<> start_two_late(Thread& t) {
  co_await t.compute(20_us);
  t.spawn(NodeId(1), work_long);
  t.spawn(NodeId(2), work_long);
}

Task<> measure_nothing(Thread& t) {
  co_await t.compute(20_us);
  t.world().start_measuring();
}

Task<> lose_patience(Thread& t) {
  const ObjectId word = co_await t.allocate(8_B);
  library::Backoff backoff(t, {.limit = 100_us}, "a turn of", word);
  for (;;) {
    co_await backoff.pause();
  }
}

Task<> unlock_in_vain(Thread& t) {
  co_await t.compute(20_us);
  throw Error("it does not hold the lock");
}

Task<> allocate_in_vain(Thread& t) {
  co_await t.compute(20_us);
  throw OutOfMemory("no room");
}

Task<> join_all(Thread& t, std::vector<ThreadId> threads, std::vector<bool>& ended) {
  for (const ThreadId thread : threads) {
    ended.push_back(co_await t.join(thread));
  }
}

Task<> send_one(Thread& t, ChannelId channel) {
  co_await t.send(channel, 64_B, 7);
  co_await t.compute(50_us);
}

Task<> receive_two(Thread& t, ChannelId channel, std::vector<ReceivedMessage>& received) {
  received.push_back(co_await t.receive_message(channel));
  received.push_back(co_await t.receive_message(channel));
}

/// A thread a server, three times to one barrier.
struct Rounds {
  Task<> start(Thread& t) {
    barrier.emplace(co_await library::Barrier::make(t, 3));
    t.world().start_measuring();
    for (std::uint32_t i = 0; i < 3; ++i) {
      barrier->expect(t.spawn(NodeId(i), [this, i](Thread& party) { return go(party, i); }));
    }
    co_await t.compute(100_us);
  }
  Task<> go(Thread& t, std::size_t i) {
    for (int round = 0; round < 3; ++round) {
      co_await t.compute(4_us);
      co_await barrier->wait(t);
      ++gone[i];
    }
  }
  std::vector<int> gone = std::vector<int>(3);
  std::optional<library::Barrier> barrier;
};

}  // namespace

TEST_CASE("A program whose main thread is lost has no result, though all others have ended") {
  // Kona, LegoOS and swapping gave one, with a measured time below zero.
  CrashRig rig(0);
  const std::string report = rig.report_of(start_two);
  CHECK_THAT(report, Catch::StartsWith("the program's main thread is lost with server 0"));
  CHECK_THAT(report, Contains("at 10us: server 0 crashed\n  threads lost with it: 0\n"));
  CHECK_THAT(report, Contains("threads that have finished: 1, 2\n"));
}

TEST_CASE("Main is missed under a protocol that does without its server, too") {
  CrashRig rig(0);
  rig.m.engine.survives = true;
  CHECK_THAT(rig.report_of(start_two), Contains("main thread is lost"));
}

TEST_CASE(
    "A lost thread that nobody joins is missed, unless the protocol does without its server") {
  CrashRig rig(1);
  const std::string report = rig.report_of(start_two);
  CHECK_THAT(report, Catch::StartsWith("threads of the program are lost with server 1"));
  CHECK_THAT(report, Contains("threads lost with it: 1\n"));
  CHECK_THAT(report, Contains("threads that have finished: 0, 2\n"));

  CrashRig survivor(1);
  survivor.m.engine.survives = true;
  survivor.run(start_two);
  CHECK(survivor.m.world.measured() == 50_us);
  CHECK(survivor.m.world.losses().crashes[0].threads == std::vector<ThreadId>{ThreadId(1)});
}

TEST_CASE("A thread that is started on a server after its crash is lost with it") {
  CrashRig rig(1);
  CHECK_THAT(rig.report_of(start_two_late), Contains("threads lost with it: 1\n"));
}

TEST_CASE("Who joins a lost thread that was spawned is told, and so is who does it later") {
  CrashRig rig(1);
  rig.tell();
  std::vector<bool> ended;
  rig.run([&](Thread& t) {
    t.world().start_measuring();
    std::vector<ThreadId> threads = {t.spawn(NodeId(1), work_long), t.spawn(NodeId(2), work_long),
                                     t.spawn(NodeId(1), work_long)};
    return join_all(t, std::move(threads), ended);
  });
  CHECK(ended == std::vector<bool>{false, true, false});
}

TEST_CASE("A channel that knows its senders tells of the loss of one, behind what has come") {
  CrashRig rig(1);
  rig.tell();
  std::vector<ReceivedMessage> received;
  const ChannelId channel = rig.m.world.channels().open(NodeId(0));
  ThreadId sender;
  rig.run([&](Thread& t) {
    t.world().start_measuring();
    sender = t.spawn(NodeId(1), [channel](Thread& thread) { return send_one(thread, channel); });
    t.world().add_sender(channel, sender);
    return receive_two(t, channel, received);
  });
  REQUIRE(received.size() == 2);
  CHECK(received[0].content == 7);
  CHECK_FALSE(received[0].lost_sender.valid());
  CHECK(received[1].lost_sender == sender);
}

TEST_CASE("Parties of the library's barrier go on without those that are lost, round after round") {
  CrashRig rig(1);
  rig.tell();
  Rounds rounds;
  rig.run([&](Thread& t) { return rounds.start(t); });
  CHECK(rounds.gone[0] == 3);
  CHECK(rounds.gone[1] < 3);
  CHECK(rounds.gone[2] == 3);
}

TEST_CASE("What an engine refuses after a crash is no loss, but for memory that does not suffice") {
  CrashRig rig(1);
  CHECK_THROWS_WITH(rig.run(unlock_in_vain), "it does not hold the lock");
  CrashRig want(1);
  CHECK_THAT(want.report_of(allocate_in_vain),
             Catch::StartsWith("no room\nat 10us: server 1 crashed"));
}

TEST_CASE("A program that has measured no time after a crash has no result") {
  CrashRig rig(1);
  CHECK_THAT(rig.report_of(measure_nothing),
             Catch::StartsWith("the program has ended and measured"));
}

TEST_CASE("After a crash who runs out of patience has lost something") {
  CrashRig rig(1);
  const std::string report = rig.report_of(lose_patience);
  CHECK_THAT(report, Contains("has waited for a turn of object 0 longer than 100us"));
  CHECK_THAT(report, Contains("server 1 crashed"));
}

TEST_CASE("What comes again by itself keeps neither a run nor each other going") {
  // A link that flapped and DRust's pings did: neither found the queue empty.
  struct Visitor {
    static Task<> come(World& world, Duration period, Time& last) {
      do {
        {
          const World::Standby standby(world);
          co_await world.simulation().delay(period);
        }
        last = world.simulation().now();
      } while (!world.is_idle());
    }
  };
  MemoryWorld m(1);
  Time seldom;
  Time often;
  m.simulation.spawn(Visitor::come(m.world, 7_us, seldom));
  m.simulation.spawn(Visitor::come(m.world, 3_us, often));
  m.world.spawn(NodeId(0), [](Thread& t) { return work_long(t); });
  m.simulation.run();
  CHECK(often.since_start() == 51_us);
  CHECK(seldom.since_start() == 56_us);
}
