// LegoOS and Kona with `sharing: directory`: exactly these messages, in this order, with these
// bytes, and nothing else. Of four servers two compute; server 2 is the home of what server 0
// allocates.

#include <catch2/catch.hpp>

#include "protocols/paging/sharing_options.hpp"
#include "sim/base/error.hpp"
#include "tests/protocols/shared_fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;
using Catch::Contains;

constexpr Bytes kSharedText = 16_B;
constexpr Bytes kSharedPage = 16_B + 4_KiB;

Message shared_text(const char* type, std::uint32_t from, std::uint32_t to) {
  return {type, Verb::send, from, to, kSharedText};
}
Message shared_page(const char* type, std::uint32_t from, std::uint32_t to,
                    Bytes bytes = kSharedPage) {
  return {type, Verb::write_imm, from, to, bytes};
}

LegoosOptions legoos() {
  LegoosOptions options = shared_legoos();
  options.costs.fault = 1_us;
  options.costs.miss.before = 700_ns;
  return options;
}

KonaOptions kona(KonaVariant variant = KonaVariant::kona) {
  KonaOptions options = shared_kona();
  options.variant = variant;
  options.block = options.fmem = 4_KiB;
  options.costs.fault = {700_ns, 1500_ns, 3900_ns, 1800_ns, 1_us};
  options.costs.copy = 20_ns;
  return options;
}

