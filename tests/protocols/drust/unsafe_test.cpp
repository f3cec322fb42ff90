// Unsafe code: objects that are read and written where they lie, by anybody.

#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

struct UnsafeRig {
  explicit UnsafeRig(NodeId node = {}) {
    dut.world().spawn(NodeId(0), [this, node](Thread& t) { return allocate(t, node); });
    dut.run();
    dut.forget();
  }
  Task<> allocate(Thread& t, NodeId node) { object = co_await t.allocate_raw(kSize, node); }
  Outcome access(Puppet& thread, OpKind kind, Bytes offset, Bytes length) const {
    return thread.run(Op::on(kind, object, offset, length));
  }
  DrustDut dut{3};
  Puppet& home = dut.thread(0);
  Puppet& remote = dut.thread(1);
  ObjectId object;
};

TEST_CASE("Row 27: unsafe code on another server READs and WRITEs the bytes that it asks for") {
  UnsafeRig raw;
  const Outcome write = raw.access(raw.remote, OpKind::write, 64_B, 32_B);
  CHECK(raw.dut.sent() == Messages{{"unsafe_write", Verb::write, 1, 0, 32_B}});
  CHECK(write.latency == 12_ns + touch(32_B) + raw.dut.latency_of(Verb::write, 32_B));
  const Outcome read = raw.access(raw.remote, OpKind::read, 0_B, 96_B);
  CHECK(raw.dut.sent() == Messages{{"unsafe_read", Verb::read, 1, 0, 96_B}});
  CHECK(read.latency == 12_ns + read_latency(96_B) + touch(96_B));
  CHECK(read.result == write.result);
  CHECK(raw.dut.drust.counters().unsafe_reads == 1);
  CHECK(raw.dut.drust.counters().unsafe_writes == 1);
  CHECK(raw.dut.breakdown_sums_to_latency());
  raw.dut.finish();
}

TEST_CASE("Row 27: unsafe code never caches: each read asks again, and sees what others wrote") {
  UnsafeRig raw;
  for (int i = 0; i < 3; ++i) {
    const Outcome write = raw.access(raw.home, OpKind::write, 0_B, 8_B);
    CHECK(raw.access(raw.remote, OpKind::read, 0_B, 8_B).result == write.result);
  }
  CHECK(raw.dut.sent().size() == 3);
  CHECK(raw.dut.drust.copies(NodeId(1)).count() == 0);
  CHECK(raw.dut.colour(raw.object) == 0);
  CHECK(raw.dut.host(raw.object) == NodeId(0));
  raw.dut.finish();
}

TEST_CASE("Row 27: unsafe code on the server of the object accesses its memory") {
  UnsafeRig raw;
  CHECK(raw.access(raw.home, OpKind::read, 0_B, 8_B).latency == 12_ns + touch(8_B));
  CHECK(raw.access(raw.home, OpKind::write, 0_B, 8_B).latency == 12_ns + touch(8_B));
  CHECK(raw.dut.sent().empty());
  raw.dut.finish();
}

TEST_CASE("Row 27: a raw object can be allocated anywhere and freed by anybody, as others are") {
  UnsafeRig raw{NodeId(2)};
  CHECK(raw.dut.host(raw.object) == NodeId(2));
  raw.access(raw.home, OpKind::read, 0_B, 8_B);
  CHECK(raw.dut.sent() == Messages{{"unsafe_read", Verb::read, 0, 2, 8_B}});
  raw.remote.release(raw.object);
  CHECK(raw.dut.sent() == Messages{{"deallocate", Verb::send, 1, 2, 32_B}});
  CHECK(raw.dut.drust.heap().used(NodeId(2)) == 0_B);
  CHECK_THROWS_WITH(raw.remote.read(raw.object), Catch::Contains("it has been released"));
  raw.dut.finish();
}

TEST_CASE("Row 27: nobody owns or borrows a raw object, but its words may be atomics") {
  UnsafeRig raw;
  CHECK_THROWS_WITH(raw.home.borrow(raw.object), Catch::Contains("it is raw"));
  CHECK_THROWS_WITH(raw.home.borrow_mut(raw.object), Catch::Contains("it is raw"));
  CHECK_THROWS_WITH(raw.home.transfer(raw.object, NodeId(1)), Catch::Contains("it is raw"));
  raw.dut.forget();
  raw.remote.run(Op::atomic_add(raw.object, Bytes(), 5));
  CHECK(raw.dut.sent() == Messages{{"atomic_add", Verb::fetch_add, 1, 0, 8_B}});
}

}  // namespace
}  // namespace dsmsim::testing
