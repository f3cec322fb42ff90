// Swapping: what moves when, what a fault costs, what survives a crash.

#include <catch2/catch.hpp>

#include "protocols/swap/disk.hpp"
#include "protocols/swap/readahead.hpp"
#include "sim/base/error.hpp"
#include "sim/check/crash_table.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/specimens.hpp"
#include "tests/protocols/swap/fixture.hpp"

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
  const nlohmann::ordered_json counters = report_of(bed.dut.engine<SwapEngine>());
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
  const Duration latency = bed.thread.run(Op::read(pages[0], Bytes(), 8_B)).latency;
  CHECK(latency.us() == Approx(40).epsilon(0.05));
}

TEST_CASE("swap: a ramdisk takes no message, and no other server") {
  SwapOptions options = small_swap(2, SwapDeviceKind::ramdisk);
  options.disk = {.read = 4_us, .write = 4_us};
  Bed bed(options, 1);
  const auto pages = bed.pages(3);
  for (const ObjectId page : pages) {
    bed.thread.write(page);
  }
  CHECK(bed.thread.read(pages[0]).latency >= 4_us);
}

template <class Request>
Task<> note_end(Request request, Simulation& simulation, std::vector<Time>& ended) {
  co_await request;
  ended.push_back(simulation.now());
}

TEST_CASE(
    "swap: n pages of a disk take its latency once, and the time of n - 1 pages at its rate") {
  const DiskOptions options{
      .read = 100_us, .write = 10_us, .read_rate = 4_Gbps, .write_rate = 8_Gbps};
  const Duration read = 4_KiB / 4_Gbps;
  const Duration write = 4_KiB / 8_Gbps;
  Simulation simulation(1);
  swap::Disk disk(simulation.queue(), options);
  std::vector<Time> ended;
  for (std::uint64_t page = 0; page < 3; ++page) {
    simulation.spawn(note_end(disk.read(PageNumber(page)), simulation, ended));
  }
  simulation.spawn(note_end(disk.write(PageNumber(9), 1), simulation, ended));
  simulation.spawn(note_end(disk.write(PageNumber(9), 2), simulation, ended));
  simulation.run();
  const Time start;
  CHECK(ended == std::vector<Time>{start + read * 3 + 10_us, start + read * 3 + write + 10_us,
                                   start + 100_us, start + read + 100_us,
                                   start + read * 2 + 100_us});
  CHECK(disk.peek(PageNumber(9)) == 2);
}

/// How long it takes Infiniswap to push 3,936 of 4,000 pages out, 256 at a time, past a disk that
/// takes 91.5 us for each.
Duration time_to_push_out(Rate rate) {
  SwapOptions options = small_swap(64);
  options.readahead = 1;
  options.contexts = 256;
  options.disk = {.read = 91500_ns, .write = 91500_ns, .read_rate = rate, .write_rate = rate};
  Bed bed(options);
  const auto pages = bed.pages(4000);
  const Time start = bed.dut.simulation().now();
  for (const ObjectId page : pages) {
    bed.thread.write(page);
  }
  CHECK(bed.counters().written >= 4000 - 64);
  return bed.dut.simulation().now() - start;
}

TEST_CASE("swap: the throughput of Infiniswap's disk limits page-outs, its latency does not") {
  constexpr std::int64_t kBehindOthers = 4000 - 64 - 256;  // pages that need a context again
  CHECK(time_to_push_out(40_Gbps) < 91500_ns * kBehindOthers / 8);
  const Rate one_by_one = Rate::bits_per_second(358.2e6);
  CHECK(time_to_push_out(one_by_one) >= 4_KiB / one_by_one * kBehindOthers);
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
