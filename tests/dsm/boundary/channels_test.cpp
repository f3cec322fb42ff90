// Messages between threads.

#include "sim/dsm/boundary/channels.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/thread_system.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/dsm/boundary/network.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

/// Threads that are functions: each gets its turn on a server, with the channel.
class Cast final : public Program {
 public:
  using Body = Task<> (*)(Thread&, ChannelId);
  Cast(World& world, NodeId home) : channel_(world.channels().open(home)) {}
  void add(std::uint32_t server, Body body) { roles_.push_back({NodeId(server), body}); }
  ChannelId channel() const { return channel_; }
  Task<> main(Thread& thread) override {
    std::vector<ThreadId> threads;
    for (const Role& role : roles_) {
      threads.push_back(
          thread.spawn(role.server, [&role, this](Thread& t) { return role.body(t, channel_); }));
    }
    for (const ThreadId id : threads) {
      co_await thread.join(id);
    }
  }

 private:
  struct Role {
    NodeId server;
    Body body;
  };
  ChannelId channel_;
  std::vector<Role> roles_;
};

/// Three servers on a network, and one memory.
struct Network {
  explicit Network(std::uint32_t cores = 16)
      : topology(test::rack(3)), m(3, 100_ns, false, cores, 1, [this](Simulation& simulation) {
          return std::make_unique<Fabric>(simulation, topology, test::connectx3(), FabricOptions{});
        }) {}
  const KindMeter& meter(OpKind kind) {
    return m.world.meter().kinds()[Meter::kind_of(kind).index()];
  }
  Duration spent(OpKind kind, Category category) {
    return meter(kind).spent[static_cast<std::size_t>(category)];
  }
  bool breakdown_sums(OpKind kind) {
    Duration sum;
    for (const Duration spent : meter(kind).spent) {
      sum += spent;
    }
    return sum.ps() == static_cast<std::int64_t>(meter(kind).latency.sum());
  }
  Topology topology;
  MemoryWorld m;
};

/// A runtime that notes who gives and takes objects; giving takes a while.
class Notary final : public ThreadSystem {
 public:
  Task<NodeId> place(Thread& parent, const Launch&) override { co_return parent.node(); }
  void begins(Thread&) override {}
  Task<bool> migrate(Thread&, NodeId) override { co_return false; }
  Task<> give(Thread& from, ObjectId object) override {
    deeds.push_back("server " + std::to_string(from.node().value()) + " gives " + name(object));
    co_await from.world().simulation().delay(30_ns);
    from.tally().charge(Category::cpu, from.now());
  }
  void take(Thread& by, ObjectId object) override {
    deeds.push_back("server " + std::to_string(by.node().value()) + " takes " + name(object));
  }
  static std::string name(ObjectId object) { return std::to_string(object.value()); }
  std::vector<std::string> deeds;
};

Task<> send_boxes(Thread& t, ChannelId channel) {
  std::vector<ObjectId> boxes(2);
  boxes[0] = co_await t.allocate(64_B);
  boxes[1] = co_await t.allocate(64_B);
  co_await t.send(channel, 24_B, 7, boxes);
  co_await t.send(channel, 8_B, 8);
}

Task<> receive_boxes(Thread& t, ChannelId channel) {
  const ReceivedMessage first = co_await t.receive_message(channel);
  CHECK(first.content == 7);
  CHECK(first.length == 56_B);
  CHECK(first.boxes == std::vector<ObjectId>{ObjectId(0), ObjectId(1)});
  const ReceivedMessage second = co_await t.receive_message(channel);
  CHECK(second.content == 8);
  CHECK(second.boxes.empty());
}

Task<> receive_boxes_late(Thread& t, ChannelId channel) {
  co_await t.compute(50_us);
  co_await receive_boxes(t, channel);
}

Task<> send_ten(Thread& t, ChannelId channel) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    co_await t.send(channel, 200_B, 100 + i);
  }
}

Task<> receive_ten(Thread& t, ChannelId channel) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    const std::uint64_t content = co_await t.receive(channel);
    CHECK(content == 100 + i);
  }
}

Task<> send_later(Thread& t, ChannelId channel) {
  co_await t.compute(50_us);
  co_await t.send(channel, 200_B, 7);
}

Task<> receive_seven(Thread& t, ChannelId channel) {
  const std::uint64_t content = co_await t.receive(channel);
  CHECK(content == 7);
}

Task<> receive_late(Thread& t, ChannelId channel) {
  co_await t.compute(500_us);
  co_await receive_seven(t, channel);
}

Task<> receive_two(Thread& t, ChannelId channel) {
  co_await t.receive(channel);
  co_await t.receive(channel);
}

}  // namespace

TEST_CASE("Messages to another server are one SEND each and arrive in order") {
  Network net;
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, &send_ten);
  cast.add(1, &receive_ten);
  net.m.world.run(cast);
  const Ledger& ledger = net.m.cluster.fabric().ledger();
  REQUIRE(ledger.types().size() == 1);
  CHECK(ledger.types()[0].name == "channel");
  CHECK(ledger.types()[0].verb == Verb::send);
  CHECK(ledger.total(MessageTypeId(0)).count == 10);
  CHECK(ledger.total(MessageTypeId(0)).payload == 2000_B);
  CHECK(ledger.types()[0].purpose == Purpose::program);
  CHECK(ledger.dsm_wire() == 0_B);
  CHECK(ledger.traffic().data(Cause::read) == 0_B);
  CHECK(net.meter(OpKind::send).latency.count() == 10);
  CHECK(net.meter(OpKind::receive).latency.count() == 10);
  CHECK(net.breakdown_sums(OpKind::send));
  CHECK(net.breakdown_sums(OpKind::receive));
}

