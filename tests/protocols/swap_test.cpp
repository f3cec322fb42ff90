// Swapping: what moves when, what a fault costs, what survives a crash.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "protocols/swap/readahead.hpp"
#include "sim/base/error.hpp"
#include "sim/check/crash_table.hpp"
#include "specimens.hpp"
#include "swap_fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;
using paging::PageNumber;

using Bed = SwapBed;

const Message kOut{"SWAP_OUT", Verb::write, 0, 1, 4_KiB};
const Message kIn{"SWAP_IN", Verb::read, 0, 1, 4_KiB};

TEST_CASE("swap: the first touch of a page clears it, and moves nothing") {
  SwapOptions options = small_swap(4);
  options.costs.fault = 750_ns;
  options.costs.zero = 250_ns;
  Bed bed(options);
  const auto pages = bed.pages(1);
  CHECK(bed.thread.read(pages[0]).latency == 1_us + testbed_server().touch(4_KiB));
  CHECK(bed.thread.read(pages[0]).latency == testbed_server().touch(4_KiB));
  CHECK(bed.dut.sent().empty());
}

TEST_CASE("swap: a dirty page is written when it goes, and read when it comes again") {
  Bed bed(small_swap(2));
  const auto pages = bed.pages(3);
  bed.thread.write(pages[0]);
  bed.thread.write(pages[1]);
  bed.thread.write(pages[2]);
  CHECK(bed.dut.sent() == Messages{kOut});
  bed.thread.read(pages[0]);
  CHECK(bed.dut.sent() == Messages{kOut, kIn});
}

TEST_CASE("swap: a page that is clean and on the device goes without a message") {
  Bed bed(small_swap(2));
  const auto pages = bed.pages(3);
  for (const ObjectId page : pages) {
    bed.thread.write(page);
  }
  for (const ObjectId page : pages) {
    bed.thread.read(page);
  }
  bed.dut.forget();
  bed.thread.read(pages[0]);
  CHECK(bed.dut.sent() == Messages{kIn});
  CHECK(bed.counters().dropped > 0);
}

TEST_CASE("swap: Infiniswap writes to a server and to the disk, and waits for the server alone") {
  SwapOptions options = small_swap(2);
  options.disk.write = 100_ms;
  options.disk.read = 1_ms;
  Bed bed(options);
  const auto pages = bed.pages(3);
  bed.thread.write(pages[0]);
  bed.thread.write(pages[1]);
  CHECK(bed.thread.write(pages[2]).latency < 50_us);
  nlohmann::ordered_json counters;
  bed.dut.engine<SwapEngine>().report(counters);
  CHECK(counters["remote_writes"] == 1);
  CHECK(counters["disk_writes"] == 1);
  CHECK(counters["disk_reads"] == 0);
}

TEST_CASE("swap: a page comes back from Infiniswap in 40 us, as configured") {
  SwapOptions options = small_swap(16);
  options.readahead = 1;
  options.costs = infiniswap_costs();
  options.min_free = 2;
  Bed bed(options);
  const auto pages = bed.pages(20);
  for (const ObjectId page : pages) {
    bed.thread.write(page);
  }
  for (const ObjectId page : pages) {
    bed.thread.read(page);
  }
  // A page that went clean leaves a free frame for this one.
  const Duration latency =
      bed.thread.run({.kind = OpKind::read, .object = pages[0], .length = 8_B}).latency;
  CHECK(latency.us() == Approx(40).epsilon(0.05));
}

TEST_CASE("swap: a ramdisk takes no message, and no other server") {
  SwapOptions options = small_swap(2, SwapDeviceKind::ramdisk);
  options.disk = {.read = 4_us, .write = 4_us, .channels = 64};
  Bed bed(options, 1);
  const auto pages = bed.pages(3);
  for (const ObjectId page : pages) {
    bed.thread.write(page);
  }
  CHECK(bed.thread.read(pages[0]).latency >= 4_us);
}

