// Locks are permissions with a count: who gets them, who waits where, and what try-locks undo.
// Server 0 is the home.

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

using gam::DirectoryState;
using gam::LineState;

TEST_CASE("GAM: a lock that hits sends nothing, and no message is ever about a lock alone") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  CHECK(bed.at(1).lock(object).result == 1);
  CHECK(bed.sent() == Messages{send_message("WRITE", 1, 0, 52_B),
                               {"GRANT_DATA", Verb::write, 0, 1, 512_B},
                               send_message("WRITE_REPLY", 0, 1, 20_B)});
  bed.at(1).unlock(object);
  bed.at(1).lock(object);
  bed.at(1).unlock(object);
  CHECK(bed.sent().empty());
  bed.dut.finish();
}

TEST_CASE("GAM: requests for a locked block wait where it is locked") {
  for (const std::uint32_t holder : {0, 1}) {
    GamBed bed(3);
    const ObjectId object = bed.block(0);
    bed.at(holder).lock(object);
    Script release(bed, holder, {{20_us, whole(OpKind::unlock, object)}});
    Script reader(bed, 2, {{0_ns, whole(OpKind::read, object)}});
    bed.dut.run();
    CHECK(reader[0].end > release[0].begin);
    CHECK(bed.counters(holder).queued_remote == 1);
    CHECK(bed.dut.breakdown_sums_to_latency());
    bed.dut.finish();
  }
}

TEST_CASE("GAM: a shared lock lets readers in and keeps writers out") {
  for (const std::uint32_t holder : {0, 1}) {
    GamBed bed(4);
    const ObjectId object = bed.block(0);
    bed.at(holder).run(whole(OpKind::rlock, object));
    Script release(bed, holder, {{40_us, whole(OpKind::unlock, object)}});
    Script reader(bed, 2,
                  {{0_ns, whole(OpKind::rlock, object)}, {20_us, whole(OpKind::unlock, object)}});
    Script writer(bed, 3,
                  {{20_us, whole(OpKind::lock, object)}, {60_us, whole(OpKind::unlock, object)}});
    bed.dut.run();
    CHECK(reader[0].end < release[0].begin);
    CHECK(writer[0].end > release[0].begin);
    bed.dut.finish();
  }
}

TEST_CASE("GAM: addresses of one block lock apart on one server and together across servers") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.at(1).run(part(OpKind::lock, object, 0_B));
  CHECK(bed.at(1).run(part(OpKind::try_lock, object, 8_B)).result == 1);
  CHECK(bed.at(1).run(part(OpKind::try_lock, object, 0_B)).result == 0);
  CHECK(bed.at(0).run(part(OpKind::try_lock, object, 16_B)).result == 0);
}

TEST_CASE("GAM: a lock that a reader of the same server holds is taken when he gives it up") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.at(1).run(whole(OpKind::rlock, object));
  Script release(bed, 1, {{30_us, whole(OpKind::unlock, object)}});
  Script writer(bed, 1,
                {{0_ns, whole(OpKind::lock, object)}, {60_us, whole(OpKind::unlock, object)}});
  bed.dut.run();
  CHECK(writer[0].end >= release[0].begin);
  CHECK(bed.line(1, object)->state == LineState::dirty);
  bed.dut.finish();
}

TEST_CASE("GAM: a try-lock of a block locked elsewhere fails without changing owner or sharers") {
  GamBed bed(3);
  const ObjectId object = bed.block(0);
  bed.at(2).lock(object);
  bed.dut.forget();

  CHECK(bed.at(1).run(whole(OpKind::try_rlock, object)).result == 0);
  CHECK(bed.sent() ==
        Messages{send_message("READ", 1, 0, 40_B), send_message("READ_FORWARD", 0, 2, 48_B),
                 send_message("READ_REPLY", 2, 0, 16_B), send_message("READ_REPLY", 2, 1, 16_B)});
  CHECK(bed.at(1).run(whole(OpKind::try_lock, object)).result == 0);
  CHECK(bed.sent() ==
        Messages{send_message("WRITE", 1, 0, 52_B), send_message("WRITE_FORWARD", 0, 2, 48_B),
                 send_message("WRITE_REPLY", 2, 0, 20_B), send_message("WRITE_REPLY", 2, 1, 20_B),
                 ack_message("OWNERSHIP_ACK", 0, 1)});
  CHECK(bed.at(0).run(whole(OpKind::try_rlock, object)).result == 0);
  CHECK(bed.sent() == Messages{send_message("FETCH_AND_SHARED", 0, 2, 40_B),
                               send_message("READ_REPLY", 2, 0, 16_B)});
  CHECK(bed.at(0).run(whole(OpKind::try_lock, object)).result == 0);
  CHECK(bed.sent() == Messages{send_message("FETCH_AND_INVALIDATE", 0, 2, 40_B),
                               send_message("WRITE_REPLY", 2, 0, 20_B)});

  CHECK(bed.line(1, object) == nullptr);
  CHECK(bed.state(object) == DirectoryState::dirty);
  CHECK(bed.entry(object)->owner().server == NodeId(2));
  bed.at(2).unlock(object);
  bed.dut.finish();
}

