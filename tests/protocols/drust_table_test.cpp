// Every row of DRust's table of operations: exactly these messages, in this order, with these
// bytes, and no others; what they cost; and what they leave behind. Rows are numbered as in
// protocols/drust/README.md.

#include "drust_fixture.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kSize(512);
constexpr Bytes kControl(32);
const NodeId kNowhere;

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

TEST_CASE("Rows 2 and 5: a reference that has its copy needs no map, dropping it counts down") {
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

TEST_CASE(
    "Rows 8 and 11: a write through a reference moves the object, dropping it tells the owner") {
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

TEST_CASE("Row 14: a transfer sends the Box, the object stays and the source frees its copy") {
  DrustDut dut(3);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(2));
  owner.read(object);
  dut.forget();
  const Outcome transfer = owner.transfer(object, NodeId(1));
  CHECK(dut.sent() == Messages{{"transfer", Verb::send, 0, 1, 16_B}});
  CHECK(transfer.latency == 30_ns + dut.cluster().fabric().nic().post);
  CHECK(dut.drust.object(object).owner == NodeId(1));
  CHECK(dut.host(object) == NodeId(2));
  CHECK(dut.drust.copies(NodeId(0)).count() == 0);
  CHECK(dut.drust.object(object).box.extension == drust::Extension());
  CHECK_THROWS_WITH(owner.transfer(object, NodeId(2)), Catch::Contains("its owner is on server 1"));
  dut.finish();
}

TEST_CASE("Row 15: the drop of a local object tells the holders of copies only") {
  DrustDut dut(3);
  Puppet& owner = dut.thread(0);
  const ObjectId lonely = owner.allocate(kSize);
  CHECK(owner.release(lonely).latency == 30_ns);
  CHECK(dut.sent().empty());
  CHECK(dut.drust.heap().used(NodeId(0)) == 0_B);
  const ObjectId shared = owner.allocate(kSize);
  dut.thread(2).read(shared);
  dut.forget();
  CHECK(owner.release(shared).latency == dut.cluster().fabric().nic().post);
  CHECK(dut.sent() == Messages{{"invalidate", Verb::send, 0, 2, kControl},
                               {"invalidated", Verb::send, 2, 0, kControl}});
  CHECK(dut.drust.heap().used(NodeId(0)) == 0_B);
  CHECK(dut.drust.heap().used(NodeId(2)) == 0_B);
  CHECK_THROWS_WITH(owner.read(shared), Catch::Contains("it has been released"));
  dut.finish();
}

TEST_CASE("Row 16: the drop of a remote object is one message that nobody waits for") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(1));
  owner.read(object);
  dut.forget();
  CHECK(owner.release(object).latency == 30_ns + dut.cluster().fabric().nic().post);
  CHECK(dut.sent() == Messages{{"deallocate", Verb::send, 0, 1, kControl}});
  CHECK(dut.drust.heap().used(NodeId(0)) == 0_B);
  CHECK(dut.drust.heap().used(NodeId(1)) == 0_B);
  dut.finish();
}

TEST_CASE("Row 17: allocation is local and says so when there is no room") {
  DutOptions small;
  small.server.memory = 4_MiB;
  DrustDut dut(2, drust_options(), small);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  CHECK(owner.outcomes().back().latency == 50_ns);
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.drust.object(object).owner == NodeId(0));
  CHECK(dut.sent().empty());
  CHECK_THROWS_WITH(owner.allocate(8_MiB),
                    Catch::Contains("server 0 is out of memory at 50ns: 8MiB wanted") &&
                        Catch::Contains("of 4MiB in use"));
  dut.finish();
}

TEST_CASE("Row 17: an object that is wanted elsewhere is allocated by a message and its answer") {
  DrustDut dut(3);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(2));
  CHECK(dut.sent() == Messages{{"allocate", Verb::send, 0, 2, kControl},
                               {"allocated", Verb::send, 2, 0, kControl}});
  CHECK(dut.host(object) == NodeId(2));
  CHECK(dut.drust.object(object).owner == NodeId(0));
  CHECK_THROWS_WITH(owner.allocate(1_GiB, NodeId(2)), Catch::Contains("server 2 is out of memory"));
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Row 19: a remote atomic is one NIC atomic, or a message and its answer") {
  for (const DrustAtomics way : {DrustAtomics::verb, DrustAtomics::message}) {
    DrustOptions options = drust_options();
    options.atomics = way;
    DrustDut dut(2, options);
    Puppet& local = dut.thread(0);
    Puppet& remote = dut.thread(1);
    const ObjectId object = local.allocate(16_B);
    Op add{
        .kind = OpKind::atomic_add, .object = object, .offset = 8_B, .length = 8_B, .operand = 5};
    CHECK(local.run(add).result == 0);
    CHECK(local.outcomes().back().latency == 12_ns + touch(8_B) + 25_ns);
    CHECK(dut.sent().empty());
    CHECK(remote.run(add).result == 5);
    Op swap = add;
    swap.kind = OpKind::atomic_cas;
    swap.expected = 10;
    swap.operand = 1;
    CHECK(remote.run(swap).result == 10);
    CHECK(local.run(add).result == 1);
    if (way == DrustAtomics::verb) {
      CHECK(dut.sent() == Messages{{"atomic_add", Verb::fetch_add, 1, 0, 8_B},
                                   {"atomic_cas", Verb::compare_swap, 1, 0, 8_B}});
      CHECK(remote.outcomes()[0].latency == 12_ns + dut.latency_of(Verb::fetch_add, 8_B));
    } else {
      CHECK(dut.sent() == Messages{{"atomic_request", Verb::send, 1, 0, kControl},
                                   {"atomic_reply", Verb::send, 0, 1, kControl},
                                   {"atomic_request", Verb::send, 1, 0, kControl},
                                   {"atomic_reply", Verb::send, 0, 1, kControl}});
    }
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
}

