// Which line of LegoOS' ExCache goes, how it gets out, and who waits for whom meanwhile.

#include <catch2/catch.hpp>

#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kWord = 8_B;

LegoosOptions by(LegoosEviction eviction, std::uint32_t ways = 1) {
  LegoosOptions options = one_set(ways);
  options.eviction = eviction;
  options.victim_lines = 1;
  return options;
}

TEST_CASE("The LegoOS line that came first goes first, however often it is used") {
  LegoosBed bed(2, one_set(3));
  const auto pages = bed.pages(4);
  for (int i = 0; i < 3; ++i) {
    bed.core.read(pages[static_cast<std::size_t>(i)]);
  }
  for (int i = 0; i < 5; ++i) {
    bed.core.read(pages[0]);
  }
  bed.core.read(pages[3]);
  CHECK_FALSE(bed.cached(pages[0]));
  bed.core.read(pages[0]);
  CHECK_FALSE(bed.cached(pages[1]));
  CHECK(bed.cached(pages[2]));
}

TEST_CASE("LegoOS pages compete only with those of their set") {
  LegoosOptions options = one_set(1);
  options.cache = 8_KiB;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(3);
  REQUIRE(bed.number(pages[2]).value() == bed.number(pages[0]).value() + 2);
  for (const ObjectId page : pages) {
    bed.core.read(page);
  }
  CHECK_FALSE(bed.cached(pages[0]));
  CHECK(bed.cached(pages[1]));
  CHECK(bed.cached(pages[2]));
}

TEST_CASE("A LegoOS sweep lets a new line go that nobody has used") {
  LegoosOptions options = one_set(4);
  options.replacement = LegoosReplacement::lru;
  options.sweep_period = 1_ms;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(6);
  for (std::size_t i = 0; i < 4; ++i) {
    bed.core.read(pages[i]);
  }
  const auto at = [&bed](Duration time) {
    bed.dut.simulation().queue().schedule(
        Time::at(time), [](void*) {}, nullptr);
    bed.dut.run();
  };
  at(1500_us);
  bed.core.read(pages[4]);  // the newest, pages[3], has been used: the oldest goes
  CHECK_FALSE(bed.cached(pages[0]));
  at(2500_us);
  bed.core.read(pages[5]);
  CHECK_FALSE(bed.cached(pages[1]));
  at(3500_us);  // pages[5] has been used when it came; then by nobody
  bed.core.read(pages[0]);
  CHECK_FALSE(bed.cached(pages[2]));
  at(5500_us);
  bed.core.read(pages[1]);  // of two sweeps the second finds pages[0] unused
  CHECK_FALSE(bed.cached(pages[0]));
  CHECK(bed.cached(pages[3]));
}