TEST_CASE("GAM: a try-lock of a block that its home has locked is refused by the home") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.at(0).lock(object);
  bed.dut.forget();
  CHECK(bed.at(1).run(whole(OpKind::try_rlock, object)).result == 0);
  CHECK(bed.sent() ==
        Messages{send_message("READ", 1, 0, 40_B), send_message("READ_REPLY", 0, 1, 16_B)});
  CHECK(bed.at(1).run(whole(OpKind::try_lock, object)).result == 0);
  CHECK(bed.sent() ==
        Messages{send_message("WRITE", 1, 0, 52_B), send_message("WRITE_REPLY", 0, 1, 20_B)});
  bed.at(0).unlock(object);
  bed.dut.finish();
}

TEST_CASE("GAM: a try-lock that some sharers refuse costs the others their copies") {
  GamBed bed(4);
  const ObjectId object = bed.block(0);
  bed.at(2).run(whole(OpKind::rlock, object));
  bed.at(3).read(object);
  bed.at(1).read(object);
  bed.dut.forget();
  CHECK(bed.at(1).run(whole(OpKind::try_lock, object)).result == 0);
  CHECK(bed.sent() == Messages{send_message("WRITE_PERMISSION_ONLY", 1, 0, 52_B),
                               send_message("INVALIDATE_FORWARD", 0, 2, 48_B),
                               send_message("INVALIDATE_FORWARD", 0, 3, 48_B),
                               send_message("WRITE_REPLY", 2, 0, 20_B),
                               ack_message("INVALIDATE_ACK", 3, 0),
                               send_message("WRITE_REPLY", 0, 1, 20_B)});
  CHECK(bed.line(1, object)->state == LineState::shared);
  CHECK(bed.line(2, object)->state == LineState::shared);
  CHECK(bed.line(3, object) == nullptr);
  CHECK(bed.entry(object)->sharers.size() == 2);
  bed.at(2).unlock(object);
  bed.dut.finish();
}

TEST_CASE("GAM: a try-lock of an object that spans blocks gives up the blocks that it got") {
  GamBed bed(2);
  const ObjectId large = bed.at(0).allocate(1536_B, NodeId(0));
  const Op last = Op::lock(large, 8_B, 1024_B);
  bed.at(0).run(last);
  CHECK(bed.at(1).run(Op::try_lock(large, 1536_B)).result == 0);
  CHECK(bed.at(1).run(Op::try_lock(large, 1024_B)).result == 1);
}

TEST_CASE("GAM: a failed try-lock upgrade forgets a copy that was invalidated meanwhile") {
  for (const bool released : {false, true}) {
    GamOptions options;
    options.restore_lost_copies = released;
    GamBed bed(3, options);
    const ObjectId object = bed.block(0);
    bed.at(1).read(object);
    bed.at(2).read(object);
    Script winner(bed, 2,
                  {{0_ns, whole(OpKind::lock, object)},
                   {10_us, whole(OpKind::write, object)},
                   {20_us, whole(OpKind::unlock, object)}});
    Script loser(bed, 1, {{200_ns, whole(OpKind::try_lock, object)}});
    bed.dut.run();
    CHECK(loser[0].result == 0);
    CHECK((bed.line(1, object) != nullptr) == released);
    if (released) {
      CHECK_THROWS_WITH(bed.dut.finish(), Catch::Contains("unknown to its home"));
    } else {
      bed.dut.finish();
    }
  }
}

/// A server holds a shared lock while one of its threads wants to write to the block, and another
/// server writes to it as well. When does the other one's write end?
Duration write_under_lock(GamOptions options) {
  options.consistency = GamConsistency::tso;
  GamBed bed(3, options);
  const ObjectId object = bed.block(0);
  bed.at(2).read(object);
  bed.at(1).run(part(OpKind::rlock, object, 0_B));
  Script upgrade(bed, 1, {{100_ns, part(OpKind::write, object, 8_B)}});
  Script other(bed, 2, {{0_ns, part(OpKind::write, object, 16_B)}});
  Script release(bed, 1, {{50_us, part(OpKind::unlock, object, 0_B)}});
  bed.dut.run();
  bed.dut.finish();
  return other[0].end - other[0].begin;
}

TEST_CASE("GAM as released breaks a shared lock for whom an upgrade of its server has lost to") {
  CHECK(write_under_lock(released_gam()) < 10_us);
  CHECK(write_under_lock(GamOptions()) > 50_us - 10_us);
}

/// What threads add to under a lock; an update is lost if two hold it at once.
struct Counter {
  ObjectId lock;
  std::uint32_t total = 0;

  Task<> count(Thread& thread) {
    for (int i = 0; i < 50; ++i) {
      co_await thread.lock(lock);
      const std::uint32_t seen = total;
      co_await thread.compute(500_ns);
      co_await thread.write(lock, 0_B, 8_B);
      total = seen + 1;
      co_await thread.unlock(lock);
    }
  }
};

TEST_CASE("GAM: a lock excludes threads of eight servers, and each gets its turn") {
  GamBed bed(8);
  Counter counter{bed.at(0).allocate(8_B, NodeId(0))};
  for (std::uint32_t i = 0; i < 8; ++i) {
    bed.dut.world().spawn(NodeId(i), [&](Thread& thread) { return counter.count(thread); });
  }
  bed.dut.run();
  CHECK(counter.total == 400);
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

TEST_CASE("GAM: unlocking what is not locked is refused") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  CHECK_THROWS_WITH(bed.at(1).unlock(object), Catch::Contains("does not hold the lock"));
}

}  // namespace
}  // namespace dsmsim::testing
