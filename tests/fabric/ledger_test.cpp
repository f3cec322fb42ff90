// What is counted of every message.

#include "sim/fabric/ledger.hpp"

#include <catch2/catch.hpp>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::single_switch;

namespace {

struct Counted {
  std::uint64_t count;
  Bytes payload;
  Bytes wire;
  Bytes data = {};
};

void check(const MessageCount& count, const Counted& expected) {
  CHECK(count.count == expected.count);
  CHECK(count.payload == expected.payload);
  CHECK(count.data == expected.data);
  CHECK(count.wire == expected.wire);
}

}  // namespace

TEST_CASE("The ledger counts per type, per source and per destination") {
  Ledger ledger(3);
  const MessageTypeId ask = ledger.declare("ask", Verb::send, Purpose::control);
  const MessageTypeId data = ledger.declare("data", Verb::write, Purpose::fetch);
  const MessageTypeId more = ledger.declare("more", Verb::write, Purpose::fetch);
  ledger.record(ask, NodeId(0), NodeId(1), 16_B, 42_B);
  ledger.record(ask, NodeId(0), NodeId(2), 16_B, 42_B);
  ledger.record(data, NodeId(1), NodeId(0), 512_B, 554_B, {Cause::read, 500_B});
  ledger.record(more, NodeId(2), NodeId(0), 100_B, 142_B);
  check(ledger.total(ask), {2, 32_B, 84_B});
  check(ledger.sent_by(ask, NodeId(0)), {2, 32_B, 84_B});
  check(ledger.sent_by(ask, NodeId(1)), {0, 0_B, 0_B});
  check(ledger.received_by(ask, NodeId(2)), {1, 16_B, 42_B});
  check(ledger.received_by(data, NodeId(0)), {1, 512_B, 554_B, 500_B});
  CHECK(ledger.dsm_wire() == 84_B + 554_B + 142_B);
  ledger.reset();
  check(ledger.total(data), {0, 0_B, 0_B});
  check(ledger.sent_by(ask, NodeId(0)), {0, 0_B, 0_B});
  CHECK(ledger.types().size() == 3);
  CHECK(ledger.types()[data.index()].name == "data");
}

TEST_CASE("A type declares its verb") {
  Ledger ledger(2);
  const MessageTypeId ask = ledger.declare("ask", Verb::send, Purpose::control);
  CHECK(ledger.declares(ask, Verb::send));
  CHECK_FALSE(ledger.declares(ask, Verb::read));
  CHECK_FALSE(ledger.declares(MessageTypeId(1), Verb::send));
  CHECK_FALSE(ledger.declares(MessageTypeId(), Verb::send));
}

TEST_CASE("Who observes the ledger sees every message when it is counted") {
  struct Observer : MessageObserver {
    std::vector<Bytes> seen;
    void posted(MessageTypeId, NodeId, NodeId, Bytes payload) override { seen.push_back(payload); }
  } observer;
  Ledger ledger(2);
  const MessageTypeId ask = ledger.declare("ask", Verb::send, Purpose::control);
  ledger.record(ask, NodeId(0), NodeId(1), 1_B, 27_B);
  ledger.observe(&observer);
  ledger.record(ask, NodeId(1), NodeId(0), 2_B, 28_B);
  ledger.observe(nullptr);
  ledger.record(ask, NodeId(0), NodeId(1), 3_B, 29_B);
  CHECK(observer.seen == std::vector{2_B});
}

TEST_CASE("The fabric counts requests, answers, and acknowledgements of signalled writes") {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 2));
  rig.request(0_ns, Verb::read, 4_KiB);
  rig.request(0_ns, Verb::write, 8_B);
  rig.request(0_ns, Verb::fetch_add, 8_B);
  rig.fabric().post({.from = NodeId(0),
                     .to = NodeId(1),
                     .verb = Verb::send,
                     .type = rig.type(Verb::send),
                     .payload = 100_B});
  rig.run();
  const Ledger& ledger = rig.fabric().ledger();
  check(ledger.total(rig.type(Verb::read)), {1, 4_KiB, Bytes(42 + 4096 + 2 * 26 + 2 * 4)});
  check(ledger.total(rig.type(Verb::write)), {1, 8_B, Bytes(42 + 8 + 30)});
  check(ledger.total(rig.type(Verb::fetch_add)), {1, 8_B, Bytes(54 + 38)});
  check(ledger.total(rig.type(Verb::send)), {1, 100_B, 126_B});
}
