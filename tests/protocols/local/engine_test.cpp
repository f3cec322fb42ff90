// The original program: everything is local memory, locks are fair, misuse is reported.

#include "protocols/local/engine.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

constexpr Bytes kSize(512);

struct LocalDut : Dut {
  explicit LocalDut(std::size_t servers = 1)
      : Dut(servers, [](EngineContext context) {
          return std::make_unique<LocalEngine>(context, LocalOptions{50_ns, 8_ns, {}});
        }) {}
};

TEST_CASE("local: accesses cost what local DRAM costs, borrows cost nothing") {
  LocalDut dut;
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(kSize);
  CHECK(thread.outcomes().back().latency == 50_ns);
  const Outcome write = thread.write(object);
  CHECK(write.latency == testbed_server().touch(kSize));
  const Borrow borrow = thread.borrow_mut(object);
  CHECK(thread.read(borrow).result == write.result);
  CHECK(thread.give_back(borrow).latency == 0_ns);
  CHECK(thread.transfer(object, NodeId(0)).latency == 0_ns);
  CHECK(thread.release(object).latency == 50_ns);
  CHECK_THROWS_WITH(thread.read(object), Catch::Contains("it is not allocated"));
  CHECK_THROWS_WITH(thread.allocate(1_GiB), Catch::Contains("out of memory: 1GiB wanted"));
  dut.finish();
}

TEST_CASE("local: a lock is taken in the order in which it was asked for, readers together") {
  LocalDut dut;
  Puppet& writer = dut.thread(0);
  const ObjectId object = writer.allocate(kSize);
  const Duration free_lock = testbed_server().touch(8_B) + 8_ns;
  CHECK(writer.lock(object).latency == free_lock);
  std::vector<Puppet*> readers = {&dut.thread(0), &dut.thread(0)};
  for (Puppet* reader : readers) {
    reader->start(reader->whole(OpKind::rlock, object));
  }
  dut.run();
  CHECK(writer.run(writer.whole(OpKind::try_rlock, object)).result == 0);
  writer.unlock(object);
  for (Puppet* reader : readers) {
    CHECK_FALSE(reader->busy());
    CHECK(reader->unlock(object).latency == 8_ns);
  }
  CHECK_THROWS_WITH(writer.unlock(object), Catch::Contains("does not hold its lock"));
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("local: atomics give the old value") {
  LocalDut dut;
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(8_B);
  Op add = Op::atomic_add(object, Bytes(), 3);
  CHECK(thread.run(add).result == 0);
  CHECK(thread.run(add).result == 3);
  Op swap = Op::atomic_cas(object, Bytes(), 6, 9);
  CHECK(thread.run(swap).result == 6);
  CHECK(thread.run(swap).result == 9);
  dut.finish();
}

TEST_CASE("local: crossed locks are a deadlock with its cycle") {
  LocalDut dut;
  Puppet& one = dut.thread(0);
  Puppet& two = dut.thread(0);
  const ObjectId a = one.allocate(8_B);
  const ObjectId b = one.allocate(8_B);
  one.lock(a);
  two.lock(b);
  one.start(one.whole(OpKind::lock, b));
  two.start(two.whole(OpKind::lock, a));
  dut.run();
  CHECK_THROWS_WITH(dut.finish(), Catch::Contains("cycle: "));
}

TEST_CASE("local: a cluster is refused") {
  CHECK_THROWS_WITH(LocalDut(2), Catch::Contains("runs on one server, not on 2"));
}

}  // namespace
}  // namespace dsmsim::testing
