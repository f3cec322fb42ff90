// The order that a queue pair promises, and what holds it up.

#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;
using dsmsim::testing::single_switch;

namespace {

FabricRig rig_of(NicProfile profile, std::size_t servers = 2, FabricOptions options = {}) {
  return {profile, single_switch("cx3-ib40", servers), options};
}

NicProfile with_receives(std::uint32_t depth) {
  NicProfile profile = nic("cx3-ib40");
  profile.receive_depth = depth;
  return profile;
}

}  // namespace

TEST_CASE("A small WRITE behind a large one takes effect after it, packets or flows") {
  for (const std::string& name : dsmsim::testing::nic_names()) {
    for (const WireModel wire : {WireModel::automatic, WireModel::queue, WireModel::flow}) {
      for (const Bytes large : {1_KiB, 5_KiB, 100_KiB}) {
        INFO(name << " " << large);
        FabricRig rig(nic(name), single_switch(name, 2), {.wire = wire});
        const Request& first = rig.request(0_ns, Verb::write, large);
        const Request& second = rig.request(0_ns, Verb::write, 8_B);
        const Request& third = rig.request(0_ns, Verb::send, 8_B);
        const Request& read = rig.request(0_ns, Verb::read, 8_B);
        rig.run();
        CHECK(first.effect <= second.effect);
        CHECK(second.effect <= third.delivered);
        CHECK(third.delivered <= read.effect);
      }
    }
  }
}

TEST_CASE("A queue pair keeps its order although its engine takes no time") {
  NicProfile profile = nic("cx3-ib40");
  profile.queue_pair_write = profile.queue_pair_read = {};
  profile.queue_pair_fetched = profile.outbound_write = profile.inbound_write = {};
  FabricRig rig = rig_of(profile);
  std::vector<const Request*> requests;
  for (int i = 0; i < 50; ++i) {
    requests.push_back(&rig.request(1_ns * (i / 10), Verb::write, Bytes(i % 7 == 0 ? 4000 : 8)));
  }
  rig.run();
  for (std::size_t i = 1; i < requests.size(); ++i) {
    REQUIRE(requests[i - 1]->effect <= requests[i]->effect);
  }
}

TEST_CASE("Different queue pairs between two servers owe each other no order") {
  FabricRig rig = rig_of(nic("cx3-ib40"), 2, {.lanes = 2});
  const Request& large = rig.request(0_ns, Verb::write, 1_MiB, 0, 1, 0);
  const Request& small = rig.request(0_ns, Verb::write, 8_B, 0, 1, 1);
  rig.run();
  CHECK(small.effect < large.effect);
}

TEST_CASE("Completions come in order of posting: a WRITE is not complete before the READ ahead") {
  // Each was polled when its own answer had come.
  for (const WireModel wire : {WireModel::queue, WireModel::flow}) {
    FabricRig rig = rig_of(nic("cx3-ib40"), 2, {.wire = wire});
    const Request& read = rig.request(0_ns, Verb::read, 256_KiB);
    const Request& small_read = rig.request(0_ns, Verb::read, 2_B);
    const Request& write = rig.request(0_ns, Verb::write, 8_B);
    const Request& other_pair = rig.request(0_ns, Verb::write, 8_B, 1, 0);
    rig.run();
    CHECK(read.completed <= small_read.completed);
    CHECK(small_read.completed <= write.completed);
    CHECK(write.effect < read.completed);
    CHECK(write.tally.as_of() == write.completed);
    CHECK(other_pair.completed < read.completed);
  }
}

TEST_CASE("A 2-byte READ behind a 2-KiB READ is not complete before it") {
  // It has less to write to memory at the end and came out first.
  FabricRig rig = rig_of(nic("cx3-ib40"));
  const Request& first = rig.request(0_ns, Verb::read, 2_KiB);
  const Request& second = rig.request(0_ns, Verb::read, 2_B);
  rig.run();
  CHECK(first.effect <= second.effect);
  CHECK(first.completed <= second.completed);
}

TEST_CASE("A large READ does not keep a WRITE behind it from leaving") {
  // The time that the answer takes was booked on the requester's send queue.
  FabricRig rig = rig_of(nic("cx3-ib40"));
  rig.request(0_ns, Verb::read, 1_MiB);
  const Request& write = rig.request(0_ns, Verb::write, 8_B);
  rig.run();
  CHECK(write.effect - write.posted < 3_us);
}

