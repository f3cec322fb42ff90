// Borrows that Rust would have rejected: served first come, first served, without messages; and
// reported, not hung, when they can never be served.

#include "sim/base/error.hpp"
#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("A conflicting borrow waits for the reference before it, and is counted") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  const Borrow unique = owner.borrow_mut(object);
  const Outcome write = owner.write(unique);
  reader.start(reader.whole(OpKind::read, object));
  dut.run();
  CHECK(reader.busy());
  owner.start(Op::give_back(object, unique.id));
  dut.run();
  CHECK_FALSE(reader.busy());
  CHECK(reader.outcomes().back().result == write.result);
  CHECK(dut.sent().empty());
  CHECK(dut.drust.counters().serialised_borrows == 1);
  const KindMeter& reads = dut.world().meter().kinds()[static_cast<std::size_t>(OpKind::read)];
  CHECK(reads.spent[static_cast<std::size_t>(Category::lock_wait)] ==
        reader.outcomes().back().latency - 12_ns - touch(kSize));
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Writers on all servers take turns, and each sees what the one before wrote") {
  DrustDut dut(4);
  const ObjectId object = dut.thread(0).allocate(kSize);
  std::vector<Puppet*> writers;
  for (std::uint32_t server = 0; server < 4; ++server) {
    writers.push_back(&dut.thread(server));
    for (int i = 0; i < 3; ++i) {
      writers.back()->start(writers.back()->whole(OpKind::write, object));
      writers.back()->start(writers.back()->whole(OpKind::read, object));
    }
  }
  dut.run();
  for (const Puppet* writer : writers) {
    CHECK(writer->outcomes().size() == 6);
  }
  CHECK(dut.drust.counters().stale_reads == 0);
  CHECK(dut.drust.counters().serialised_borrows > 0);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("A thread that shares an object may share it again while a writer waits") {
  DrustDut dut(2);
  Puppet& reader = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = reader.allocate(kSize);
  const Borrow first = reader.borrow(object);
  writer.start(writer.whole(OpKind::write, object));
  dut.run();
  const Borrow second = reader.borrow(object);
  reader.give_back(first);
  CHECK(writer.busy());
  reader.give_back(second);
  CHECK_FALSE(writer.busy());
  dut.finish();
}

TEST_CASE("A thread that asks for what conflicts with its own reference is a cycle of one") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  owner.borrow(object);
  owner.start(owner.whole(OpKind::write, object));
  dut.run();
  CHECK(owner.busy());
  try {
    dut.finish();
    FAIL("no deadlock was found");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::deadlock);
    CHECK_THAT(error.what(),
               Catch::Contains("cycle: object 0 -> thread 0 on server 0 -> object 0") ||
                   Catch::Contains("cycle: thread 0 on server 0 -> object 0 -> "
                                   "thread 0 on server 0"));
  }
}

TEST_CASE("Threads that wait for each other's references are reported with their cycle") {
  DrustDut dut(2);
  Puppet& one = dut.thread(0);
  Puppet& two = dut.thread(1);
  const ObjectId a = one.allocate(kSize);
  const ObjectId b = two.allocate(kSize);
  one.borrow_mut(a);
  two.borrow_mut(b);
  one.start(Op::borrow_mut(b));
  two.start(Op::borrow_mut(a));
  dut.run();
  CHECK_THROWS_WITH(dut.finish(), Catch::Contains("thread 0 on server 0 -> object 1 -> "
                                                  "thread 1 on server 1 -> object 0"));
}

TEST_CASE("Who waits for an object that is then released is told so") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& holder = dut.thread(0);
  Puppet& late = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow shared = holder.borrow(object);
  owner.start(Op::release(object));
  dut.run();
  late.start(late.whole(OpKind::write, object));
  dut.run();
  CHECK(owner.busy());
  CHECK(late.busy());
  holder.give_back(shared);
  CHECK_FALSE(owner.busy());
  CHECK_THROWS_WITH(late.read(object), Catch::Contains("it has been released"));
  dut.finish();
}

TEST_CASE("A program that misuses references is told what it did, and when") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow shared = owner.borrow(object);
  CHECK_THROWS_WITH(owner.write(shared), Catch::Contains("through an immutable reference"));
  CHECK_THROWS_WITH(other.read(shared), Catch::Contains("does not hold the reference") &&
                                            Catch::Contains("by thread 1 on server 1 at "));
  owner.give_back(shared);
  CHECK_THROWS_WITH(owner.give_back(shared), Catch::Contains("does not hold the reference"));
  Op beyond = owner.whole(OpKind::read, object);
  beyond.offset = 8_B;
  CHECK_THROWS_WITH(owner.run(beyond),
                    Catch::Contains("bytes [8, 520) do not lie in an object of"));
  dut.finish();
}

}  // namespace
}  // namespace dsmsim::testing
