// What software takes under GAM, and who pays it: hand sums of named costs. Server 0 is the home.

#include <catch2/catch.hpp>

#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

GamOptions costly(std::uint64_t lines = 0) {
  GamOptions options = lines == 0 ? GamOptions{} : cache_of(lines);
  options.costs = some_costs();
  options.consistency = GamConsistency::tso;
  return options;
}

const GamCosts kCosts = some_costs();

/// Eight bytes of the object: what is beyond a cache line would take time of its own.
Op eight(OpKind kind, ObjectId object) { return part(kind, object, 0_B); }

void check_near(Duration actual, Duration expected) {
  INFO("takes " << to_string(actual) << ", expected " << to_string(expected));
  CHECK(std::abs((actual - expected).ps()) <= 10);  // latencies are rounded in several places
}

/// From the post of a request until the thread goes on.
Duration round_trip(Bytes request, Verb answer, Bytes payload) {
  return one_way(Verb::send, request) + kCosts.service + one_way(answer, payload) + kCosts.service +
         kCosts.wake;
}

struct CostBed : GamBed {
  using GamBed::GamBed;
  Duration latency(std::uint32_t server, OpKind kind, ObjectId object) {
    return at(server).run(eight(kind, object)).latency;
  }
};

/// When two threads of server 1, started together, have each done one operation.
std::pair<Duration, Duration> side_by_side(CostBed& bed, Op first, Op second) {
  Script a(bed, 1, {{0_ns, first}});
  Script b(bed, 1, {{0_ns, second}});
  bed.dut.run();
  return {a[0].end - a[0].begin, b[0].end - b[0].begin};
}