TEST_CASE("Who evicts from a LegoOS set that is being swept waits for the rest of the visit") {
  LegoosOptions options = one_set(4);
  options.cache = 4_KiB * 8;  // two sets, of which pages with even numbers use the first
  options.replacement = LegoosReplacement::lru;
  options.sweep_period = 1_ms;
  options.costs.sweep = {.set = 20_us, .line = 10_us};  // one line of four is looked at
  LegoosBed bed(2, options);
  const auto pages = bed.pages(14);
  for (std::size_t i = 0; i < 8; ++i) {
    bed.core.read(pages[i]);
  }
  const Duration touch = testbed_server().touch(4_KiB);
  const auto latency_at = [&](Duration time, ObjectId page) {
    bed.dut.simulation().queue().schedule(
        Time::at(time), [](void*) {}, nullptr);
    bed.dut.run();
    return bed.core.read(page).latency;
  };
  // The first sweep has set 0 from 1000 us and set 1 from 1030 us on, the second from 2060 us on.
  CHECK(latency_at(999_us, pages[8]) == touch);
  CHECK(latency_at(1010_us, pages[10]) == 20_us + touch);
  CHECK(latency_at(1040_us, pages[9]) == 20_us + touch);
  CHECK(latency_at(1061_us, pages[11]) == touch);
  CHECK(latency_at(2065_us, pages[12]) == 25_us + touch);
  CHECK(latency_at(2100_us, pages[13]) == 20_us + touch);
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE("LegoOS' sweeps keep one core, which threads do not get") {
  LegoosOptions options = one_set(4);
  DutOptions two_cores;
  two_cores.server.cores = 2;
  for (const LegoosReplacement replacement : {LegoosReplacement::fifo, LegoosReplacement::lru}) {
    options.replacement = replacement;
    LegoosBed bed(2, options, two_cores);
    bed.dut.run();
    const std::size_t held =
        bed.dut.cluster().cpu(NodeId(0)).cores() - bed.dut.cluster().cpu(NodeId(0)).idle_cores();
    CHECK(held == (replacement == LegoosReplacement::lru ? 2 : 1));  // with the one of the bed
  }
  DutOptions one_core;
  one_core.server.cores = 1;
  CHECK_THROWS_WITH(LegoosBed(2, options, one_core), Catch::Contains("take a core of their own"));
}

TEST_CASE("A LegoOS victim cache takes flushes off the fault, and answers without a message") {
  LegoosOptions options = by(LegoosEviction::victim);
  options.victim_lines = 2;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(3);
  const std::uint64_t written = bed.core.write(pages[0]).result;
  const Duration miss = bed.core.read(pages[1]).latency;
  CHECK(miss < 1_us);  // the flush is in the background
  CHECK(bed.sent() ==
        Messages{legoos_message("FLUSH", 0, 1, 4160), legoos_message("FLUSH_REPLY", 1, 0, 4)});
  CHECK(bed.core.read(pages[0]).result == written);
  CHECK(bed.sent().empty());
  CHECK(bed.counters().victim_hits == 1);
}

TEST_CASE("A full LegoOS victim cache makes faults wait for its flushes") {
  LegoosBed bed(2, by(LegoosEviction::victim));
  const auto pages = bed.pages(3);
  for (const ObjectId page : pages) {
    bed.core.start(Op::write(page, Bytes(), kWord));
  }
  bed.dut.run();
  CHECK(bed.counters().victim_waits == 1);
  CHECK(bed.core.outcomes().back().latency > 4_us);
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE("Write protection flushes first, and takes two shootdowns for a dirty LegoOS line") {
  LegoosOptions options = by(LegoosEviction::write_protect);
  options.costs.shootdown = 1_us;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(3);
  bed.core.write(pages[0]);
  bed.core.write(pages[1]);
  bed.dut.forget();
  Puppet& core = bed.core;
  core.run(Op::read(pages[0], Bytes(), kWord));
  const Duration dirty = core.outcomes().back().latency;
  CHECK(bed.sent() ==
        Messages{legoos_message("FLUSH", 0, 1, 4160), legoos_message("FLUSH_REPLY", 1, 0, 4),
                 legoos_message("MISS", 0, 1, 72), legoos_message("MISS_REPLY", 1, 0, 4096)});
  core.run(Op::read(pages[1], Bytes(), kWord));
  const Duration clean = core.outcomes().back().latency;
  CHECK(bed.sent().size() == 2);
  CHECK(dirty - clean > 5_us);  // a flush and a shootdown more
}

TEST_CASE("A LegoOS shootdown interrupts every core that runs a thread") {
  LegoosOptions options = one_set(1);
  options.costs.shootdown = 89_ns;
  options.costs.interrupt = 1470_ns;
  options.costs.per_core = 278_ns;
  const auto fault = [&options](int threads) {
    LegoosBed bed(2, options);
    for (int i = 1; i < threads; ++i) {
      bed.dut.thread(0);
    }
    const auto pages = bed.pages(2);
    bed.core.read(pages[0]);
    return bed.core.read(pages[1]).latency;
  };
  const Duration alone = fault(1);
  CHECK(fault(2) - alone == 1470_ns - 89_ns);
  CHECK(fault(5) - alone == 1470_ns + 278_ns * 3 - 89_ns);
}

/// The time of two reads at once, of pages of two sizes of objects or of one.
Duration both(LegoosOptions options, Bytes first, Bytes second) {
  options.grant = 2_MiB;
  options.zero_fill = false;
  options.workers = 2;
  LegoosBed bed(2, options);
  Puppet& other = bed.dut.thread(0);
  const ObjectId one = bed.core.allocate(first);
  const ObjectId two = other.allocate(second);
  const Time start = bed.dut.simulation().now();
  bed.core.start(Op::read(one, Bytes(), kWord));
  other.start(Op::read(two, Bytes(), kWord));
  bed.dut.run();
  return bed.dut.simulation().now() - start;
}

TEST_CASE("LegoOS fetches pages of the same 2 MiB one after the other, others side by side") {
  const Duration same = both(one_set(4), 4_KiB, 4_KiB);
  const Duration apart = both(one_set(4), 4_KiB, 2_KiB);
  CHECK(same > 9_us);
  CHECK(apart < 8_us);
}

TEST_CASE("Two LegoOS cores that fault on the same page fetch it once") {
  LegoosOptions options = one_set(4);
  options.zero_fill = false;
  LegoosBed bed(2, options);
  Puppet& other = bed.dut.thread(0);
  const auto pages = bed.pages(1);
  bed.core.start(Op::read(pages[0], Bytes(), kWord));
  other.start(Op::read(pages[0], Bytes(), kWord));
  bed.dut.run();
  CHECK(bed.counters().misses == 1);
  CHECK(bed.counters().abandoned == 1);
}

TEST_CASE("A LegoOS page on its way to memory is waited for") {
  LegoosBed bed(2);
  Puppet& other = bed.dut.thread(0);
  const auto pages = bed.pages(3);
  const std::uint64_t written = bed.core.write(pages[0]).result;
  bed.core.read(pages[1]);
  bed.core.start(Op::read(pages[2], Bytes(), kWord));
  other.start(Op::read(pages[0], Bytes(), kWord));
  bed.dut.run();
  CHECK(bed.counters().eviction_waits == 1);
  CHECK(other.outcomes().back().result == written);
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

TEST_CASE("LegoOS says how much memory there is if a program asks for more") {
  DutOptions cluster;
  cluster.server.memory = 1_MiB;
  LegoosBed bed(3, one_set(2), cluster);
  bed.core.allocate(1_MiB);
  CHECK_THROWS_WITH(bed.core.allocate(1_MiB + 4_KiB),
                    Catch::Contains("2MiB in pages of 4KiB, of which 1MiB are in use"));
}

TEST_CASE("LegoOS needs a server with memory, and a manager that is one of the servers") {
  CHECK_THROWS_WITH(LegoosBed(1), Catch::Contains("at least two servers"));
  LegoosOptions options = one_set(1);
  options.manager = 4;
  CHECK_THROWS_WITH(LegoosBed(3, options), Catch::Contains("the servers are 0 to 2"));
}

TEST_CASE("A thread on a LegoOS memory server is refused") {
  LegoosBed bed(2);
  CHECK_THROWS_WITH(bed.dut.thread(1), Catch::Contains("only hold memory"));
}

}  // namespace
}  // namespace dsmsim::testing
