// DRust's table of operations, reads, writes and borrows: exactly these messages, in this order,
// with these bytes, and no others; what they cost; and what they leave behind. Rows are numbered as
// in protocols/drust/README.md; those from 14 on are in table_lifetime_test.cpp.

#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("Row 1: a local object is read without a message") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  const Outcome write = owner.write(object);
  const Outcome read = owner.read(object);
  CHECK(read.latency == 12_ns + touch(kSize));
  CHECK(read.result == write.result);
  const Borrow borrow = owner.borrow(object);
  CHECK(owner.read(borrow).latency == 12_ns + touch(kSize));
  CHECK(owner.give_back(borrow).latency == 0_ns);
  CHECK(dut.sent().empty());
  CHECK(dut.drust.copies(NodeId(0)).count() == 0);
  CHECK(dut.drust.counters().local == 3);
  dut.finish();
}

TEST_CASE("Rows 2 and 5: a reference that has its copy needs no map, and dropping it counts down") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow borrow = reader.borrow(object);
  reader.read(borrow);
  dut.forget();
  CHECK(dut.count(1, object) == 1);
  CHECK(reader.read(borrow).latency == 12_ns + touch(kSize));
  CHECK(reader.give_back(borrow).latency == 20_ns);
  CHECK(dut.count(1, object) == 0);
  CHECK(dut.sent().empty());
  dut.finish();
}

TEST_CASE("Row 3: a remote object that is cached is found in the map") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  reader.read(object);
  dut.forget();
  const Borrow borrow = reader.borrow(object);
  CHECK(reader.read(borrow).latency == 12_ns + 20_ns + touch(kSize));
  CHECK(dut.count(1, object) == 1);
  CHECK(dut.drust.reference(borrow.id).pointer.extension.has_copy());
  CHECK(reader.read(object).latency == 12_ns + 40_ns + touch(kSize));
  CHECK(dut.count(1, object) == 1);
  CHECK(dut.sent().empty());
  reader.give_back(borrow);
  dut.finish();
}

TEST_CASE("Row 4: a remote object that is not cached is copied by one READ of all of it") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Outcome write = owner.write(object);
  const Borrow borrow = reader.borrow(object);
  Op first_bytes = reader.through(OpKind::read, borrow);
  first_bytes.length = 8_B;
  const Outcome read = reader.run(first_bytes);
  CHECK(dut.sent() == Messages{{"copy", Verb::read, 1, 0, kSize}});
  CHECK(read.latency == 12_ns + 20_ns + 50_ns + read_latency(kSize) + touch(8_B));
  CHECK(read.result == write.result);
  CHECK(dut.count(1, object) == 1);
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.drust.heap().used(NodeId(1)) == dut.drust.heap().footprint(kSize));
  dut.drust.check_invariants();
  reader.give_back(borrow);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Rows 4 and 2: the owner of a remote object keeps its copy in the Box") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(1));
  dut.forget();
  CHECK(owner.read(object).latency == 12_ns + 20_ns + 50_ns + read_latency(kSize) + touch(kSize));
  CHECK(dut.sent() == Messages{{"copy", Verb::read, 0, 1, kSize}});
  CHECK(dut.drust.object(object).box.extension.has_copy());
  CHECK(dut.count(0, object) == 1);
  CHECK(owner.read(object).latency == 12_ns + touch(kSize));
  CHECK(dut.sent().empty());
  dut.finish();
}

TEST_CASE("Rows 6 and 7: the first local write of an epoch changes the colour, the next do not") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  CHECK(dut.colour(object) == 0);
  CHECK(owner.write(object).latency == 12_ns + touch(kSize));
  CHECK(dut.colour(object) == 1);
  owner.write(object);
  CHECK(dut.colour(object) == 1);
  owner.give_back(owner.borrow(object));  // shared once: a new epoch
  owner.write(object);
  CHECK(dut.colour(object) == 2);
  const Borrow borrow = owner.borrow_mut(object);
  owner.write(borrow);
  owner.write(borrow);
  CHECK(dut.colour(object) == 2);  // the Box learns it when the reference is dropped
  owner.give_back(borrow);
  CHECK(dut.colour(object) == 3);
  CHECK(dut.sent().empty());
  dut.finish();
}

