#include "workloads/gam_micro/gam_micro.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sim/base/config.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

GamMicroOptions small_gam_micro() {
  GamMicroOptions options;
  options.blocks = 200;
  options.operations = 4'000;
  return options;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// The accesses of a worker thread. As many threads came before them, and only allocated.
std::vector<Op> accesses(MemoryWorld& m, std::size_t threads, std::size_t index) {
  std::vector<Op> found;
  for (const Op& op : m.engine.log(threads + index)) {
    if (op.kind == OpKind::read || op.kind == OpKind::write) {
      found.push_back(op);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("gam_micro does its operations once to warm up and counts them once") {
  MemoryWorld m(4);
  GamMicroOptions options = small_gam_micro();
  options.read_ratio = 0.25;
  GamMicro micro(options);
  m.world.run(micro);
  CHECK(m.world.meter().operations() == 4 * options.operations);
  // One more read a thread ends the run.
  CHECK(m.engine.measured().at(OpKind::read) + m.engine.measured().at(OpKind::write) ==
        4 * (options.operations + 1));
  CHECK(m.engine.measured().at(OpKind::fence) == 4);
  CHECK(share(m.engine.measured().at(OpKind::read), 4 * options.operations) ==
        Approx(0.25).margin(0.02));
}

TEST_CASE("gam_micro puts the given share of blocks on other servers") {
  MemoryWorld m(4);
  GamMicroOptions options = small_gam_micro();
  options.blocks = 2'000;
  options.remote_ratio = 0.7;
  GamMicro micro(options);
  m.world.run(micro);
  std::uint64_t remote = 0;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    for (const Op& op : accesses(m, 4, i)) {
      remote += m.engine.home(op.object) == NodeId(static_cast<std::uint32_t>(i)) ? 0 : 1;
      ++all;
    }
  }
  CHECK(share(remote, all) == Approx(0.7).margin(0.03));
}

TEST_CASE("gam_micro shares the first thread's blocks in the given proportion") {
  for (const double ratio : {0.0, 0.5, 1.0}) {
    MemoryWorld m(3);
    GamMicroOptions options = small_gam_micro();
    options.shared_ratio = ratio;
    GamMicro micro(options);
    m.world.run(micro);
    std::set<ObjectId> first;
    for (const Op& op : accesses(m, 3, 0)) {
      first.insert(op.object);
    }
    std::uint64_t shared = 0;
    const std::vector<Op> others = accesses(m, 3, 2);
    for (const Op& op : others) {
      shared += first.count(op.object);
    }
    CHECK(share(shared, others.size()) == Approx(ratio).margin(0.1));
  }
}

TEST_CASE("gam_micro walks through a block in space and stays in time as often as it is told to") {
  MemoryWorld m(2);
  GamMicroOptions options = small_gam_micro();
  options.space_locality = 0.6;
  options.time_locality = 0.3;
  GamMicro micro(options);
  m.world.run(micro);
  const std::vector<Op> ops = accesses(m, 2, 1);
  std::uint64_t stayed = 0;
  std::uint64_t walked = 0;
  for (std::size_t i = 1; i < ops.size(); ++i) {
    const bool same = ops[i].object == ops[i - 1].object;
    const Bytes next((ops[i - 1].offset.count() + 8) % 512);
    stayed += same && ops[i].offset == ops[i - 1].offset ? 1 : 0;
    walked += same && ops[i].offset == next ? 1 : 0;
  }
  CHECK(share(stayed, ops.size()) == Approx(0.3).margin(0.03));
  CHECK(share(walked, ops.size()) == Approx(0.7 * 0.6).margin(0.03));
}

TEST_CASE("gam_micro measures the trace that it warmed up with") {
  MemoryWorld m(2);
  GamMicro micro(small_gam_micro());
  m.world.run(micro);
  const std::vector<Op> ops = accesses(m, 2, 0);
  const std::size_t half = ops.size() / 2;
  REQUIRE(ops.size() == 2 * (small_gam_micro().operations + 1));
  for (std::size_t i = 0; i < half; ++i) {
    REQUIRE(ops[i].object == ops[half + i].object);
  }
}

TEST_CASE("gam_micro locks items as the kind of operation says, and gives every lock back") {
  const std::map<MicroOperation, std::pair<bool, OpKind>> kinds = {
      {MicroOperation::lock, {false, OpKind::lock}},
      {MicroOperation::locked_access, {true, OpKind::lock}},
      {MicroOperation::try_locked_access, {true, OpKind::try_lock}}};
  for (const auto& [operation, expected] : kinds) {
    MemoryWorld m(2);
    GamMicroOptions options = small_gam_micro();
    options.read_ratio = 0.5;
    options.operation = operation;
    GamMicro micro(options);
    m.world.run(micro);
    const auto& counts = m.engine.measured();
    const OpKind shared = expected.second == OpKind::lock ? OpKind::rlock : OpKind::try_rlock;
    CHECK(counts.at(expected.second) + counts.at(shared) == 2 * options.operations);
    CHECK(counts.at(OpKind::unlock) == 2 * options.operations);
    CHECK((counts.count(OpKind::write) > 0) == expected.first);
    CHECK(m.engine.at_rest());
  }
}

TEST_CASE("gam_micro adds up what each thread did in its own time, fence and last read included") {
  MemoryWorld m(3, 100_ns);
  m.engine.uneven = true;  // 100, 200 and 300 ns an operation
  const GamMicroOptions options = small_gam_micro();
  GamMicro micro(options);
  m.world.run(micro);
  const nlohmann::ordered_json numbers = report_of(micro);
  const auto operations = static_cast<double>(options.operations);
  const double sum = operations / (operations + 2) * (1 / 100e-9 + 1 / 200e-9 + 1 / 300e-9);
  CHECK(numbers["sum_of_thread_rates_per_second"].get<double>() == Approx(sum).epsilon(1e-12));
  CHECK(m.world.measured() == 300_ns * (options.operations + 2));  // of the slowest thread
}

TEST_CASE("gam_micro refuses items larger than a block") {
  config::Document document =
      config::parse(R"({"block_size": "64B", "item_size": "128B"})", "micro.json");
  CHECK_THROWS_WITH(config::read<GamMicroOptions>(document), Catch::Contains("must not exceed"));
}
