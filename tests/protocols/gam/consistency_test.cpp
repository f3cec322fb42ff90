// Which orders of writes others may see: partial store order, and what fences, locks and the mode
// with a fence after each write forbid.

#include <catch2/catch.hpp>
#include <set>

#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

using Pair = std::pair<std::uint64_t, std::uint64_t>;

/// Store buffering: each of two threads writes its own variable and then reads the other's. All
/// results over a range of offsets between the two.
std::set<Pair> store_buffering(bool fenced, GamOptions options) {
  std::set<Pair> results;
  for (int step = 0; step < 12; ++step) {
    GamBed bed(3, options);
    const ObjectId x = bed.block(0);
    const ObjectId y = bed.block(0);
    for (const std::uint32_t server : {1, 2}) {
      bed.at(server).read(x);
      bed.at(server).read(y);
    }
    const Duration late = 300_ns * step;
    const Op fence = fenced ? Op::fence() : Op::give_back(ObjectId(), BorrowId());  // or nothing
    Script first(bed, 1,
                 {{0_ns, whole(OpKind::write, x)}, {0_ns, fence}, {0_ns, whole(OpKind::read, y)}});
    Script second(bed, 2,
                  {{late, whole(OpKind::write, y)}, {late, fence}, {late, whole(OpKind::read, x)}});
    bed.dut.run();
    results.insert({first[2].result, second[2].result});
    bed.dut.finish();
  }
  return results;
}

TEST_CASE("GAM: a read may pass an earlier write of its thread, unless there is a fence") {
  CHECK(store_buffering(false, {}).count({0, 0}) == 1);
  CHECK(store_buffering(true, {}).count({0, 0}) == 0);
}

TEST_CASE("GAM with a fence after each write lets no read pass a write") {
  GamOptions tso;
  tso.consistency = GamConsistency::tso;
  CHECK(store_buffering(false, tso).count({0, 0}) == 0);
}

/// Message passing: data that many share is slow to write, a flag at home is quick. What the
/// reader, the last to be invalidated, sees of flag and data, over a range of times.
std::set<Pair> message_passing(bool fenced) {
  const std::uint32_t last = 6;
  std::set<Pair> results;
  for (int step = 0; step < 24; ++step) {
    GamBed bed(last + 1);
    const ObjectId data = bed.block(0);
    const ObjectId flag = bed.block(1);
    for (std::uint32_t server = 1; server <= last; ++server) {
      bed.at(server).read(data);
    }
    const Op fence = fenced ? Op::fence() : Op::give_back(ObjectId(), BorrowId());
    Script writer(
        bed, 1,
        {{3_us, whole(OpKind::write, data)}, {3_us, fence}, {3_us, whole(OpKind::write, flag)}});
    const Duration at = 400_ns * step;
    Script reader(bed, last, {{at, whole(OpKind::read, flag)}, {at, whole(OpKind::read, data)}});
    bed.dut.run();
    results.insert({reader[0].result, reader[1].result});
    bed.dut.finish();
  }
  return results;
}

TEST_CASE("GAM: a write may become visible before an earlier one, unless there is a fence") {
  CHECK(message_passing(false).count({1, 0}) == 1);
  const auto fenced = message_passing(true);
  CHECK(fenced.count({1, 0}) == 0);
  CHECK(fenced.count({1, 1}) == 1);
  CHECK(fenced.count({0, 0}) == 1);
}

TEST_CASE("GAM: a write returns at once, and a later read of the same block waits for it") {
  GamOptions options;
  options.costs = some_costs();
  GamBed bed(2, options);
  const ObjectId object = bed.block(0);
  Script thread(bed, 1,
                {{0_ns, whole(OpKind::write, object)},
                 {0_ns, whole(OpKind::write, object)},
                 {0_ns, whole(OpKind::read, object)}});
  bed.dut.run();
  CHECK(thread[0].end - thread[0].begin < 1100_ns);
  CHECK(thread[0].result == 0);
  CHECK(thread[2].result == 2);  // both writes, one request
  CHECK(bed.sent().size() == 3);
  bed.dut.finish();
}

TEST_CASE("GAM: a fence returns at once, and the next operation of any kind waits for the writes") {
  GamBed bed(2);
  const ObjectId slow = bed.block(0);
  const ObjectId local = bed.block(1);
  Script thread(bed, 1,
                {{0_ns, whole(OpKind::write, slow)},
                 {0_ns, Op::fence()},
                 {0_ns, whole(OpKind::read, local)},
                 {0_ns, whole(OpKind::read, local)}});
  bed.dut.run();
  CHECK(thread[1].end == thread[1].begin);
  CHECK(thread[2].end - thread[2].begin > 1500_ns);
  CHECK(thread[3].end - thread[3].begin < 100_ns);
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

TEST_CASE("GAM: locking and unlocking wait for the thread's writes") {
  GamBed bed(2);
  const ObjectId slow = bed.block(0);
  const ObjectId local = bed.block(1);
  Script thread(bed, 1,
                {{0_ns, whole(OpKind::write, slow)},
                 {0_ns, whole(OpKind::lock, local)},
                 {0_ns, whole(OpKind::write, bed.block(0))},
                 {0_ns, whole(OpKind::unlock, local)}});
  bed.dut.run();
  CHECK(thread[1].end - thread[1].begin > 2_us);
  CHECK(thread[3].end - thread[3].begin > 2_us);
  bed.dut.finish();
}

TEST_CASE("GAM as released lets lock holders read a write that has not been granted") {
  for (const bool released : {true, false}) {
    GamOptions options;
    options.early_write_bytes = released;
    GamBed bed(3, options);
    const ObjectId object = bed.block(0);
    bed.at(1).run(part(OpKind::rlock, object, 0_B));
    Script writer(bed, 1, {{0_ns, part(OpKind::write, object, 8_B)}});
    Script reader(bed, 1, {{500_ns, part(OpKind::read, object, 8_B)}});
    bed.dut.run();
    CHECK(reader[0].result == (released ? (gam::kUngranted | 1) : 0));
    bed.at(1).run(part(OpKind::unlock, object, 0_B));
    bed.dut.finish();
  }
}

TEST_CASE("GAM: an atomic operation gives the old value, wherever the word is") {
  GamBed bed(3);
  const ObjectId word = bed.block(0);
  const auto add = [&](std::uint32_t server, std::uint64_t operand) {
    return bed.at(server).run(Op::atomic_add(word, 0_B, operand)).result;
  };
  CHECK(add(1, 5) == 0);  // fetched
  CHECK(add(1, 5) == 5);  // a hit
  CHECK(add(0, 1) == 10);
  CHECK(add(2, 1) == 11);
  const Op swap = Op::atomic_cas(word, 0_B, 12, 40);
  CHECK(bed.at(0).run(swap).result == 12);
  CHECK(bed.at(1).run(swap).result == 40);
  CHECK(add(1, 0) == 40);
  bed.dut.finish();
}

}  // namespace
}  // namespace dsmsim::testing