TEST_CASE("swap: a disk works on so many pages at a time as it has channels") {
  for (const std::uint32_t channels : {1U, 2U}) {
    SwapOptions options = small_swap(2, SwapDeviceKind::ssd);
    options.disk = {.read = 100_us, .write = 10_us, .channels = channels};
    Bed bed(options, 1);
    const auto pages = bed.pages(8);
    for (const ObjectId page : pages) {
      bed.thread.write(page);
    }
    Puppet& other = bed.dut.thread(0);
    const Time start = bed.dut.world().simulation().now();
    bed.thread.start(bed.thread.whole(OpKind::read, pages[0]));
    other.start(other.whole(OpKind::read, pages[4]));
    bed.dut.run();
    const Duration both = bed.dut.world().simulation().now() - start;
    CHECK((both >= 200_us) == (channels == 1));
  }
}

TEST_CASE("swap: without other servers there is nothing to swap to, unless the device is here") {
  CHECK_THROWS_WITH(Bed(small_swap(2), 1), Catch::Contains("no other servers"));
}

TEST_CASE("swap: the program gets no more memory than the device holds") {
  SwapOptions options = small_swap(2, SwapDeviceKind::ssd);
  options.disk_size = 64_KiB;
  Bed bed(options, 1);
  CHECK_THROWS_WITH(bed.thread.allocate(1_MiB), Catch::Contains("of the device's 64KiB"));
}

TEST_CASE("swap: readahead grows while what it reads is asked for, and shrinks when it is not") {
  swap::Readahead readahead(8);
  CHECK(readahead.window(PageNumber(100)) == 1);
  CHECK(readahead.window(PageNumber(101)) == 4);
  readahead.hit();
  readahead.hit();
  readahead.hit();
  CHECK(readahead.window(PageNumber(104)) == 8);
  CHECK(readahead.window(PageNumber(300)) == 4);
  CHECK(readahead.window(PageNumber(500)) == 2);
  CHECK(readahead.window(PageNumber(700)) == 1);
}

TEST_CASE("swap: a sequential walk finds most pages read ahead") {
  SwapOptions options = small_swap(64);
  options.readahead = 8;
  options.min_free = 8;
  options.watermark_scale = 0.1;
  options.batch = 8;
  Bed bed(options);
  const auto pages = bed.pages(128);
  for (int round = 0; round < 2; ++round) {
    for (const ObjectId page : pages) {
      bed.thread.write(page);
    }
  }
  CHECK(bed.counters().read_ahead_used > 2 * bed.counters().major_faults);
  CHECK(bed.counters().major_faults < 32);
}

TEST_CASE("swap keeps its promises in every order of events, and meets all situations") {
  const std::pair<std::string, std::uint32_t> explored[] = {
      {"page-eviction", 2}, {"page-forgotten", 2}, {"pages-3", 2}, {"page-neighbours", 4}};
  for (const SwapDeviceKind device : {SwapDeviceKind::infiniswap, SwapDeviceKind::fastswap}) {
    std::vector<std::uint64_t> met(5);
    for (const auto& [name, frames] : explored) {
      INFO(name);
      const Exploration found = explore(scenario("scenarios/pages/" + name),
                                        specimen_of<SwapEngine>(small_swap(frames, device)), {});
      CHECK((found.failure ? found.failure->what : "") == "");
      CHECK(found.complete);
      for (std::size_t i = 0; i < found.met.size(); ++i) {
        met[i] += found.met[i];
      }
    }
    CHECK(std::count(met.begin(), met.end(), 0) == 0);
  }
}

TEST_CASE("A server that Infiniswap loses is replaced by the disk, what Fastswap loses is lost") {
  const Scenario pages = scenario("scenarios/pages/pages-3");
  const CrashTable infiniswap = crash_everywhere(pages, specimen_of<SwapEngine>(small_swap(2)), {});
  CHECK(infiniswap.count(CrashEnd::incorrect) == 0);
  CHECK(infiniswap.count(CrashEnd::failed) == 0);
  CHECK(infiniswap.count(CrashEnd::survived) > 0);
  const CrashTable fastswap =
      crash_everywhere(pages, specimen_of<SwapEngine>(small_swap(2, SwapDeviceKind::fastswap)), {});
  CHECK(fastswap.count(CrashEnd::incorrect) == 0);
  CHECK(fastswap.count(CrashEnd::failed) > 0);
}

}  // namespace
}  // namespace dsmsim::testing
