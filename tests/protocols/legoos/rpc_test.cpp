// What calls of a memory server take, with the costs that come with dsmsim, against the released
// system's own measurements (profile.md of WukLab/LegoOS at 1f4da865: one memory server with one
// worker, ConnectX-3 40 Gb/s; calls without the fault around them, a handler without memory).

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {

LegoosCosts configured_costs() {
  const std::string path = std::string(DSMSIM_SOURCE_DIR) + "/configs/protocols/legoos.json";
  std::ifstream file(path);
  auto json = nlohmann::ordered_json::parse(file);
  json.erase("name");
  config::Document document = config::parse(json.dump(), path);
  return config::read<LegoosOptions>(document).costs;
}

namespace {

constexpr Bytes kRpcWord = 8_B;
/// Pages that a thread goes through, in memory of its own page of the page table.
constexpr int kPages = 24;
constexpr int kRounds = 4;

/// Of calls alone: the rest of a fault takes no time.
LegoosOptions calls_only(bool zero_fill) {
  LegoosOptions options = one_set(16);
  options.grant = 2_MiB;
  options.zero_fill = zero_fill;
  const LegoosCosts all = configured_costs();
  options.costs.send = all.send;
  options.costs.poll = all.poll;
  options.costs.wake = all.wake;
  options.costs.miss = all.miss;
  options.costs.flush = all.flush;
  options.costs.miss_flush = all.miss_flush;
  options.costs.small = all.small;
  return options;
}

/// Mean time of an operation, and operations per second, of so many threads.
struct Measured {
  Duration mean;
  double rate;
};

/// Every thread touches one page after the other, round after round.
Measured measure(std::uint32_t threads, OpKind kind, const LegoosOptions& options) {
  DutOptions cluster;
  cluster.server.memory_latency = {};
  const bool zero_fill = options.zero_fill;
  LegoosBed bed(2, options, cluster);
  std::vector<Puppet*> puppets;
  std::vector<ObjectId> areas;
  for (std::uint32_t i = 0; i < threads; ++i) {
    puppets.push_back(&bed.dut.thread(0));
    areas.push_back(puppets[i]->allocate(2_MiB));
  }
  // Fresh pages each round where first touches are meant.
  const auto play = [&](int begin, int count) {
    for (int i = begin; i < begin + count; ++i) {
      const std::uint64_t page = zero_fill ? i : i % kPages;
      for (std::uint32_t t = 0; t < threads; ++t) {
        puppets[t]->start(Op::on(kind, areas[t], 4_KiB * page, kRpcWord));
      }
    }
    bed.dut.run();
  };
  play(0, kPages);
  const Time start = bed.dut.simulation().now();
  const std::size_t before = puppets[0]->outcomes().size();
  play(kPages, kPages * kRounds);
  const double seconds = (bed.dut.simulation().now() - start).seconds();
  Duration sum;
  for (std::size_t i = before; i < puppets[0]->outcomes().size(); ++i) {
    sum += puppets[0]->outcomes()[i].latency;
  }
  return {sum / (kPages * kRounds), threads * kPages * kRounds / seconds};
}

TEST_CASE("Calls of one LegoOS thread take what the released system measures, within 5 percent") {
  CHECK(measure(1, OpKind::read, calls_only(false)).mean.us() == Approx(6.31).epsilon(0.05));
  CHECK(measure(1, OpKind::write, calls_only(true)).mean.us() == Approx(6.11).epsilon(0.05));
  CHECK(measure(1, OpKind::write, calls_only(false)).mean.us() == Approx(8.23).epsilon(0.05));
}

TEST_CASE("Two and four LegoOS threads get as many calls done as measured, within 10 percent") {
  struct Row {
    OpKind kind;
    bool zero_fill;
    double two;  // us that a call takes with so many threads
    double four;
  };
  for (const Row& row :
       {Row{OpKind::read, false, 8.97, 17.88}, Row{OpKind::write, true, 6.49, 12.46},
        Row{OpKind::write, false, 9.00, 17.91}}) {
    INFO(to_string(row.kind) << (row.zero_fill ? " of new pages" : " of old pages"));
    CHECK(measure(2, row.kind, calls_only(row.zero_fill)).rate ==
          Approx(2e6 / row.two).epsilon(0.1));
    CHECK(measure(4, row.kind, calls_only(row.zero_fill)).rate ==
          Approx(4e6 / row.four).epsilon(0.1));
  }
}

TEST_CASE("A whole LegoOS fault takes about ten microseconds") {
  LegoosOptions options = one_set(2);
  options.costs = configured_costs();
  LegoosBed bed(2, options);
  const auto pages = bed.pages(4);
  for (const ObjectId page : pages) {
    bed.core.read(page);
  }
  bed.core.read(pages[0]);
  bed.core.read(pages[1]);
  bed.core.read(pages[0]);  // a hit
  const Puppet& core = bed.core;
  bed.core.run(Op::read(pages[2], Bytes(), 8_B));
  bed.core.run(Op::read(pages[0], Bytes(), 8_B));
  CHECK(core.outcomes().back().latency.us() == Approx(9.7).epsilon(0.05));
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE("More LegoOS workers get more calls done, and so do workers that do not wait") {
  LegoosOptions options = calls_only(false);
  const double one = measure(4, OpKind::read, options).rate;
  options.workers = 2;
  CHECK(measure(4, OpKind::read, options).rate > 1.8 * one);
  options.workers = 1;
  options.batch_poll = true;
  CHECK(measure(4, OpKind::read, options).rate > 1.8 * one);
}

}  // namespace
}  // namespace dsmsim::testing
