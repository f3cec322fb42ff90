// What becomes of messages when servers, cables and NICs break.

#include <catch2/catch.hpp>
#include <functional>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;
using dsmsim::testing::single_switch;

namespace {

/// A rig whose failures are kept. A packet is sent again after 8.192 us, and a request fails after
/// 24.576 us.
struct Rig : FabricRig, FailureListener {
  Rig()
      : FabricRig(nic("cx3-ib40", {"ack_timeout=1", "retry_count=2"}),
                  single_switch("cx3-ib40", 3)) {
    fabric().report_failures(this);
    fabric().faults();
  }
  void request_failed(const Post& post) override { failed.push_back(post); }
  void at(Duration time, const std::function<void()>& what) {
    simulation().spawn(later(time, what));
  }
  Task<> later(Duration time, std::function<void()> what) {
    co_await simulation().delay(time);
    what();
  }
  LinkId link(std::uint32_t server) const {
    return topology().route(NodeId(server), NodeId((server + 1) % 3), 0)[0];
  }
  std::vector<Post> failed;
};

Time at(Duration time) { return Time() + time; }

}  // namespace

TEST_CASE("While nothing is broken, having faults changes no time") {
  FabricRig plain(nic("cx3-ib40"), single_switch("cx3-ib40", 3));
  Rig rig;
  Duration start;
  for (const Verb verb : {Verb::read, Verb::write, Verb::send, Verb::fetch_add}) {
    start += 100_us;
    const Bytes size = verb == Verb::fetch_add ? 8_B : 10_KiB;
    const Request& one = plain.request(start, verb, size);
    const Request& other = rig.request(start, verb, size);
    plain.run();
    rig.run();
    CHECK(one.latency() == other.latency());
  }
}

