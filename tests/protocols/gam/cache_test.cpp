// What the caches keep and what goes, the allocator's policies, and the engine's costs and errors.

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

using gam::LineState;

TEST_CASE("GAM without caching gives every block back after the access, or the unlock") {
  GamOptions options;
  options.caching = false;
  GamBed bed(2, options);
  const ObjectId object = bed.block(0);
  bed.at(1).read(object);
  CHECK(bed.dut.sent() == Messages{{"READ", Verb::send, 1, 0, 40_B},
                                   {"DATA_REPLY", Verb::write_imm, 0, 1, 512_B},
                                   {"ACTIVE_INVALIDATE", Verb::send, 1, 0, 28_B}});
  CHECK(bed.line(1, object) == nullptr);
}

TEST_CASE("GAM: the line that was not used for longest is evicted") {
  GamBed bed(2, cache_of(2));
  const ObjectId a = bed.block(0);
  const ObjectId b = bed.block(0);
  const ObjectId c = bed.block(0);
  bed.at(1).read(a);
  bed.at(1).read(b);
  bed.at(1).read(a);
  bed.at(1).read(c);
  CHECK(bed.line(1, a) != nullptr);
  CHECK(bed.line(1, b) == nullptr);
  CHECK(bed.counters(1).evicted_clean == 1);
}

TEST_CASE("GAM: with ten lists eviction misses some chances, and the cache stays about full") {
  GamOptions options = cache_of(64);
  options.lru_lists = 10;
  GamBed bed(2, options);
  for (int i = 0; i < 400; ++i) {
    bed.at(1).read(bed.block(0));
  }
  const gam::Cache& cache = bed.engine().node(NodeId(1)).cache();
  CHECK(cache.size() >= 64);
  CHECK(cache.peak() <= 64 + 4);
}

TEST_CASE("GAM: a locked line is not evicted, and the timer makes up for it later") {
  GamBed bed(2, cache_of(1));
  const ObjectId a = bed.block(0);
  const ObjectId b = bed.block(0);
  Script thread(bed, 1,
                {{0_ns, whole(OpKind::rlock, a)},
                 {0_ns, whole(OpKind::read, b)},
                 {1_ms, whole(OpKind::unlock, a)},
                 {50_ms, whole(OpKind::read, a)},
                 {60_ms, whole(OpKind::read, b)},
                 {200_ms, whole(OpKind::read, b)}});
  bed.dut.run();
  for (const std::size_t hit : {3, 4, 5}) {
    CHECK(thread[hit].end - thread[hit].begin < 500_ns);
  }
  CHECK(bed.line(1, a) == nullptr);  // the oldest when the timer came
  CHECK(bed.counters(1).evicted_clean == 1);
  bed.dut.finish();
}

TEST_CASE("GAM: at most sixteen lines go at a time") {
  GamBed bed(2, cache_of(64));
  const ObjectId large = bed.at(0).allocate(512_B * 64, NodeId(0));
  const ObjectId other = bed.at(0).allocate(512_B * 40, NodeId(0));
  bed.at(1).run(Op::read(large, Bytes(), 512_B * 64));
  Script thread(bed, 1, {{0_ns, Op::read(other, Bytes(), 512_B * 40)}});
  std::uint64_t evicted = 0;
  Script early(bed, 1, {{60_us, Op::fence()}});
  bed.dut.run();
  evicted = bed.counters(1).evicted_clean;
  CHECK(evicted == 16 + 16 + 8);  // the access, and the timer twice
  bed.dut.finish();
}

TEST_CASE("GAM as released counts a line that was given away as leaving for ever") {
  for (const bool released : {true, false}) {
    GamOptions options;
    options.leak_shipped_lines = released;
    GamBed bed(2, options);
    const ObjectId object = bed.block(0);
    for (int i = 0; i < 3; ++i) {
      bed.at(1).write(object);
      bed.at(0).write(object);
    }
    CHECK(bed.engine().node(NodeId(1)).cache().leaving() == (released ? 3 : 0));
    bed.dut.finish();
  }
}

