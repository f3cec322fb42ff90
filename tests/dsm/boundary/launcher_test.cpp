// Threads that programs start, join, and leave to the system to place and to move.

#include "sim/dsm/boundary/launcher.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/thread_system.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/dsm/boundary/network.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

/// A runtime that has moved every thread as soon as it is asked to, and tells what it was asked.
class Tourist final : public ThreadSystem {
 public:
  Task<NodeId> place(Thread& parent, const Launch&) override {
    co_await parent.world().simulation().delay(2_us);
    parent.tally().charge(Category::handler, parent.now());
    co_return NodeId(2);
  }
  void begins(Thread&) override { ++begun; }
  Task<bool> migrate(Thread& thread, NodeId to) override {
    co_await thread.world().simulation().delay(200_us);
    thread.tally().charge(Category::wire, thread.now());
    co_return to != refused;
  }
  Task<> give(Thread& from, ObjectId object) override {
    given.emplace_back(from.node(), object);
    co_return;
  }
  void take(Thread& by, ObjectId object) override { taken.emplace_back(by.node(), object); }

  int begun = 0;
  NodeId refused;
  std::vector<std::pair<NodeId, ObjectId>> given;
  std::vector<std::pair<NodeId, ObjectId>> taken;
};

/// Three servers with two cores each on a network, one memory, and a program that is a function.
struct Rig {
  explicit Rig(ThreadSystem* system = nullptr, std::size_t servers = 3)
      : topology(test::rack(servers)),
        m(servers, 100_ns, false, 2, 1, [this](Simulation& simulation) {
          return std::make_unique<Fabric>(simulation, topology, test::connectx3(), FabricOptions{});
        }) {
    m.engine.set_threads(system);
  }
  void run(std::function<Task<>(Thread&)> body) {
    struct Play final : Program {
      std::function<Task<>(Thread&)> body;
      Task<> main(Thread& thread) override { return body(thread); }
    } play;
    play.body = std::move(body);
    m.world.run(play);
  }
  MessageCount sent(const std::string& type) {
    const Ledger& ledger = m.cluster.fabric().ledger();
    for (std::size_t i = 0; i < ledger.types().size(); ++i) {
      if (ledger.types()[i].name == type) {
        return ledger.total(MessageTypeId(static_cast<MessageTypeId::Value>(i)));
      }
    }
    return {};
  }
  const Histogram& latency(OpKind kind) {
    return m.world.meter().kinds()[Meter::kind_of(kind).index()].latency;
  }
  Topology topology;
  MemoryWorld m;
};

Task<> note(Thread& t, std::vector<std::uint32_t>& servers) {
  co_await t.compute(1_us);
  servers.push_back(t.node().value());
}

Task<> start_many(Thread& t, int count, std::vector<std::uint32_t>& servers) {
  std::vector<ThreadId> threads;
  for (int i = 0; i < count; ++i) {
    threads.push_back(co_await t.start({}, [&](Thread& child) { return note(child, servers); }));
  }
  for (const ThreadId thread : threads) {
    CHECK(co_await t.join(thread));
  }
}

Task<> start_with_box(Thread& t) {
  const ObjectId box = co_await t.allocate(64_B);
  const auto child = [box](Thread& c) -> Task<> {
    struct Body {
      static Task<> run(Thread& thread, ObjectId object) {
        co_await thread.write(object, 0_B, 8_B);
        LaunchResult result{.size = 72_B};
        result.owned.push_back(object);
        thread.give_result(std::move(result));
      }
    };
    return Body::run(c, box);
  };
  Launch launch{.node = NodeId(1), .closure = 48_B};
  launch.owned.push_back(box);
  const ThreadId id = co_await t.start(std::move(launch), child);
  CHECK(co_await t.join(id));
}

}  // namespace

TEST_CASE("a closure and a result are one message each of their bytes and 16 for every Box") {
  Tourist tourist;
  Rig rig(&tourist);
  rig.run([](Thread& t) { return start_with_box(t); });
  CHECK(rig.sent("spawn").count == 1);
  CHECK(rig.sent("spawn").payload == 64_B);
  CHECK(rig.sent("result").count == 1);
  CHECK(rig.sent("result").payload == 88_B);
  REQUIRE(tourist.given.size() == 2);
  CHECK(tourist.given[0].first == NodeId(0));
  CHECK(tourist.given[1].first == NodeId(1));
  REQUIRE(tourist.taken.size() == 2);
  CHECK(tourist.taken[0].first == NodeId(1));
  CHECK(tourist.taken[1].first == NodeId(0));
  CHECK(tourist.begun == 2);
}