TEST_CASE("No more READs and atomics are in flight than the window admits") {
  for (const std::uint32_t window : {1U, 4U, 16U}) {
    NicProfile profile = nic("cx3-ib40");
    profile.max_rd_atomic = window;
    FabricRig rig = rig_of(profile);
    std::vector<const Request*> requests;
    for (int i = 0; i < 40; ++i) {
      const Verb verb = i % 3 == 0 ? Verb::fetch_add : Verb::read;
      requests.push_back(&rig.request(1_ns * i, verb, 8_B));
    }
    rig.run();
    for (std::size_t i = window; i < requests.size(); ++i) {
      REQUIRE(requests[i]->effect > requests[i - window]->completed);
      REQUIRE(requests[i]->completed >= requests[i - 1]->completed);
    }
  }
}

TEST_CASE("What stands behind a READ that waits for the window waits too") {
  NicProfile profile = nic("cx3-ib40");
  profile.max_rd_atomic = 1;
  FabricRig rig = rig_of(profile, 3);
  const Request& first = rig.request(0_ns, Verb::read, 8_B);
  rig.request(0_ns, Verb::read, 8_B);
  const Request& write = rig.request(0_ns, Verb::write, 8_B);
  const Request& elsewhere = rig.request(0_ns, Verb::write, 8_B, 0, 2);
  rig.run();
  CHECK(write.effect > first.completed);
  CHECK(elsewhere.effect < first.completed);
}

TEST_CASE("A SEND that finds no receive comes again after the delay, with what is behind it") {
  FabricRig rig = rig_of(with_receives(1), 3);
  rig.set_repost(false);
  const Request& taken = rig.request(0_ns, Verb::send, 8_B);
  const Request& refused = rig.request(10_us, Verb::send, 8_B);
  const Request& behind = rig.request(11_us, Verb::write, 8_B);
  const Request& read_behind = rig.request(12_us, Verb::read, 8_B);
  const Request& other = rig.request(11_us, Verb::write, 8_B, 2, 1);
  rig.simulation().queue().schedule(
      Time::at(100_us), [](void* f) { static_cast<Fabric*>(f)->repost_receive(NodeId(1)); },
      &rig.fabric());
  rig.run();
  CHECK(rig.fabric().receiver_not_ready() == 1);
  CHECK(taken.delivered < Time::at(2_us));
  CHECK(refused.delivered > Time::at(650_us));
  CHECK(refused.delivered < Time::at(653_us));
  CHECK(refused.completed > refused.delivered);  // the acknowledgement still has to come back
  CHECK(behind.effect >= refused.delivered);     // it went ahead of the SEND
  CHECK(read_behind.effect >= behind.effect);
  CHECK(other.effect < Time::at(13_us));
  CHECK(behind.tally.spent(Category::nic_queue) > 600_us);
}

TEST_CASE("A SEND comes again and again until there is a receive") {
  FabricRig rig = rig_of(with_receives(1));
  rig.set_repost(false);
  rig.request(0_ns, Verb::send, 8_B);
  rig.request(5_us, Verb::send, 8_B);
  rig.request(6_us, Verb::write_imm, 8_B);
  rig.simulation().queue().schedule(
      Time::at(3_ms),
      [](void* f) {
        static_cast<Fabric*>(f)->repost_receive(NodeId(1));
        static_cast<Fabric*>(f)->repost_receive(NodeId(1));
      },
      &rig.fabric());
  rig.run();
  CHECK(rig.fabric().receiver_not_ready() == 5);  // 5 us and four times 640 us later
  REQUIRE(rig.deliveries.size() == 3);
  CHECK(rig.deliveries[1].verb == Verb::send);
  CHECK(rig.deliveries[2].verb == Verb::write_imm);
}

TEST_CASE("A datagram completes when it is sent, and is lost without a receive") {
  FabricRig rig = rig_of(with_receives(1));
  rig.set_repost(false);
  const Request& first = rig.request(0_ns, Verb::send_ud, 1_KiB);
  const Request& second = rig.request(10_us, Verb::send_ud, 1_KiB);
  rig.run();
  CHECK(first.completed < first.delivered);
  CHECK(second.latency() == first.latency());
  CHECK(second.delivered == Time::never());
  CHECK(rig.fabric().dropped() == 1);
  CHECK(rig.fabric().receiver_not_ready() == 0);
  CHECK_THROWS_AS(rig.fabric().post({.from = NodeId(0),
                                     .to = NodeId(1),
                                     .verb = Verb::send_ud,
                                     .type = rig.type(Verb::send_ud),
                                     .payload = 4_KiB}),
                  std::logic_error);
}

