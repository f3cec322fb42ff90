// Workers that take messages off a server's NIC.

#include "sim/dsm/kit/worker_pool.hpp"

#include <catch2/catch.hpp>

#include "tests/dsm/boundary/network.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

constexpr Duration kService = 10_us;

/// Every message takes kService, and `more` after its logic; notes what happens when.
struct Handler : MessageHandler {
  explicit Handler(Simulation& s) : simulation(s) {}
  Simulation& simulation;
  Duration more;
  std::vector<std::pair<std::uint32_t, Time>> handled;
  Duration service_time(const Delivery&) override { return kService; }
  Duration handle(const Delivery& message) override {
    handled.emplace_back(message.body.as<std::uint32_t>(), simulation.now());
    return more;
  }
};

struct PoolRig {
  explicit PoolRig(std::uint32_t workers, const std::vector<std::string>& changes = {})
      : topology(test::rack(3)),
        fabric(simulation, topology, test::connectx3(changes), {}),
        type(fabric.ledger().declare("work", Verb::send, Purpose::control)),
        handler(simulation),
        pool(fabric, NodeId(1), workers, handler) {}

  void send(std::uint32_t number, Tally* tally = nullptr, std::uint32_t from = 0) {
    fabric.post({.from = NodeId(from),
                 .to = NodeId(1),
                 .verb = Verb::send,
                 .type = type,
                 .payload = 16_B,
                 .tally = tally,
                 .body = number});
  }

  Simulation simulation;
  Topology topology;
  Fabric fabric;
  MessageTypeId type;
  Handler handler;
  WorkerPool pool;
};

Duration spent(const Tally& tally, Category category) { return tally.spent(category); }

}  // namespace

TEST_CASE("One worker takes messages one after the other, in order of arrival") {
  PoolRig rig(1);
  std::vector<Tally> tallies(5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    tallies[i].start(Time());
    rig.send(i, &tallies[i]);
  }
  rig.simulation.run();
  REQUIRE(rig.handler.handled.size() == 5);
  const Time first = rig.handler.handled[0].second;
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(rig.handler.handled[i].first == i);
    CHECK(rig.handler.handled[i].second == first + kService * i);
    CHECK(spent(tallies[i], Category::handler) == kService);
    CHECK(tallies[i].as_of() == rig.handler.handled[i].second);
  }
  CHECK(spent(tallies[0], Category::handler_queue) == 0_ns);
  CHECK(spent(tallies[4], Category::handler_queue) > kService * 3);
  CHECK(rig.pool.handled() == 5);
  CHECK(rig.pool.busy() == kService * 5);
}

TEST_CASE("As many messages are worked on at a time as there are workers") {
  PoolRig rig(3);
  for (std::uint32_t i = 0; i < 7; ++i) {
    rig.send(i);
  }
  rig.simulation.run();
  const Time end = rig.handler.handled.back().second;
  CHECK(end > Time::at(kService * 3));
  CHECK(end < Time::at(kService * 3 + 5_us));
}

TEST_CASE("Time that the logic adds keeps the worker busy") {
  PoolRig rig(1);
  rig.handler.more = 3_us;
  rig.send(0);
  rig.send(1);
  rig.simulation.run();
  REQUIRE(rig.handler.handled.size() == 2);
  CHECK(rig.handler.handled[1].second - rig.handler.handled[0].second == kService + 3_us);
  CHECK(rig.pool.busy() == (kService + 3_us) * 2);
}

TEST_CASE("Messages that nobody has taken yet are the backlog") {
  PoolRig rig(1);
  for (std::uint32_t i = 0; i < 6; ++i) {
    rig.send(i);
  }
  rig.simulation.queue().schedule(
      Time::at(kService / 2), [](void* q) { static_cast<EventQueue*>(q)->stop(); },
      &rig.simulation.queue());
  rig.simulation.run();
  CHECK(rig.pool.backlog() == 5);
  rig.simulation.run();
  CHECK(rig.pool.backlog() == 0);
}

TEST_CASE("A message holds its receive until a worker takes it, submitted work holds none") {
  PoolRig rig(1, {"receive_depth=2"});
  for (std::uint32_t i = 0; i < 4; ++i) {
    rig.send(i);
  }
  rig.simulation.run();
  CHECK(rig.fabric.receiver_not_ready() > 0);  // one is being worked on, two wait, the fourth
  CHECK(rig.handler.handled.size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(rig.handler.handled[i].first == i);
    rig.pool.submit(Delivery{.from = NodeId(1),
                             .to = NodeId(1),
                             .verb = Verb::read,
                             .type = rig.type,
                             .payload = 0_B,
                             .tally = nullptr,
                             .body = 10 + i});
  }
  const std::uint64_t refused = rig.fabric.receiver_not_ready();
  rig.send(9);
  rig.simulation.run();
  CHECK(rig.handler.handled.size() == 9);
  CHECK(rig.fabric.receiver_not_ready() == refused);
}

TEST_CASE("Messages from different servers are taken in order of arrival") {
  PoolRig rig(1);
  rig.send(1, nullptr, 2);
  rig.send(0, nullptr, 0);
  rig.send(3, nullptr, 2);
  rig.simulation.run();
  REQUIRE(rig.handler.handled.size() == 3);
  CHECK(rig.handler.handled[2].first == 3);
}