TEST_CASE("a cluster of one server starts and joins threads without a fabric") {
  struct Play final : Program {
    Task<> main(Thread& thread) override { return start_many(thread, 3, servers); }
    std::vector<std::uint32_t> servers;
  } play;
  MemoryWorld m(1);
  m.world.run(play);
  CHECK(play.servers == std::vector<std::uint32_t>{0, 0, 0});
}

TEST_CASE("threads are placed as the policy says") {
  const auto place = [](PlacementPolicy policy, int count) {
    Rig rig;
    rig.m.world.launcher().set_policy(policy);
    std::vector<std::uint32_t> servers;
    rig.run([&](Thread& t) { return start_many(t, count, servers); });
    std::sort(servers.begin(), servers.end());
    return servers;
  };
  using Servers = std::vector<std::uint32_t>;
  CHECK(place(PlacementPolicy::here, 3) == Servers{0, 0, 0});
  CHECK(place(PlacementPolicy::round_robin, 4) == Servers{0, 0, 1, 2});
  CHECK(place(PlacementPolicy::engine, 4) == Servers{0, 0, 1, 2});
  CHECK(place(PlacementPolicy::fixed, 4) == Servers{0, 0, 1, 2});
  CHECK(place(PlacementPolicy::least_loaded, 2) == Servers{1, 2});
}

TEST_CASE("the engine's runtime places threads, and who starts them pays for asking") {
  Tourist tourist;
  Rig rig(&tourist);
  std::vector<std::uint32_t> servers;
  rig.run([&](Thread& t) { return start_many(t, 2, servers); });
  CHECK(servers == std::vector<std::uint32_t>{2, 2});
  CHECK(rig.latency(OpKind::start).count() == 2);
  CHECK(rig.latency(OpKind::start).min() >= 2'000'000);
}