TEST_CASE("Row 20: a remote mutex is a compare-and-swap and a WRITE, its value READ and WRITTEN") {
  DrustDut dut(2);
  Puppet& home = dut.thread(0);
  Puppet& remote = dut.thread(1);
  const ObjectId object = home.allocate(40_B, kNowhere, true);
  CHECK(home.lock(object).latency == touch(8_B) + 25_ns);
  const Outcome first = home.write(object);
  CHECK(home.unlock(object).latency == 25_ns);
  CHECK(dut.sent().empty());

  const Duration lock = remote.lock(object).latency;
  CHECK(remote.read(object).result == first.result);
  const Duration read = remote.outcomes().back().latency;
  const Outcome second = remote.write(object);
  const Duration unlock = remote.unlock(object).latency;
  CHECK(dut.sent() == Messages{{"lock", Verb::compare_swap, 1, 0, 8_B},
                               {"guarded_read", Verb::read, 1, 0, 40_B},
                               {"guarded_write", Verb::write, 1, 0, 40_B},
                               {"unlock", Verb::write, 1, 0, 8_B}});
  CHECK(read == 12_ns + read_latency(40_B) + touch(40_B));
  CHECK(lock == dut.latency_of(Verb::compare_swap, 8_B));
  CHECK(unlock == dut.latency_of(Verb::write, 8_B));
  home.lock(object);
  CHECK(home.read(object).result == second.result);
  home.unlock(object);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Row 22: a part of a remote object is copied, written back, and the colour added to") {
  DrustDut dut(3);
  Puppet& owner = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = owner.allocate(kSize, NodeId(2));
  dut.forget();
  const Borrow part = writer.borrow_mut(object, 64_B, 32_B);
  Op write = writer.through(OpKind::write, part);
  write.offset = 64_B;
  write.length = 32_B;
  const Outcome written = writer.run(write);
  CHECK(dut.sent() == Messages{{"part_read", Verb::read, 1, 2, 32_B}});
  CHECK(written.latency == 12_ns + 50_ns + read_latency(32_B) + touch(32_B));
  CHECK(writer.run(write).latency == 12_ns + touch(32_B));
  Op outside = write;
  outside.offset = 60_B;
  CHECK_THROWS_WITH(writer.run(outside), Catch::Contains("not within the part"));
  dut.drust.check_invariants();
  writer.give_back(part);
  CHECK(dut.sent() == Messages{{"part_write", Verb::write, 1, 2, 32_B},
                               {"part_colour", Verb::fetch_add, 1, 0, 8_B}});
  CHECK(dut.colour(object) == 1);
  CHECK(dut.host(object) == NodeId(2));
  CHECK(dut.drust.heap().used(NodeId(1)) == 0_B);
  CHECK(owner.read(object).result == writer.outcomes()[2].result);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Row 22: a part that was only read is not written back, and a local one is not copied") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow remote = other.borrow_mut(object, 0_B, 32_B);
  Op read = other.through(OpKind::read, remote);
  read.length = 32_B;
  other.run(read);
  other.give_back(remote);
  CHECK(dut.sent() == Messages{{"part_read", Verb::read, 1, 0, 32_B}});
  const Borrow local = owner.borrow_mut(object, 0_B, 32_B);
  Op write = owner.through(OpKind::write, local);
  write.length = 32_B;
  owner.run(write);
  owner.give_back(local);
  CHECK(dut.sent().empty());
  CHECK(dut.colour(object) == 1);
  dut.finish();
}

TEST_CASE("Row 23: an object that has used up its colours moves within its partition") {
  DrustOptions options = drust_options();
  options.colour_bits = 2;
  DrustDut dut(2, options);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  const drust::GlobalAddress before = dut.drust.object(object).box.target.address();
  for (drust::Colour colour = 1; colour <= 3; ++colour) {
    owner.write(object);
    CHECK(dut.colour(object) == colour);
    owner.give_back(owner.borrow(object));
  }
  const Outcome overflow = owner.write(object);
  CHECK(overflow.latency == 12_ns + 50_ns + touch(kSize) * 2 + 30_ns + touch(kSize));
  CHECK(dut.colour(object) == 0);
  CHECK(dut.drust.object(object).box.target.address() != before);
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.drust.object(object).box.extension.written());
  CHECK(dut.drust.counters().colour_overflows == 1);
  CHECK(dut.sent().empty());
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Row 23: copies of the address that is left behind are invalidated") {
  DrustOptions options = drust_options();
  options.colour_bits = 1;
  DrustDut dut(2, options);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  reader.read(object);
  owner.write(object);
  reader.read(object);
  CHECK(dut.drust.copies(NodeId(1)).count() == 2);
  dut.forget();
  const Outcome write = owner.write(object);
  CHECK(dut.sent() == Messages{{"invalidate", Verb::send, 0, 1, kControl},
                               {"invalidated", Verb::send, 1, 0, kControl}});
  CHECK(dut.drust.copies(NodeId(1)).count() == 0);
  CHECK(reader.read(object).result == write.result);
  dut.finish();
}

}  // namespace
}  // namespace dsmsim::testing