TEST_CASE("Of eight servers that compare-and-swap the same word, one wins") {
  FabricRig rig = rig_of(nic("cx3-ib40"), 9);
  std::uint64_t word = 0;
  std::vector<const Request*> requests;
  for (std::uint32_t server = 0; server < 8; ++server) {
    const auto swap = [&word, server]() -> std::uint64_t {
      const std::uint64_t old = word;
      word = old == 0 ? server + 1 : old;
      return old;
    };
    requests.push_back(&rig.request(0_ns, {.from = NodeId(server),
                                           .to = NodeId(8),
                                           .verb = Verb::compare_swap,
                                           .type = rig.type(Verb::compare_swap),
                                           .payload = 8_B,
                                           .effect = swap}));
  }
  rig.run();
  std::size_t winners = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    winners += requests[i]->result == 0 ? 1U : 0U;
    CHECK((requests[i]->result == 0) == (word == i + 1));
  }
  CHECK(winners == 1);
}

TEST_CASE("A READ fetches what is there when the target's NIC reads its memory") {
  const NicProfile profile = nic("cx3-ib40");
  FabricRig rig = rig_of(profile);
  std::uint64_t word = 1;
  const Request& read = rig.request(0_ns, {.from = NodeId(0),
                                           .to = NodeId(1),
                                           .verb = Verb::read,
                                           .type = rig.type(Verb::read),
                                           .payload = 8_B,
                                           .effect = [&word] { return word; }});
  const Request& late = rig.request(5_ns, {.from = NodeId(0),
                                           .to = NodeId(1),
                                           .verb = Verb::read,
                                           .type = rig.type(Verb::read),
                                           .payload = 8_B,
                                           .effect = [&word] { return word; }});
  // One way, then the DMA read, of which the answer's first byte is the end.
  const Duration dma = profile.post + profile.tx + rig.net_latency() + profile.rx +
                       profile.dma_read + from_ns(8 * (0.725 - 0.2595) / 2);
  rig.simulation().queue().schedule(
      Time::at(dma + 1_ns), [](void* w) { *static_cast<std::uint64_t*>(w) = 2; }, &word);
  rig.run();
  CHECK(read.result == 1);
  CHECK(late.result == 2);
}

TEST_CASE("A post that makes no sense is a logic error") {
  FabricRig rig = rig_of(nic("cx3-ib40"), 3, {.lanes = 2});
  const Post good{.from = NodeId(0),
                  .to = NodeId(1),
                  .verb = Verb::write,
                  .type = rig.type(Verb::write),
                  .payload = 8_B};
  const auto refused = [&](auto change) {
    Post post = good;
    change(post);
    CHECK_THROWS_AS(rig.fabric().post(post), std::logic_error);
  };
  rig.fabric().post(good);
  refused([](Post& p) { p.to = NodeId(0); });
  refused([](Post& p) { p.to = NodeId(3); });
  refused([](Post& p) { p.from = NodeId(); });
  refused([](Post& p) { p.lane = 2; });  // this was the first lane to the next server
  refused([](Post& p) { p.type = MessageTypeId(); });
  refused([&](Post& p) { p.type = rig.type(Verb::send); });
}

TEST_CASE("A message for a server that nobody receives for is a logic error") {
  Simulation simulation;
  const Topology topology = single_switch("cx3-ib40", 2);
  Fabric fabric(simulation, topology, nic("cx3-ib40"), {});
  const MessageTypeId type = fabric.ledger().declare("hello", Verb::send, Purpose::control);
  fabric.post({.from = NodeId(0), .to = NodeId(1), .verb = Verb::send, .type = type});
  CHECK_THROWS_AS(simulation.run(), std::logic_error);
}

TEST_CASE("A service beside the engine receives the messages of its type at every server") {
  struct Service : Receiver {
    std::vector<NodeId> at;
    void deliver(const Delivery& delivery) override { at.push_back(delivery.to); }
  } service;
  FabricRig rig = rig_of(nic("cx3-ib40"), 3);
  const MessageTypeId type = rig.fabric().ledger().declare("echo", Verb::send, Purpose::control);
  rig.fabric().set_receiver(type, &service);
  for (const std::uint32_t to : {1U, 2U}) {
    rig.fabric().post({.from = NodeId(0), .to = NodeId(to), .verb = Verb::send, .type = type});
    rig.request(0_ns, Verb::send, 8_B, 0, to);
  }
  rig.run();
  CHECK(service.at == std::vector{NodeId(1), NodeId(2)});
  CHECK(rig.deliveries.size() == 2);
}
