// The message table of LegoOS, row by row: which messages, in which order, with how many bytes.

#include <catch2/catch.hpp>

#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {
namespace {

Messages miss(std::uint32_t owner) {
  return {legoos_message("MISS", 0, owner, 72), legoos_message("MISS_REPLY", owner, 0, 4096)};
}
Messages flush(std::uint32_t owner) {
  return {legoos_message("FLUSH", 0, owner, 4160), legoos_message("FLUSH_REPLY", owner, 0, 4)};
}
Messages miss_flush(std::uint32_t owner) {
  return {legoos_message("MISS_FLUSH", 0, owner, 4200),
          legoos_message("MISS_REPLY", owner, 0, 4096)};
}

TEST_CASE("The first touch of a LegoOS page sends nothing and takes no memory") {
  LegoosBed bed(2);
  const auto pages = bed.pages(2);
  bed.core.write(pages[0]);
  bed.core.read(pages[1]);
  CHECK(bed.sent().empty());
  CHECK(bed.counters().zero_fills == 2);
  CHECK(bed.engine().memory(1).used() == 0_B);
}

TEST_CASE("A hit in the ExCache costs an access to memory, and no message") {
  LegoosBed bed(2);
  const auto pages = bed.pages(1);
  bed.core.write(pages[0]);
  const Op word = Op::read(pages[0], Bytes(), 8_B);
  CHECK(bed.core.run(word).latency == testbed_server().memory_latency);
  CHECK(bed.sent().empty());
}

TEST_CASE("Without p-local lines the first touch is a LegoOS miss") {
  LegoosOptions options = one_set(2);
  options.zero_fill = false;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(1);
  bed.core.read(pages[0]);
  CHECK(bed.sent() == miss(1));
  CHECK(bed.engine().memory(1).used() == 4_KiB);
}

TEST_CASE("A clean LegoOS victim is dropped, and comes back with a miss of 72 and 4096 bytes") {
  LegoosBed bed(2);
  const auto pages = bed.pages(3);
  bed.core.read(pages[0]);
  bed.core.read(pages[1]);
  bed.core.read(pages[2]);
  CHECK(bed.sent().empty());
  bed.core.read(pages[0]);
  CHECK(bed.sent() == miss(1));
  CHECK(bed.counters().evicted_clean == 2);
}

TEST_CASE("A LegoOS first touch that displaces a dirty line waits for its flush") {
  LegoosBed bed(2, one_set(1));
  const auto pages = bed.pages(2);
  const std::uint64_t written = bed.core.write(pages[0]).result;
  bed.core.read(pages[1]);
  CHECK(bed.sent() == flush(1));
  CHECK(bed.engine().memory(1).contents(bed.number(pages[0])) == written);
  CHECK(bed.core.read(pages[0]).result == written);
  CHECK(bed.sent() == miss(1));
}

TEST_CASE("A dirty LegoOS line goes with the miss that displaces it") {
  LegoosBed bed(2, one_set(1));
  const auto pages = bed.pages(2);
  bed.core.write(pages[0]);
  bed.core.write(pages[1]);
  bed.dut.forget();
  bed.core.read(pages[0]);
  CHECK(bed.sent() == miss_flush(1));
  CHECK(bed.counters().piggybacks == 1);
}

TEST_CASE("Without piggybacking LegoOS flushes first and then fetches") {
  LegoosOptions options = one_set(1);
  options.piggyback = false;
  LegoosBed bed(2, options);
  const auto pages = bed.pages(2);
  bed.core.write(pages[0]);
  bed.core.write(pages[1]);
  bed.dut.forget();
  bed.core.read(pages[0]);
  CHECK(bed.sent() == flush(1) + miss(1));
}

TEST_CASE("A LegoOS line and the miss that displaces it go apart if their owners differ") {
  LegoosOptions options = one_set(1);
  options.placement = LegoosPlacement::pure_rr;
  LegoosBed bed(3, options);
  const auto pages = bed.pages(5);  // the first four are of one server
  REQUIRE(bed.owner(pages[0]) == NodeId(1));
  REQUIRE(bed.owner(pages[4]) == NodeId(2));
  bed.core.write(pages[0]);
  bed.core.write(pages[4]);
  bed.dut.forget();
  bed.core.write(pages[0]);
  CHECK(bed.sent() == flush(2) + miss(1));
  CHECK(bed.counters().piggybacks == 0);
  bed.core.read(pages[4]);
  CHECK(bed.sent() == flush(1) + miss(2));
}

TEST_CASE("LegoOS maps memory in six steps, and in four if the home owns it") {
  LegoosOptions options = one_set(1);
  options.placement = LegoosPlacement::pure_rr;
  LegoosBed bed(3, options);
  bed.page();
  // The manager is beside server 2; the map of vRegions has an entry for each memory server.
  CHECK(bed.sent() == Messages{legoos_message("MMAP", 0, 1, 352),
                               legoos_message("CONSULT", 1, 2, 80),
                               legoos_message("CONSULT_REPLY", 2, 1, 8 + 2 * 16),
                               legoos_message("MMAP_REPLY", 1, 0, 24 + 2 * 48)});
  bed.page();  // in the same vRegion
  CHECK(bed.sent().back() == legoos_message("MMAP_REPLY", 1, 0, 16));
  bed.pages(2);
  bed.page();
  CHECK(bed.sent() ==
        Messages{legoos_message("MMAP", 0, 1, 352), legoos_message("CONSULT", 1, 2, 80),
                 legoos_message("CONSULT_REPLY", 2, 1, 8 + 2 * 16),
                 legoos_message("MAP", 1, 2, 368), legoos_message("MAP_REPLY", 2, 1, 16),
                 legoos_message("MMAP_REPLY", 1, 0, 24 + 2 * 48)});
}

TEST_CASE("As in LegoOS' paper, the manager is asked only if no vRegion has room") {
  LegoosOptions options = one_set(1);
  options.consult = LegoosConsult::new_region;
  LegoosBed bed(3, options);
  bed.page();
  CHECK(bed.sent().size() == 6);
  bed.page();
  CHECK(bed.sent().size() == (bed.engine().owner(paging::PageNumber(0)) == NodeId(1) ? 2 : 4));
}

TEST_CASE("What a LegoOS memory server asks of a manager beside it is no message") {
  LegoosOptions options = one_set(1);
  options.manager = 1;
  LegoosBed bed(2, options);
  bed.page();
  CHECK(bed.sent() ==
        Messages{legoos_message("MMAP", 0, 1, 352), legoos_message("MMAP_REPLY", 1, 0, 24 + 48)});
}

TEST_CASE("LegoOS memory servers report when they have had something to do for half a second") {
  LegoosOptions options = one_set(1);
  options.manager = 2;
  options.report_period = 500_ms;
  LegoosBed bed(3, options);
  const auto pages = bed.pages(2);
  bed.core.write(pages[0]);
  bed.core.write(pages[1]);
  bed.dut.simulation().queue().schedule(
      Time::at(600_ms), [](void*) {}, nullptr);
  bed.dut.run();
  bed.dut.forget();
  const std::uint32_t owner = bed.owner(pages[0]).value();
  REQUIRE(owner == 2);  // so its report is no message
  bed.core.read(pages[0]);
  CHECK(bed.sent() == miss_flush(2));
  const nlohmann::ordered_json json = report_of(bed.engine());
  CHECK(json["reports"] == 1);
}

}  // namespace
}  // namespace dsmsim::testing