TEST_CASE("Rows 8 and 11: a write through a reference moves the object, its drop tells the owner") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  owner.write(object);
  const Borrow borrow = writer.borrow_mut(object);
  const Outcome write = writer.write(borrow);
  CHECK(dut.sent() ==
        Messages{{"move", Verb::read, 1, 0, kSize}, {"deallocate", Verb::send, 1, 0, kControl}});
  CHECK(write.latency ==
        12_ns + 50_ns + read_latency(kSize) + dut.cluster().fabric().nic().post + touch(kSize));
  const drust::Pointer& moved = dut.drust.reference(borrow.id).pointer;
  CHECK(dut.drust.heap().host(moved.target.address()) == NodeId(1));
  CHECK(moved.target.colour() == 0);
  CHECK(moved.extension.written());
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.drust.heap().used(NodeId(0)) == 0_B);
  const drust::ColouredAddress target = moved.target;

  const Duration update = writer.give_back(borrow).latency;
  CHECK(dut.sent() == Messages{{"owner_update", Verb::write, 1, 0, 8_B}});
  CHECK(update == dut.latency_of(Verb::write, 8_B));
  CHECK(dut.drust.object(object).box.target == target);
  CHECK(owner.read(object).result == write.result);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Row 8: the holders of copies are invalidated, and answer before the address is free") {
  DrustDut dut(4);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  dut.thread(2).read(object);
  dut.thread(3).read(object);
  Puppet& writer = dut.thread(1);
  writer.read(object);  // its own copy goes without a message
  dut.forget();
  const Borrow borrow = writer.borrow_mut(object);
  writer.write(borrow);
  CHECK(dut.sent() == Messages{{"move", Verb::read, 1, 0, kSize},
                               {"deallocate", Verb::send, 1, 0, kControl},
                               {"invalidate", Verb::send, 0, 2, kControl},
                               {"invalidate", Verb::send, 0, 3, kControl},
                               {"invalidated", Verb::send, 2, 0, kControl},
                               {"invalidated", Verb::send, 3, 0, kControl}});
  for (const std::uint32_t server : {1, 2, 3}) {
    CHECK(dut.drust.copies(NodeId(server)).count() == 0);
  }
  CHECK(dut.drust.heap().used(NodeId(0)) == 0_B);
  CHECK(dut.drust.counters().invalidations == 2);
  writer.give_back(borrow);
  dut.finish();
}

TEST_CASE("Row 9: the owner's write of a remote object that it has not cached moves it") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(1));
  dut.forget();
  const Outcome write = owner.write(object);
  CHECK(dut.sent() ==
        Messages{{"move", Verb::read, 0, 1, kSize}, {"deallocate", Verb::send, 0, 1, kControl}});
  CHECK(write.latency == 12_ns + 20_ns + 50_ns + read_latency(kSize) +
                             dut.cluster().fabric().nic().post + touch(kSize));
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.drust.object(object).box.extension.written());
  CHECK_FALSE(dut.drust.object(object).box.extension.has_copy());
  CHECK(dut.drust.heap().used(NodeId(1)) == 0_B);
  dut.finish();
}

TEST_CASE("Row 10: the owner's write of an object that it has cached costs no READ") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(1));
  owner.read(object);
  dut.forget();
  const Outcome write = owner.write(object);
  CHECK(dut.sent() == Messages{{"deallocate", Verb::send, 0, 1, kControl}});
  CHECK(write.latency == 12_ns + 20_ns + dut.cluster().fabric().nic().post + touch(kSize));
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.drust.copies(NodeId(0)).count() == 0);
  CHECK(dut.drust.object(object).box.extension.written());
  CHECK(dut.drust.counters().promotions == 1);
  CHECK(dut.drust.counters().moves == 0);
  CHECK(owner.read(object).result == write.result);
  dut.finish();
}

TEST_CASE("Row 12: a mutable reference of the owner's server is dropped without a message") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  const Borrow borrow = owner.borrow_mut(object);
  owner.write(borrow);
  CHECK(owner.give_back(borrow).latency == 0_ns);
  CHECK(dut.sent().empty());
  CHECK(dut.colour(object) == 1);
  dut.finish();
}

TEST_CASE("Row 13: making a reference costs nothing, wherever it is made") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  owner.write(object);
  CHECK(dut.drust.object(object).box.extension.written());
  const Borrow shared = other.borrow(object);
  CHECK(other.outcomes().back().latency == 0_ns);
  CHECK_FALSE(dut.drust.object(object).box.extension.written());
  CHECK(dut.drust.reference(shared.id).pointer.target == dut.drust.object(object).box.target);
  other.give_back(shared);
  const Borrow unique = other.borrow_mut(object);
  CHECK(other.outcomes().back().latency == 0_ns);
  CHECK(dut.sent().empty());
  other.give_back(unique);
  CHECK(dut.sent() == Messages{{"owner_update", Verb::write, 1, 0, 8_B}});
  dut.finish();
}

}  // namespace
}  // namespace dsmsim::testing