TEST_CASE("GAM: an object goes where it is wanted, else here, else where most memory is free") {
  GamOptions options;
  options.cache = 512_B;
  options.ghost_th = 0_B;
  GamBed bed(3, options);
  const auto home = [&](ObjectId object) { return bed.engine().address(object).home(); };
  CHECK(home(bed.at(1).allocate(1_MiB, NodeId(2))) == NodeId(2));
  CHECK(home(bed.at(1).allocate(64_MiB)) == NodeId(1));
  CHECK(home(bed.at(1).allocate(1_MiB)) == NodeId(0));
  CHECK_THROWS_WITH(bed.at(1).allocate(65_MiB),
                    Catch::Contains("has room for 65MiB: 3 servers of 64MiB"));
  CHECK_THROWS_WITH(bed.at(0).allocate(1_MiB, NodeId(1)),
                    Catch::Contains("a size class takes 1MiB of it at a time"));
}

TEST_CASE("GAM: memory that the cache may need is not given to objects while others have some") {
  GamOptions options;
  options.cache = 32_MiB;
  GamBed bed(2, options);
  CHECK(bed.engine().address(bed.at(1).allocate(40_MiB)).home() == NodeId(1));
  CHECK(bed.engine().address(bed.at(1).allocate(1_MiB)).home() == NodeId(0));
}

TEST_CASE("GAM: objects are placed on other servers, or anywhere, if it is told so") {
  GamOptions options;
  options.placement = GamPlacement::remote;
  GamBed remote(3, options);
  for (int i = 0; i < 10; ++i) {
    CHECK(remote.engine().address(remote.at(1).allocate(512_B)).home() != NodeId(1));
  }
  options.placement = GamPlacement::random;
  GamBed random(3, options);
  std::map<NodeId, int> homes;
  for (int i = 0; i < 60; ++i) {
    ++homes[random.engine().address(random.at(1).allocate(512_B)).home()];
  }
  CHECK(homes.size() == 3);
}

TEST_CASE("GAM: the parts of a miss are charged to those who cause them") {
  GamOptions options;
  options.costs = some_costs();
  GamBed bed(2, options);
  const ObjectId object = bed.block(0);
  bed.dut.world().start_measuring();
  bed.at(1).run(part(OpKind::read, object, 0_B));
  const KindMeter& reads = bed.dut.world().meter().kinds()[0 + static_cast<int>(OpKind::read)];
  const auto spent = [&](Category category) {
    return reads.spent[static_cast<std::size_t>(category)];
  };
  CHECK(spent(Category::cpu) == options.costs.miss + kPost * 2 + options.costs.wake);
  CHECK(spent(Category::handler) == options.costs.service * 2);
  CHECK(spent(Category::acks) == 0_ns);
  CHECK(spent(Category::lock_wait) == 0_ns);
}

TEST_CASE("GAM: borrows and transfers take no time") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  const Borrow borrow = bed.at(1).borrow(object);
  CHECK(bed.at(1).give_back(borrow).latency == 0_ns);
  CHECK(bed.at(1).transfer(object, NodeId(0)).latency == 0_ns);
}

TEST_CASE("GAM: accesses to what is not there are refused") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  CHECK_THROWS_WITH(bed.at(1).run(part(OpKind::read, object, 508_B)), Catch::Contains("512B only"));
  bed.at(0).release(object);
  CHECK_THROWS_WITH(bed.at(1).read(object), Catch::Contains("not allocated"));
}

TEST_CASE("GAM: an impossible cache or block is refused") {
  GamOptions options;
  options.cache = 65_MiB;
  CHECK_THROWS_WITH(GamBed(2, options), Catch::Contains("does not fit"));
}

TEST_CASE("GAM runs on one server without a network") {
  GamBed bed(1);
  const ObjectId object = bed.at(0).allocate(100_B);
  bed.at(0).write(object);
  CHECK(bed.at(0).read(object).result == 1);
  bed.dut.finish();
}

TEST_CASE("GAM reports what it did") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.at(0).read(object);
  bed.at(1).read(object);
  bed.at(1).read(object);
  bed.at(1).write(object);
  const nlohmann::ordered_json report = report_of(bed.engine());
  CHECK(report["local_reads"] == 1);
  CHECK(report["local_reads_hit"] == 1);
  CHECK(report["remote_reads"] == 2);
  CHECK(report["remote_reads_hit"] == 1);
  CHECK(report["remote_writes"] == 1);
  CHECK(report["remote_writes_hit"] == 0);
  CHECK(report["cache_lines_peak"] == 1);
}

}  // namespace
}  // namespace dsmsim::testing