TEST_CASE("a thread moves before its next operation, and only the move takes long") {
  struct Body {
    static Task<> run(Thread& t) {
      const ObjectId object = co_await t.allocate(64_B);
      CHECK(t.ask_to_move(NodeId(1)));
      CHECK_FALSE(t.ask_to_move(NodeId(2)));
      CHECK(t.node() == NodeId(0));
      co_await t.read(object, 0_B, 8_B);
      CHECK(t.node() == NodeId(1));
      co_await t.read(object, 0_B, 8_B);
    }
  };
  Tourist tourist;
  Rig rig(&tourist);
  rig.run([](Thread& t) { return Body::run(t); });
  CHECK(rig.latency(OpKind::migrate).count() == 1);
  CHECK(rig.latency(OpKind::migrate).min() == 200'000'000);
  CHECK(rig.latency(OpKind::read).max() == 100'000);
  CHECK(rig.m.cluster.cpu(NodeId(0)).idle_cores() == 2);
  CHECK(rig.m.cluster.cpu(NodeId(1)).idle_cores() == 2);
}

/// A runtime that needs 3 us at the end of every phase in which a thread has worked.
class Postponer final : public ThreadSystem {
 public:
  Task<NodeId> place(Thread&, const Launch&) override { co_return NodeId(0); }
  void begins(Thread&) override {}
  Task<bool> migrate(Thread&, NodeId) override { co_return false; }
  Task<> give(Thread&, ObjectId) override { co_return; }
  void take(Thread&, ObjectId) override {}
  bool has_put_off(const Thread& thread) const override { return works.contains(thread.id()); }
  Task<> end_phase(Thread& thread) override {
    works.erase(thread.id());
    co_await thread.world().simulation().delay(3_us);
    thread.tally().charge(Category::wire, thread.now());
  }
  std::set<ThreadId> works;
};

TEST_CASE(
    "what is put off until a phase ends is done before a barrier, a join, a result, the end") {
  struct Body {
    static Task<> work(Thread& t, Postponer& postponer) {
      postponer.works.insert(t.id());
      co_return;
    }
    static Task<> run(Thread& t, Postponer& postponer, Time& last) {
      Barrier alone(t.world().simulation().queue(), 1);
      co_await t.barrier(alone);  // nothing is put off
      CHECK(t.now() == Time());
      postponer.works.insert(t.id());
      co_await t.barrier(alone);
      CHECK(t.now() == Time() + 3_us);
      const ThreadId child =
          co_await t.start({}, [&](Thread& other) { return work(other, postponer); });
      const Time started = t.now();
      co_await t.join(child);
      CHECK(t.now() >= started + 3_us);  // and the time in which its result comes
      CHECK(t.now() < started + 4_us);
      postponer.works.insert(t.id());
      last = t.now();
    }
  };
  Postponer postponer;
  Rig rig(&postponer);
  Time last;
  rig.run([&](Thread& t) { return Body::run(t, postponer, last); });
  CHECK(rig.m.world.end() == last + 3_us);
  CHECK(rig.latency(OpKind::end_phase).count() == 3);
  CHECK(rig.latency(OpKind::end_phase).min() == 3'000'000);
}

TEST_CASE("a thread that its runtime does not move after all stays and goes on") {
  struct Body {
    static Task<> run(Thread& t) {
      const ObjectId object = co_await t.allocate(64_B);
      CHECK(t.ask_to_move(NodeId(1)));
      co_await t.read(object, 0_B, 8_B);
      CHECK(t.node() == NodeId(0));
      CHECK(t.ask_to_move(NodeId(2)));
      co_await t.read(object, 0_B, 8_B);
      CHECK(t.node() == NodeId(2));
    }
  };
  Tourist tourist;
  tourist.refused = NodeId(1);
  Rig rig(&tourist);
  rig.run([](Thread& t) { return Body::run(t); });
}

TEST_CASE("a thread that moves queues for a core of its new server") {
  struct Body {
    static Task<> busy(Thread& t) { co_await t.compute(1_ms); }
    static Task<> mover(Thread& t) {
      const ObjectId object = co_await t.allocate(64_B);
      t.ask_to_move(NodeId(1));
      co_await t.read(object, 0_B, 8_B);
      CHECK(t.now().since_start() >= 1_ms);
    }
    static Task<> main(Thread& t) {
      std::vector<ThreadId> threads = {t.spawn(NodeId(1), busy), t.spawn(NodeId(1), busy),
                                       t.spawn(NodeId(0), mover)};
      for (const ThreadId thread : threads) {
        co_await t.join(thread);
      }
    }
  };
  Tourist tourist;
  Rig rig(&tourist);
  rig.run([](Thread& t) { return Body::main(t); });
  CHECK(rig.m.cluster.cpu(NodeId(1)).busy() >= 2_ms);
  CHECK(rig.m.cluster.cpu(NodeId(0)).busy() < 10_us);
}

TEST_CASE("a core is busy while its thread works, not while it waits") {
  struct Body {
    static Task<> main(Thread& t) {
      co_await t.compute(3_us);
      const ObjectId object = co_await t.allocate(64_B);
      co_await t.read(object, 0_B, 8_B);
      co_await t.compute(2_us);
    }
  };
  MemoryWorld m(1, 10_us, true, 1);
  struct Play final : Program {
    Task<> main(Thread& thread) override { return Body::main(thread); }
  } play;
  m.world.run(play);
  CHECK(m.cluster.cpu(NodeId(0)).busy() == 5_us);
}

TEST_CASE("a join of a thread that was lost says so once that is known") {
  struct Body {
    static Task<> child(Thread& t) { co_await t.compute(1000_ms); }
    static Task<> main(Thread& t) {
      const ThreadId id = co_await t.start({.node = NodeId(1)}, child);
      t.world().simulation().queue().schedule(
          t.now() + 1_ms,
          [](void* world) {
            static_cast<World*>(world)->crash(NodeId(1));
            static_cast<World*>(world)->notice_crash(NodeId(1));
            static_cast<World*>(world)->launcher().report_loss(ThreadId(1));
          },
          &t.world());
      CHECK_FALSE(co_await t.join(id));
    }
  };
  Rig rig;
  rig.m.engine.survives = true;
  rig.run([](Thread& t) { return Body::main(t); });
}

TEST_CASE("a join of a thread that nobody started waits for its end, as of old") {
  struct Body {
    static Task<> child(Thread& t) { co_await t.compute(1_us); }
    static Task<> main(Thread& t) {
      const ThreadId id = t.spawn(NodeId(1), child);
      CHECK(co_await t.join(id));
      CHECK(t.now().since_start() == 1_us);
    }
  };
  Rig rig;
  rig.run([](Thread& t) { return Body::main(t); });
  CHECK(rig.sent("result").count == 0);
}
