// Boxes in messages between threads: what they cost, whose they are, and what is left of those that
// nobody receives.

#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

/// A sender on server 0 and a receiver on server 1.
struct BoxMail {
  DrustDut dut{3};
  Puppet& sender = dut.thread(0);
  Puppet& receiver = dut.thread(1);
  ChannelId channel = dut.world().channels().open(NodeId(1));

  Outcome send(Puppet& from, ObjectId object) {
    return from.run(Op::send(channel, 24_B, 0, dut.world().channels().pack({object})));
  }
  Outcome receive() { return receiver.run(Op::receive(channel)); }
};

TEST_CASE("A Box in a message is 16 bytes, leaves its copy behind, and is its receiver's") {
  BoxMail mail;
  const ObjectId object = mail.sender.allocate(kSize, NodeId(2));
  mail.sender.read(object);
  mail.dut.forget();
  const Outcome send = mail.send(mail.sender, object);
  CHECK(mail.dut.sent() == Messages{{"channel", Verb::send, 0, 1, 40_B}});
  CHECK(send.latency == 30_ns + mail.dut.cluster().fabric().nic().post);  // the copy is freed
  CHECK(mail.dut.drust.copies(NodeId(0)).count() == 0);
  mail.receive();
  CHECK(mail.dut.drust.object(object).owner == NodeId(1));
  CHECK(mail.dut.host(object) == NodeId(2));
  CHECK(mail.dut.drust.counters().transfers == 1);
  mail.receiver.write(object);
  CHECK(mail.dut.host(object) == NodeId(1));
  mail.receiver.release(object);
  mail.dut.finish();
}

TEST_CASE("Only who owns a Box can send it, and nobody uses its object on the way") {
  BoxMail mail;
  const ObjectId object = mail.sender.allocate(kSize);
  CHECK_THROWS_WITH(mail.send(mail.dut.thread(2), object),
                    Catch::Contains("its owner is on server 0"));
  mail.send(mail.sender, object);
  mail.sender.start(mail.sender.whole(OpKind::read, object));
  mail.dut.run();
  CHECK(mail.sender.busy());
  mail.receive();
  CHECK_FALSE(mail.sender.busy());
  mail.dut.finish();
}

TEST_CASE("A Box that nobody receives is still there at the end of the run") {
  BoxMail mail;
  const ObjectId object = mail.sender.allocate(kSize);
  mail.send(mail.sender, object);
  mail.dut.finish();
  CHECK(mail.dut.drust.heap().used(NodeId(0)) == mail.dut.drust.heap().footprint(kSize));
}

}  // namespace
}  // namespace dsmsim::testing
