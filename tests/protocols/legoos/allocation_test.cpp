// Where LegoOS puts memory: vRegions and what is mapped in them, and the manager's policies.

#include <catch2/catch.hpp>

#include "protocols/legoos/address_space.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {
namespace {

using legoos::AddressSpace;
using legoos::kRegion;

const NodeId kOne(1);
const NodeId kTwo(2);

TEST_CASE("A LegoOS vRegion has one owner, and memory comes from the tree with the least room") {
  AddressSpace space(8);
  CHECK_FALSE(space.fit(kOne, 4_KiB));
  const auto first = space.extend(kOne, 4_KiB);
  space.take(first, kRegion - 8_KiB);
  const auto second = space.extend(kTwo, 2_GiB);
  CHECK(space.owner_of(first) == kOne);
  CHECK(space.owner_of(second + 1_GiB) == kTwo);
  CHECK_FALSE(space.owner_of(kRegion * 3).valid());
  CHECK(space.fit(kOne, 8_KiB) == first);
  CHECK_FALSE(space.fit(kOne, 12_KiB));
  CHECK(space.fit(NodeId(), 8_KiB) == first);
  CHECK(space.fit(NodeId(), 12_KiB) == second);
  space.check();
}

TEST_CASE(
    "Neighbouring LegoOS vRegions of one owner are one tree, others begin where memory ended") {
  AddressSpace space(8);
  const auto tree = space.extend(kOne, 4_KiB);
  CHECK(space.take(tree, 12_KiB) == tree);
  CHECK(space.extend(kOne, kRegion) == tree);
  CHECK(space.take(tree, kRegion) == tree + 12_KiB);
  const auto other = space.extend(kTwo, 4_KiB);  // not in the sets of the ExCache that are in use
  CHECK(space.take(other, 4_KiB) == other + 12_KiB);
  CHECK(space.take(other, kRegion - 20_KiB) == other + 16_KiB);
  CHECK(space.take(other, 4_KiB) == other + kRegion - 4_KiB);
  CHECK(space.take(other, 4_KiB) == other);  // what was passed over
  space.check();
}

TEST_CASE("A LegoOS address space that is full says so, and vRegions can be handed over") {
  AddressSpace space(2);
  space.extend(kOne, 2_GiB);
  CHECK_THROWS_WITH(space.extend(kTwo, 4_KiB), Catch::Contains("has no room left for 4KiB"));
  space.hand_over(kOne, kTwo);
  CHECK(space.owners() == std::vector<NodeId>{kTwo, kTwo});
  CHECK(space.fit(kTwo, 2_GiB));
  space.check();
}

std::vector<std::uint32_t> owners(LegoosBed& bed, std::size_t pages) {
  std::vector<std::uint32_t> found;
  for (const ObjectId page : bed.pages(pages)) {
    found.push_back(bed.owner(page).value());
  }
  return found;
}

TEST_CASE(
    "LegoOS' manager repeats its choice four times, and takes the server with least traffic") {
  LegoosBed bed(4, one_set(1));
  CHECK(owners(bed, 4) == std::vector<std::uint32_t>{3, 3, 3, 3});  // the last of equals
  LegoosOptions options = one_set(1);
  options.report_period = 1_us;
  options.zero_fill = false;
  LegoosBed busy(4, options);
  const auto pages = busy.pages(4);
  for (int i = 0; i < 2; ++i) {
    for (const ObjectId page : pages) {
      busy.core.read(page);
    }
  }
  CHECK(owners(busy, 4) == std::vector<std::uint32_t>{2, 2, 2, 2});
}

TEST_CASE("LegoOS' manager can take servers in turn, or the one with the most memory left") {
  LegoosOptions options = one_set(1);
  options.placement = LegoosPlacement::pure_rr;
  LegoosBed in_turn(3, options);
  CHECK(owners(in_turn, 10) == std::vector<std::uint32_t>{1, 1, 1, 1, 2, 2, 2, 2, 1, 1});
  options.placement = LegoosPlacement::resident_memory;
  options.report_period = 1_us;
  options.zero_fill = false;
  LegoosBed by_memory(3, options);
  const ObjectId page = by_memory.page();
  CHECK(by_memory.owner(page) == kTwo);
  by_memory.core.read(page);
  CHECK(by_memory.owner(by_memory.page()) == kOne);
}

TEST_CASE("LegoOS' manager spreads memory, by what each server has been given") {
  LegoosOptions options = one_set(1);
  options.placement = LegoosOptions().placement;
  CHECK(options.placement == LegoosPlacement::spread);
  LegoosBed bed(4, options);
  CHECK(owners(bed, 7) == std::vector<std::uint32_t>{1, 2, 3, 1, 2, 3, 1});
  const ObjectId large = bed.core.allocate(12_KiB);  // three pages for server 2
  CHECK(bed.owner(large) == kTwo);
  CHECK(owners(bed, 4) == std::vector<std::uint32_t>{3, 1, 3, 1});
  const nlohmann::ordered_json report = report_of(bed.engine());
  CHECK(report["memory"] == nlohmann::ordered_json::parse(R"({
    "1": {"mapped": 20480, "used": 0},
    "2": {"mapped": 20480, "used": 0},
    "3": {"mapped": 16384, "used": 0}})"));
}

/// Four pages on two memory servers of two pages each.
struct FullBed {
  explicit FullBed(LegoosPlacement placement) : bed(3, options(placement), cluster()) {}
  static LegoosOptions options(LegoosPlacement placement) {
    LegoosOptions options = one_set(1);
    options.placement = placement;
    return options;
  }
  static DutOptions cluster() {
    DutOptions cluster;
    cluster.server.memory = 8_KiB;
    return cluster;
  }
  void use_all() {
    const auto pages = bed.pages(4);
    for (int round = 0; round < 2; ++round) {
      for (const ObjectId page : pages) {
        bed.core.write(page);
      }
    }
  }
  LegoosBed bed;
};

TEST_CASE("A LegoOS program that fills one memory server hears which have memory left") {
  FullBed last(LegoosPlacement::network_traffic_rr);
  CHECK_THROWS_WITH(last.use_all(), Catch::Contains("the memory of server 2, 8KiB, is all in use; "
                                                    "server 1 has 8KiB free; placement: spread"));
  FullBed spread(LegoosPlacement::spread);
  spread.use_all();
  CHECK(spread.bed.engine().memory(1).free() == 0_B);
  CHECK(spread.bed.engine().memory(2).free() == 0_B);
}

TEST_CASE("Objects of LegoOS programs share grants by their size, and come back when released") {
  LegoosOptions options = one_set(2);
  options.grant = 8_KiB;
  LegoosBed bed(2, options);
  const ObjectId small = bed.core.allocate(64_B);
  const ObjectId beside = bed.core.allocate(64_B);
  const ObjectId large = bed.core.allocate(20_KiB);
  CHECK(bed.counters().maps == 2);
  CHECK(bed.number(small) == bed.number(beside));
  CHECK(bed.number(large) != bed.number(small));
  bed.core.write(large);  // five pages
  CHECK(bed.counters().zero_fills == 5);
  const auto address = bed.engine().address_of(small);
  bed.core.release(small);
  CHECK(bed.engine().address_of(bed.core.allocate(64_B)) == address);
  CHECK_THROWS_WITH(bed.core.read(small), Catch::Contains("not allocated"));
}

TEST_CASE("Two LegoOS runs with the same seed send the same messages") {
  const auto run = [] {
    LegoosOptions options = one_set(4);
    options.costs = configured_costs();
    LegoosBed bed(3, options);
    std::vector<Puppet*> puppets = {&bed.core, &bed.dut.thread(0), &bed.dut.thread(0)};
    const auto pages = bed.pages(9);
    RandomStream random(7, "test");
    for (int i = 0; i < 300; ++i) {
      const ObjectId page = pages[random.below(pages.size())];
      const OpKind kind = random.below(2) == 0 ? OpKind::read : OpKind::write;
      puppets[random.below(3)]->start(Op::on(kind, page, Bytes(), 8_B));
    }
    bed.dut.run();
    CHECK(bed.dut.breakdown_sums_to_latency());
    bed.dut.finish();
    return std::pair(bed.sent(), bed.dut.simulation().now());
  };
  CHECK(run() == run());
}

}  // namespace
}  // namespace dsmsim::testing