template <class E>
struct SharedRow {
  template <class Options>
  explicit SharedRow(const Options& options)
      : dut(4, [&](EngineContext context) { return std::make_unique<E>(context, options); }),
        alice(dut.thread(0)),
        bob(dut.thread(1)),
        object(alice.allocate(4_KiB)),
        other(alice.allocate(4_KiB)) {
    CHECK(dut.sent() == Messages{{"ALLOCATE", Verb::send, 0, 2, 24_B},
                                 {"ALLOCATED", Verb::send, 2, 0, 24_B},
                                 {"ALLOCATE", Verb::send, 0, 2, 24_B},
                                 {"ALLOCATED", Verb::send, 2, 0, 24_B}});
  }
  ~SharedRow() {
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
  /// One line of the object is written.
  void write_line(Puppet& thread, std::uint32_t line) {
    thread.run(Op::write(object, 64_B * line, 8_B));
  }
  Dut dut;
  Puppet& alice;
  Puppet& bob;
  ObjectId object;
  ObjectId other;
};

TEST_CASE("sharing: a read fault gets a copy from the home, or from the owner elsewhere") {
  SharedRow<LegoosShared> row(legoos());
  CHECK(row.alice.read(row.object).latency > 1700_ns);
  CHECK(row.dut.sent() == Messages{shared_text("READ_FAULT", 0, 2), shared_page("COPY", 2, 0),
                                   shared_text("CONFIRMATION", 0, 2)});
  row.alice.write(row.object);
  row.dut.forget();
  row.bob.read(row.object);
  CHECK(row.dut.sent() == Messages{shared_text("READ_FAULT", 1, 2), shared_text("FETCH_COPY", 2, 0),
                                   shared_page("COPY", 0, 1), shared_text("CONFIRMATION", 1, 2)});
  CHECK(row.bob.read(row.object).latency == testbed_server().touch(4_KiB));
  CHECK(row.dut.sent().empty());
}

TEST_CASE("sharing: a write fault takes the page away from its owner, whole") {
  SharedRow<LegoosShared> row(legoos());
  row.alice.write(row.object);
  CHECK(row.dut.sent() == Messages{shared_text("WRITE_FAULT", 0, 2), shared_page("PAGE", 2, 0),
                                   shared_text("CONFIRMATION", 0, 2)});
  row.bob.write(row.object);
  CHECK(row.dut.sent() == Messages{shared_text("WRITE_FAULT", 1, 2),
                                   shared_text("FETCH_PAGE", 2, 0), shared_page("PAGE", 0, 1),
                                   shared_text("CONFIRMATION", 1, 2)});
}

TEST_CASE("sharing: who has a copy is granted the page, when the other copies have gone") {
  LegoosOptions two_pages = legoos();
  two_pages.cache = 8_KiB;
  two_pages.ways = 2;
  SharedRow<LegoosShared> row(two_pages);
  row.bob.read(row.object);
  row.alice.read(row.object);
  row.dut.forget();
  row.alice.write(row.object);
  CHECK(row.dut.sent() == Messages{shared_text("WRITE_FAULT", 0, 2),
                                   shared_text("INVALIDATE", 2, 1),
                                   shared_text("INVALIDATED", 1, 2), shared_text("GRANT", 2, 0),
                                   shared_text("CONFIRMATION", 0, 2)});
}

TEST_CASE("sharing: legoos writes an evicted page back whole, however little is dirty") {
  SharedRow<LegoosShared> row(legoos());
  row.write_line(row.alice, 3);
  row.dut.forget();
  row.alice.read(row.other);
  CHECK(row.dut.sent() == Messages{shared_text("READ_FAULT", 0, 2), shared_page("COPY", 2, 0),
                                   shared_page("WRITE_BACK", 0, 2),
                                   shared_text("CONFIRMATION", 0, 2),
                                   shared_text("WRITTEN_BACK", 2, 0)});
}

TEST_CASE("sharing: kona writes back the dirty lines only, those of owners before it too") {
  SharedRow<KonaShared> row(kona());
  row.write_line(row.alice, 3);
  row.write_line(row.bob, 5);  // takes the block with line 3, which the home does not have
  row.dut.forget();
  row.bob.read(row.other);
  CHECK(row.dut.sent() == Messages{shared_text("READ_FAULT", 1, 2), shared_page("COPY", 2, 1),
                                   shared_page("WRITE_BACK", 1, 2, 16_B + 128_B),
                                   shared_text("CONFIRMATION", 1, 2),
                                   shared_text("WRITTEN_BACK", 2, 1)});
  // The home has all of it now.
  row.write_line(row.alice, 6);
  row.dut.forget();
  row.alice.read(row.other);
  CHECK(row.dut.sent()[2] == shared_page("WRITE_BACK", 0, 2, 16_B + 64_B));
}

TEST_CASE("sharing: kona upgrades a copy and remembers what its last owner had written") {
  KonaOptions two_blocks = kona();
  two_blocks.fmem = 8_KiB;
  two_blocks.ways = 2;
  SharedRow<KonaShared> row(two_blocks);
  const ObjectId third = row.alice.allocate(4_KiB);
  row.write_line(row.alice, 3);
  row.bob.run(Op::read(row.object, Bytes(), 8_B));
  row.dut.forget();
  row.write_line(row.bob, 5);
  CHECK(row.dut.sent() == Messages{shared_text("WRITE_FAULT", 1, 2),
                                   shared_text("INVALIDATE", 2, 0),
                                   shared_text("INVALIDATED", 0, 2), shared_text("GRANT", 2, 1),
                                   shared_text("CONFIRMATION", 1, 2)});
  row.bob.read(row.other);
  row.dut.forget();
  row.bob.read(third);
  CHECK(row.dut.sent()[2] == shared_page("WRITE_BACK", 1, 2, 16_B + 128_B));
}

TEST_CASE("sharing: kona takes no page fault, kona-vm does and writes whole pages") {
  SharedRow<KonaShared> alone(kona());
  const Duration miss = alone.alice.read(alone.object).latency;
  SharedRow<KonaShared> row(kona(KonaVariant::kona_vm));
  // FMem is as near as main memory there, for each of the two accesses.
  CHECK(row.alice.read(row.object).latency ==
        miss + 700_ns + 1500_ns + 3900_ns + 1_us - KonaOptions().fmem_penalty);
  row.write_line(row.alice, 3);
  row.dut.forget();
  row.alice.read(row.other);
  CHECK(row.dut.sent()[2] == shared_page("WRITE_BACK", 0, 2));
}

/// The lock goes from alice to bob, who waits for it.
template <class E, class Options>
void check_that_locks_are_handed_by_message(const Options& options) {
  SharedRow<E> row(options);
  row.alice.lock(row.object);
  row.bob.start(row.bob.whole(OpKind::lock, row.object));
  row.dut.run();
  CHECK(row.bob.busy());
  row.dut.forget();
  row.alice.unlock(row.object);
  row.dut.run();
  CHECK(row.dut.sent() == Messages{shared_text("WRITE_FAULT", 0, 2),
                                   shared_text("FETCH_PAGE", 2, 1), shared_page("PAGE", 1, 0),
                                   shared_text("CONFIRMATION", 0, 2), shared_text("WAKE", 0, 1),
                                   shared_text("WRITE_FAULT", 1, 2),
                                   shared_text("FETCH_PAGE", 2, 0), shared_page("PAGE", 0, 1),
                                   shared_text("CONFIRMATION", 1, 2)});
  CHECK_FALSE(row.bob.busy());
  row.bob.unlock(row.object);
}

TEST_CASE("sharing: a lock that another compute server waits for is handed to it by a message") {
  check_that_locks_are_handed_by_message<LegoosShared>(legoos());
  check_that_locks_are_handed_by_message<KonaShared>(kona());
}

TEST_CASE("sharing: memory is that of the servers which do not compute") {
  SharedRow<LegoosShared> row(legoos());
  CHECK(row.dut.world().compute_servers() == 2);
  CHECK_THROWS_WITH(row.dut.thread(2), Contains("only hold memory"));
  CHECK_THROWS_WITH(row.alice.allocate(testbed_server().memory + 1_B),
                    Contains("no server has room; 2 servers with memory hold"));
}

TEST_CASE("sharing: one compute server is left of two servers, and none of one") {
  paging::SharingOptions options{paging::Sharing::directory, {}};
  CHECK(paging::compute_servers(options, 2, "legoos") == 1);
  CHECK(paging::compute_servers(options, 5, "legoos") == 2);
  CHECK_THROWS_WITH(paging::compute_servers(options, 1, "legoos"),
                    Contains("of 1 server 1 computes, so none is left to hold memory"));
  options.compute_servers = 3;
  CHECK(paging::compute_servers(options, 4, "legoos") == 3);
  CHECK_THROWS_WITH(paging::compute_servers(options, 3, "legoos"), Contains("3 compute"));
}

}  // namespace
}  // namespace dsmsim::testing