TEST_CASE("GAM: the first access to a block is cold, the next of the same thread is warm") {
  CostBed bed(2, costly());
  const ObjectId x = bed.block(0);
  const ObjectId y = bed.block(0);
  CHECK(bed.latency(0, OpKind::read, x) == kCosts.home_read);
  CHECK(bed.latency(0, OpKind::read, x) == kCosts.warm_read);
  CHECK(bed.latency(0, OpKind::write, y) == kCosts.home_write + kCosts.fence);
  CHECK(bed.latency(0, OpKind::write, y) == kCosts.warm_write + kCosts.fence);
  CHECK(bed.latency(0, OpKind::lock, x) == kCosts.home_lock);
  CHECK(bed.latency(0, OpKind::unlock, x) == kCosts.warm_unlock);
  CHECK(bed.latency(0, OpKind::lock, x) == kCosts.warm_lock);
  bed.at(0).run(eight(OpKind::read, y));
  CHECK(bed.latency(0, OpKind::unlock, x) == kCosts.home_unlock);

  bed.at(1).run(eight(OpKind::write, x));
  bed.at(1).run(eight(OpKind::write, y));
  CHECK(bed.latency(1, OpKind::read, x) == kCosts.cached_read);
  CHECK(bed.latency(1, OpKind::read, x) == kCosts.warm_read);
  CHECK(bed.latency(1, OpKind::write, y) == kCosts.cached_write + kCosts.fence);
  CHECK(bed.latency(1, OpKind::lock, x) == kCosts.cached_lock);
  bed.at(1).run(eight(OpKind::read, y));
  CHECK(bed.latency(1, OpKind::unlock, x) == kCosts.cached_unlock);
  CHECK(bed.latency(1, OpKind::fence, x) == kCosts.fence);
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE("GAM: a block that another thread of the server has used since is cold again") {
  CostBed bed(2, costly());
  const ObjectId x = bed.block(0);
  Puppet& other = bed.dut.thread(0);
  CHECK(bed.latency(0, OpKind::read, x) == kCosts.home_read);
  CHECK(other.run(eight(OpKind::read, x)).latency == kCosts.home_read);
  CHECK(bed.latency(0, OpKind::read, x) == kCosts.home_read);
  CHECK(bed.latency(0, OpKind::read, x) == kCosts.warm_read);
}

TEST_CASE("GAM: who takes a line pays the miss, a read, a write and a lock alike") {
  CostBed bed(2, costly());
  check_near(bed.latency(1, OpKind::read, bed.block(0)),
             kCosts.miss + round_trip(40_B, Verb::write_imm, 512_B));
  check_near(bed.latency(1, OpKind::rlock, bed.block(0)),
             kCosts.miss + round_trip(40_B, Verb::write_imm, 512_B));
  const Duration write = bed.latency(1, OpKind::write, bed.block(0));
  const Duration lock = bed.latency(1, OpKind::lock, bed.block(0));
  check_near(write - lock, kCosts.fence);
  CHECK(lock > kCosts.miss + round_trip(52_B, Verb::send, 20_B));
}

TEST_CASE("GAM: who evicts a dirty line pays that, be it for a read, a write or a lock") {
  for (const OpKind kind : {OpKind::read, OpKind::rlock}) {
    CostBed bed(2, costly(1));
    const ObjectId dirty = bed.block(0);
    const ObjectId clean = bed.block(0);
    const ObjectId last = bed.block(0);
    bed.at(1).run(eight(OpKind::write, dirty));
    const Duration read = kCosts.miss + round_trip(40_B, Verb::write_imm, 512_B);
    check_near(bed.latency(1, kind, clean), kCosts.evict_dirty + read);
    if (kind == OpKind::rlock) {
      bed.at(1).run(eight(OpKind::unlock, clean));
    }
    check_near(bed.latency(1, kind, last), read);
    CHECK(bed.counters(1).evicted_dirty == 1);
    CHECK(bed.counters(1).evicted_clean == 1);
  }
  for (const OpKind kind : {OpKind::write, OpKind::lock}) {
    CostBed bed(2, costly(1));
    GamOptions free = costly(1);
    free.costs.evict_dirty = 0_ns;
    CostBed cheap(2, free);
    const auto second = [kind](CostBed& b) {
      b.at(1).run(eight(OpKind::write, b.block(0)));
      return b.latency(1, kind, b.block(0));
    };
    check_near(second(bed) - second(cheap), kCosts.evict_dirty);
  }
}

TEST_CASE("GAM: an access at home and an upgrade pay neither for a line nor for an eviction") {
  CostBed bed(2, costly());
  const ObjectId x = bed.block(0);
  bed.at(1).run(eight(OpKind::read, x));
  check_near(bed.latency(0, OpKind::write, x),
             kCosts.home_write + kCosts.fence + round_trip(40_B, Verb::write_imm, 0_B));
  bed.at(1).run(eight(OpKind::write, x));
  check_near(bed.latency(0, OpKind::read, x),
             kCosts.warm_read + round_trip(40_B, Verb::write_imm, 512_B));
  const ObjectId y = bed.block(0);
  bed.at(1).run(eight(OpKind::read, y));
  bed.at(1).run(eight(OpKind::read, x));
  check_near(bed.latency(1, OpKind::write, y),
             kCosts.cached_write + kCosts.fence + round_trip(52_B, Verb::send, 20_B));
}

TEST_CASE("GAM: a write queued on a line under way is a hit that goes the whole path again") {
  GamOptions options = costly();
  options.consistency = GamConsistency::pso;
  const auto settled = [&options](int writes) {
    CostBed bed(2, options);
    const ObjectId x = bed.block(0);
    const Time start = bed.dut.simulation().now();
    for (int i = 0; i < writes; ++i) {
      bed.at(1).start(eight(OpKind::write, x));
    }
    bed.dut.run();
    const auto& writes_at_cache = bed.counters(1).accesses[1][1];
    CHECK(writes_at_cache[0] == 1);
    CHECK(writes_at_cache[1] == static_cast<std::uint64_t>(writes - 1));
    return bed.engine().settled() - start;
  };
  const Duration one = settled(1);
  check_near(settled(2) - one, kCosts.cached_write);
  check_near(settled(4) - one, kCosts.cached_write * 3);
}

TEST_CASE(
    "GAM's costs scale with the clock of the servers, if they say what they were measured on") {
  GamOptions options = costly();
  options.costs.clock_ghz = 2 * ServerProfile().clock_ghz;
  CostBed bed(2, options);
  const ObjectId x = bed.block(0);
  CHECK(bed.latency(0, OpKind::read, x) == kCosts.home_read * 2);
  check_near(bed.latency(1, OpKind::read, x), kCosts.miss * 2 + one_way(Verb::send, 40_B) +
                                                  one_way(Verb::write_imm, 512_B) +
                                                  (kCosts.service * 2 + kCosts.wake) * 2);
  CHECK(scaled(kCosts, 1.0).miss == kCosts.miss);  // those of the servers, whatever they are
  CHECK(scaled(options.costs, options.costs.clock_ghz.value() * 2).wake == 48500_ps);
}

TEST_CASE("GAM: threads of a server take turns at the lock of a block") {
  CostBed bed(2, costly());
  const ObjectId x = bed.block(0);
  bed.at(1).run(eight(OpKind::write, x));
  const auto [first, second] = side_by_side(bed, eight(OpKind::read, x), eight(OpKind::read, x));
  CHECK(first == kCosts.cached_read);
  CHECK(second == kCosts.cached_read * 2);
}

TEST_CASE("GAM: threads of a server that hit different blocks meet at the lists only") {
  CostBed bed(2, costly(64));  // one list
  const ObjectId x = bed.block(0);
  const ObjectId y = bed.block(0);
  bed.at(1).run(eight(OpKind::write, x));
  bed.at(1).run(eight(OpKind::write, y));
  const auto [first, second] = side_by_side(bed, eight(OpKind::read, x), eight(OpKind::read, y));
  CHECK(first == kCosts.cached_read);
  CHECK(second == kCosts.cached_read + kCosts.list_lock * 2);
  const ObjectId here = bed.block(1);
  const ObjectId there = bed.block(1);
  const auto [home, other] =
      side_by_side(bed, eight(OpKind::read, here), eight(OpKind::read, there));
  CHECK(home == kCosts.home_read);
  CHECK(other == kCosts.home_read);
}

TEST_CASE("GAM: threads of a server that miss take turns at the allocator and at the queue pair") {
  GamOptions fast = costly();
  fast.costs.service = 0_ns;
  CostBed no_worker(2, fast);
  const ObjectId x = no_worker.block(0);
  const ObjectId y = no_worker.block(0);
  const auto [first, second] =
      side_by_side(no_worker, eight(OpKind::read, x), eight(OpKind::read, y));
  // The allocator is held for less than it takes to post: the second waits for the queue pair.
  REQUIRE(kCosts.allocate < kPost);
  check_near(second - first, kPost);
  GamOptions slow_allocator = fast;
  slow_allocator.costs.allocate = 900_ns;
  slow_allocator.costs.miss = 1000_ns;
  CostBed slow(2, slow_allocator);
  const ObjectId v = slow.block(0);
  const ObjectId w = slow.block(0);
  const auto [early, late] = side_by_side(slow, eight(OpKind::read, v), eight(OpKind::read, w));
  check_near(late - early, 900_ns);
}

TEST_CASE("GAM: a thread that comes while another misses the same block does not pay for a line") {
  CostBed bed(2, costly());
  const ObjectId x = bed.block(0);
  const auto [first, second] = side_by_side(bed, eight(OpKind::read, x), eight(OpKind::read, x));
  CHECK(bed.counters(1).accesses[1][0][0] == 1);
  CHECK(bed.counters(1).accesses[1][0][1] == 1);
  check_near(second - first, kCosts.cached_read);  // run again when the line has come
}

TEST_CASE("GAM says when the last write took effect that no thread waited for") {
  CostBed waits(2, costly());
  const Duration waited = waits.latency(1, OpKind::write, waits.block(0));
  GamOptions options = costly();
  options.consistency = GamConsistency::pso;
  CostBed bed(2, options);
  const ObjectId x = bed.block(0);
  const Time start = bed.dut.simulation().now();
  const Duration issued = bed.latency(1, OpKind::write, x);
  CHECK(issued == kCosts.miss + kPost);
  bed.dut.run();
  check_near(bed.engine().settled() - start, waited - kCosts.fence - kCosts.wake);
}

TEST_CASE("GAM: threads of a server that share one handle access one after the other") {
  GamOptions options;
  options.client_handles = 1;
  GamBed bed(2, options);
  const ObjectId first = bed.block(1), second = bed.block(1);
  const Duration alone = bed.at(0).run(Op::read(first, 0_B, 8_B)).latency;
  const ObjectId third = bed.block(1);
  Puppet& other = bed.dut.thread(0);
  bed.at(0).start(Op::read(second, 0_B, 8_B));
  other.start(Op::read(third, 0_B, 8_B));
  bed.dut.run();
  const Duration one = bed.at(0).outcomes().back().latency;
  const Duration two = other.outcomes().back().latency;
  CHECK(std::min(one, two) == alone);
  CHECK(std::max(one, two) == alone * 2);
  CHECK(other.run(Op::read(third, 0_B, 8_B)).latency == Duration());  // a hit
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

}  // namespace
}  // namespace dsmsim::testing