TEST_CASE("A send takes the time of posting, the network is the receiver's wait") {
  Network net;
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, &send_later);
  cast.add(1, &receive_seven);
  net.m.world.run(cast);
  CHECK(net.meter(OpKind::send).latency.max() == (300_ns).ps());
  CHECK(net.spent(OpKind::send, Category::cpu) == 300_ns);
  CHECK(net.spent(OpKind::receive, Category::lock_wait) == 50_us + 300_ns);  // until it was sent
  // SEND of 200 B, inlined: 0.98 + 0.09 us and 1.85 ns a byte, of which 0.3 us are the posting.
  CHECK(net.spent(OpKind::receive, Category::wire).us() == Approx(0.77 + 0.37).epsilon(0.02));
  CHECK(net.spent(OpKind::receive, Category::copy) == net.m.cluster.profile().touch(200_B));
}

TEST_CASE("A message that has come before it is asked for is taken out at once") {
  Network net;
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, &send_later);
  cast.add(1, &receive_late);
  net.m.world.run(cast);
  CHECK(net.m.world.meter().local_operations() == 1);
  CHECK(net.meter(OpKind::receive).latency.max() == net.m.cluster.profile().touch(200_B).ps());
}

TEST_CASE("Within a server a message is a copy and nothing is sent") {
  Network net;
  Cast cast(net.m.world, NodeId(1));
  cast.add(1, &send_ten);
  cast.add(1, &receive_ten);
  net.m.world.run(cast);
  const Duration touch = net.m.cluster.profile().touch(200_B);
  CHECK(net.m.cluster.fabric().ledger().total(MessageTypeId(0)).count == 0);
  CHECK(net.meter(OpKind::send).latency.max() == touch.ps());
  CHECK(net.spent(OpKind::send, Category::copy) == touch * 10);
  CHECK(net.breakdown_sums(OpKind::receive));
}

TEST_CASE("A cluster of one server needs no fabric for channels") {
  MemoryWorld m(1);
  Cast cast(m.world, NodeId(0));
  cast.add(0, &send_ten);
  cast.add(0, &receive_ten);
  m.world.run(cast);
  CHECK(m.world.end() > Time());
}

TEST_CASE("A thread that waits for a message leaves its core to the one that sends it") {
  Network net(1);
  Cast cast(net.m.world, NodeId(1));
  cast.add(1, &receive_seven);
  cast.add(1, &send_later);
  net.m.world.run(cast);
  CHECK(net.spent(OpKind::receive, Category::lock_wait) > 50_us);
}

TEST_CASE("A thread that waits for a message that nobody sends is a deadlock") {
  Network net;
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, &send_later);
  cast.add(1, &receive_two);
  try {
    net.m.world.run(cast);
    FAIL("no deadlock");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::deadlock);
    CHECK_THAT(error.what(),
               Catch::Contains("thread 2 on server 1 waits for channel 0 on server 1"));
  }
}

TEST_CASE("A channel is received from on its own server only, and must be open") {
  const auto refused = [](std::uint32_t server, Cast::Body body, const std::string& why) {
    Network net;
    Cast cast(net.m.world, NodeId(1));
    cast.add(server, body);
    CHECK_THROWS_WITH(net.m.world.run(cast), Catch::Contains(why));
  };
  refused(0, &receive_seven, "channel 0 on server 1 cannot be received from on server 0");
  refused(
      0, [](Thread& t, ChannelId) -> Task<> { co_await t.send(ChannelId(5), 8_B); },
      "there is no channel 5");
}

TEST_CASE("A Box in a message is 16 bytes of it and takes the ownership of its object along") {
  Network net;
  Notary notary;
  net.m.engine.set_threads(&notary);
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, &send_boxes);
  cast.add(1, &receive_boxes);
  net.m.world.run(cast);
  CHECK(notary.deeds == std::vector<std::string>{"server 0 gives 0", "server 0 gives 1",
                                                 "server 1 takes 0", "server 1 takes 1"});
  CHECK(net.m.cluster.fabric().ledger().total(MessageTypeId(0)).payload == 56_B + 8_B);
  CHECK(net.meter(OpKind::send).latency.max() == (30_ns + 30_ns + 300_ns).ps());
  CHECK(net.breakdown_sums(OpKind::send));
  CHECK(net.breakdown_sums(OpKind::receive));
}

TEST_CASE("Boxes stay with their message within a server, and under engines without ownership") {
  for (const bool ownership : {true, false}) {
    Network net;
    Notary notary;
    net.m.engine.set_threads(ownership ? &notary : nullptr);
    Cast cast(net.m.world, NodeId(1));
    cast.add(1, &send_boxes);
    cast.add(1, &receive_boxes_late);
    net.m.world.run(cast);
    CHECK(notary.deeds.size() == (ownership ? 4 : 0));
    CHECK(net.breakdown_sums(OpKind::receive));
  }
}

TEST_CASE("A thread that does not ask for the Boxes has them all the same") {
  Network net;
  Notary notary;
  net.m.engine.set_threads(&notary);
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, &send_boxes);
  cast.add(1, &receive_two);
  net.m.world.run(cast);
  CHECK(notary.deeds.size() == 4);
}

TEST_CASE("A replayed message is executed as the program's own") {
  Network net;
  Cast cast(net.m.world, NodeId(1));
  cast.add(0, [](Thread& t, ChannelId channel) -> Task<> {
    co_await t.execute(Op::send(channel, 64_B, 7));
  });
  cast.add(1, &receive_seven);
  net.m.world.run(cast);
  CHECK(net.meter(OpKind::receive).latency.count() == 1);
}
