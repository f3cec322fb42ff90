// DRust's table of operations from row 14 on: transfer, the end of objects, allocation, atomics,
// mutexes, parts, and colours that run out. As table_access_test.cpp.

#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("Row 14: a transfer sends the Box, the object stays, the source frees its copy") {
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
    const Op add = Op::atomic_add(object, 8_B, 5);
    CHECK(local.run(add).result == 0);
    CHECK(local.outcomes().back().latency == 12_ns + touch(8_B) + 25_ns);
    CHECK(dut.sent().empty());
    CHECK(remote.run(add).result == 5);
    const Op swap = Op::atomic_cas(object, 8_B, 10, 1);
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
  const ObjectId object = home.allocate(40_B, NodeId(), true);
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