TEST_CASE("A request to a server that has crashed fails when it was sent often enough") {
  Rig rig;
  rig.fabric().crash(NodeId(1));
  const Request& read = rig.request(0_ns, Verb::read, 64_B);
  const Request& write = rig.request(0_ns, Verb::write, 64_B);
  const Request& other = rig.request(0_ns, Verb::read, 64_B, 0, 2);
  rig.run();
  CHECK(rig.failed.size() == 2);
  CHECK(read.result == Fabric::kFailed);
  CHECK(read.effect == Time::never());
  CHECK(read.completed > at(24'576_ns));
  CHECK(read.completed < at(28_us));
  CHECK(write.completed >= read.completed);
  CHECK(other.latency() < 3_us);
  CHECK(rig.fabric().faults().counters().sent_again == 4);
}

TEST_CASE("Nothing that a server has not sent when it crashes ever completes") {
  Rig rig;
  const Request& own = rig.request(2'500_ns, Verb::read, 64_B, 1, 0);
  const Request& late = rig.request(4_us, Verb::write, 64_B, 1, 0);
  const Request& large = rig.request(0_ns, Verb::read, 1_MiB, 2, 1);
  rig.at(3_us, [&] { rig.fabric().crash(NodeId(1)); });
  rig.run();
  CHECK(own.completed == Time::never());
  CHECK(late.effect == Time::never());
  CHECK(large.result == Fabric::kFailed);
  CHECK(rig.failed.size() == 1);
}

TEST_CASE("A server that is back refuses requests at once") {
  Rig rig;
  rig.fabric().crash(NodeId(1));
  rig.fabric().restart(NodeId(1));
  const Request& read = rig.request(0_ns, Verb::read, 64_B);
  rig.run();
  CHECK(read.result == Fabric::kFailed);
  CHECK(read.latency() < 3_us);
  CHECK(rig.fabric().has_crashed(NodeId(1)));
}

TEST_CASE("What finds a cable down is sent again, and what follows it waits") {
  Rig rig;
  Faults& faults = rig.fabric().faults();
  faults.take_down(rig.link(0));
  const Request& first = rig.request(0_ns, Verb::write, 64_B);
  const Request& second = rig.request(6_us, Verb::write, 64_B);
  rig.at(5_us, [&] { faults.bring_up(rig.link(0)); });
  rig.run();
  CHECK(rig.failed.empty());
  CHECK(first.latency() > 8'192_ns);
  CHECK(first.latency() < 11_us);
  CHECK(first.tally.spent(Category::wire) > 8_us);
  CHECK(second.effect > first.effect);
  CHECK(second.completed < at(12_us));
  CHECK(faults.counters().sent_again == 1);
}

TEST_CASE("A response finds the cable down too") {
  Rig rig;
  Faults& faults = rig.fabric().faults();
  faults.take_down(rig.link(1));
  const Request& read = rig.request(0_ns, Verb::read, 64_B);
  rig.at(5_us, [&] { faults.bring_up(rig.link(1)); });
  rig.run();
  CHECK(read.latency() > 8'192_ns);
  CHECK(read.latency() < 13_us);
}

TEST_CASE("A cable that stays down fails what needs it") {
  Rig rig;
  rig.fabric().faults().take_down(rig.link(0));
  const Request& write = rig.request(0_ns, Verb::write, 64_B);
  const Request& datagram = rig.request(0_ns, Verb::send_ud, 64_B);
  const Request& other = rig.request(0_ns, Verb::write, 64_B, 1, 2);
  rig.run();
  CHECK(write.result == Fabric::kFailed);
  CHECK(write.completed > at(24'576_ns));
  CHECK(datagram.delivered == Time::never());
  CHECK(datagram.completed < Time::never());
  CHECK(other.latency() < 3_us);
  CHECK(rig.failed.size() == 1);
  CHECK(rig.fabric().faults().counters().datagrams_lost == 1);
}

TEST_CASE("A NIC that stalls serves what has come when it goes on") {
  Rig rig;
  rig.fabric().stall(NodeId(1), 10_us);
  const Request& served = rig.request(0_ns, Verb::read, 64_B);
  const Request& issued = rig.request(0_ns, Verb::write, 64_B, 1, 2);
  rig.run();
  CHECK(served.latency() > 10_us);
  CHECK(served.latency() < 13_us);
  CHECK(issued.latency() > 10_us);
}

TEST_CASE("What a server had sent takes effect after its crash until the connection is closed") {
  // It waits in a NIC that stalls: an unlock of DRust's that came so freed somebody else's lock.
  for (const bool closed : {false, true}) {
    Rig rig;
    rig.fabric().stall(NodeId(0), 10_us);
    const Request& sent = rig.request(0_ns, Verb::write, 64_B, 1, 0);
    const Request& other = rig.request(0_ns, Verb::write, 64_B, 2, 0);
    rig.at(5_us, [&] { rig.fabric().crash(NodeId(1)); });
    if (closed) {
      rig.at(6_us, [&] { rig.fabric().close(NodeId(0), NodeId(1)); });
    }
    rig.run();
    CHECK((sent.effect == Time::never()) == closed);
    CHECK(other.effect != Time::never());
  }
}

TEST_CASE("A delay holds up messages at its rate, and queue pairs keep their order") {
  Rig rig;
  rig.fabric().faults().delay_messages(0.25, 3_us);
  std::vector<const Request*> requests;
  for (int i = 0; i < 200; ++i) {
    requests.push_back(&rig.request(20_us * i, Verb::write, 64_B));
    requests.push_back(&rig.request(20_us * i, Verb::write, 64_B));
  }
  rig.run();
  const std::uint64_t delayed = rig.fabric().faults().counters().delayed;
  CHECK(delayed > 60);
  CHECK(delayed < 140);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    CHECK(requests[i - 1]->effect <= requests[i]->effect);
  }
}

TEST_CASE("Datagrams are lost at their rate, and nobody hears of it") {
  Rig rig;
  rig.fabric().faults().lose_datagrams(0.5);
  for (int i = 0; i < 200; ++i) {
    rig.request(1_us * i, Verb::send_ud, 64_B);
  }
  rig.run();
  const std::uint64_t lost = rig.fabric().faults().counters().datagrams_lost;
  CHECK(lost > 70);
  CHECK(lost < 130);
  CHECK(rig.deliveries.size() == 200 - lost);
  CHECK(rig.failed.empty());
}

TEST_CASE("A server can crash in the place of a step of the protocol") {
  Rig rig;
  const Request& first = rig.request(0_us, Verb::send, 64_B);
  const Request& second = rig.request(5_us, Verb::send, 64_B);
  rig.fabric().faults().before_arrival(
      rig.type(Verb::send), 2, [](void* fabric) { static_cast<Fabric*>(fabric)->crash(NodeId(1)); },
      &rig.fabric());
  rig.run();
  CHECK(first.delivered < Time::never());
  CHECK(second.delivered == Time::never());
  CHECK(second.result == Fabric::kFailed);
}

TEST_CASE("A message that waits for a receive fails when its target crashes") {
  const NicProfile profile =
      nic("cx3-ib40", {"ack_timeout=1", "retry_count=2", "receive_depth=1", "rnr_delay=5us"});
  FabricRig rig(profile, single_switch("cx3-ib40", 3));
  struct Listener : FailureListener {
    std::size_t failed = 0;
    void request_failed(const Post&) override { ++failed; }
  } listener;
  rig.fabric().report_failures(&listener);
  rig.set_repost(false);
  rig.request(0_us, Verb::send, 64_B);
  const Request& waits = rig.request(1_us, Verb::send, 64_B);
  rig.fabric().faults().before_arrival(
      rig.type(Verb::send), 3, [](void* fabric) { static_cast<Fabric*>(fabric)->crash(NodeId(1)); },
      &rig.fabric());
  rig.request(4_us, Verb::send, 64_B);
  rig.run();
  CHECK(waits.result == Fabric::kFailed);
  CHECK(listener.failed == 2);
}

TEST_CASE("Cables are called by the names of their ends") {
  const Topology topology = single_switch("cx3-ib40", 2);
  const std::vector<std::string> names = topology.cable_names();
  REQUIRE(names.size() == 4);  // two directions
  CHECK(topology.find_cable(names[0]).size() == 2);
  CHECK(topology.find_cable("server7-server8").empty());
  CHECK(topology.find_cable("").empty());
}
