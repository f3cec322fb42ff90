#include <catch2/catch.hpp>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/workloads/trace_files.hpp"
#include "workloads/trace/replay.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using namespace dsmsim::test;

namespace {

TraceOptions options_for(const std::string& path) {
  TraceOptions options;
  options.file = {path, path};
  options.clock_ghz = 1;
  return options;
}

}  // namespace

TEST_CASE("Every data record of the recorded trace is replayed") {
  for (const Bytes granularity : {64_B, 512_B, 4096_B}) {
    MemoryWorld m(4);
    TraceOptions options = options_for(kTinyTrace);
    options.import.granularity = granularity;
    TraceReplay replay(options);
    m.world.run(replay);
    const auto numbers = report_of(replay);
    CHECK(numbers["records"] == 9'974);
    CHECK(numbers["replayed"] == 9'974);
    CHECK(numbers["threads"] == 3);
    CHECK(m.world.meter().operations() == 9'974);
    CHECK(m.engine.measured().at(OpKind::read) + m.engine.measured().at(OpKind::write) ==
          numbers["accesses"]);
    CHECK(m.engine.counts().at(OpKind::allocate) == numbers["objects"]);
    CHECK(m.engine.measured().count(OpKind::allocate) == 0);
    CHECK(m.objects.size(ObjectId(0)) == granularity);
  }
}

TEST_CASE("Every record is accounted for when some are dropped") {
  MemoryWorld m(2);
  TraceOptions options = options_for(kTinyTrace);
  options.import.drop_stack = true;
  options.import.coalesce = true;
  options.import.records = 9'000;
  TraceReplay replay(options);
  m.world.run(replay);
  const auto numbers = report_of(replay);
  CHECK(numbers["dropped"]["beyond_limit"] == 974);
  CHECK(numbers["replayed"].get<int>() + numbers["dropped"]["stack"].get<int>() + 974 == 9'974);
  CHECK(m.world.meter().operations() < numbers["replayed"]);
}

// "The zstd frame is cut off", whatever was wanted of it.
TEST_CASE("A cut recording will do if it has the records that are wanted, or what is there will") {
  const TraceFolder folder;
  TraceOptions options = options_for(folder.write("cut", " L 0,4\n L 40,4\n L 8"));
  CHECK_THROWS_WITH(TraceReplay(options),
                    Catch::Contains("the last line is cut off; \"malformed\""));
  options.import.records = 2;
  CHECK(TraceReplay(options).warnings().size() == 2);  // and no SCHED lines
  options.import.records = 3;
  CHECK_THROWS_AS(TraceReplay(options), Misfit);
  options.lackey.malformed = Malformed::drop;
  const auto numbers = report_of(TraceReplay(options));
  CHECK(numbers["records"] == 3);
  CHECK(numbers["dropped"]["malformed"] == 1);
}

TEST_CASE("Records of other processes are counted as left out") {
  const TraceFolder folder;
  const TraceReplay replay(
      options_for(folder.write("fork",
                               "--1--   SCHED[1]:  acquired lock (x)\n L 0,4\n--2--   SCHED[1]:  "
                               "acquired lock (x)\n L 0,4\n")));
  const auto numbers = report_of(replay);
  CHECK(numbers["records"] == 2);
  CHECK(numbers["threads"] == 1);
  CHECK(numbers["dropped"]["other_processes"] == 1);
  CHECK_THAT(replay.warnings()[0],
             Catch::Contains("fork: several processes, of which 1 is replayed"));
}

TEST_CASE("Instructions take their time at the clock and rate of the options") {
  const TraceFolder folder;
  const auto path = folder.write("one", "I  0,1\nI  0,1\nI  0,1\n L 0,4\nI  0,1\n M 0,4\n");
  TraceOptions options = options_for(path);
  options.clock_ghz = 2;
  options.instructions_per_cycle = 0.5;
  MemoryWorld m(1, 100_ns);
  TraceReplay replay(options);
  m.world.run(replay);
  CHECK(m.world.measured() == 3_ns + 100_ns + 1_ns + 200_ns);
}

TEST_CASE("A trace without instructions gets the assumed number of them") {
  const TraceFolder folder;
  TraceOptions options = options_for(folder.write("data", " L 0,4\n L 0,4\n"));
  options.assumed_instructions = 2.5;
  MemoryWorld m(1, 100_ns);
  TraceReplay replay(options);
  m.world.run(replay);
  CHECK(m.world.measured() == 205_ns);
}

TEST_CASE("Threads recorded one after another run side by side") {
  const TraceFolder folder;
  std::string work;
  for (int i = 0; i < 1'000; ++i) {
    work += "I  0,1\n";
  }
  work += " L 0,4\n";
  const auto path = folder.write("parallel", " L 0,4\n" + yields(1) + acquired(2) + work +
                                                 exits(2) + acquired(1) + " L 0,4\n" + yields(1) +
                                                 acquired(3) + work + exits(3) + acquired(1) +
                                                 " L 0,4\n" + blocks(1) + acquired(1) + " L 0,4\n");
  MemoryWorld m(3, 100_ns);
  TraceReplay replay(options_for(path));
  m.world.run(replay);
  // 3 loads before the join; the second worker starts after two of them; then the last load
  CHECK(m.world.measured() == 200_ns + 1'000_ns + 100_ns + 100_ns);
}

TEST_CASE("Threads go round the servers unless a map says where they run") {
  const TraceFolder folder;
  const auto path = folder.write("four", " L 0,4\n" + acquired(2) + " L 40,4\n" + acquired(3) +
                                             " L 80,4\n" + acquired(4) + " L c0,4\n");
  TraceOptions options = options_for(path);
  const auto homes = [&](std::size_t servers) {
    MemoryWorld m(servers);
    TraceReplay replay(options);
    m.world.run(replay);
    std::vector<std::uint32_t> result;
    for (std::uint64_t object = 0; object < 4; ++object) {
      result.push_back(m.engine.home(ObjectId(object)).value());
    }
    return result;
  };
  CHECK(homes(3) == std::vector<std::uint32_t>{0, 1, 2, 0});  // by the first thread to touch them
  options.thread_servers = {2, 2, 1};
  CHECK(homes(3) == std::vector<std::uint32_t>{2, 2, 1, 0});
  options.placement = ObjectPlacement::round_robin;
  CHECK(homes(2 + 1) == std::vector<std::uint32_t>{0, 1, 2, 0});
  CHECK_THROWS_WITH(homes(2), Catch::Contains("names server 2, but threads run on 2"));
}

TEST_CASE("A replay asks for the same accesses however slow the engine is") {
  MemoryWorld fast(4, 10_ns), slow(4, 5_us, true);
  TraceReplay first(options_for(kTinyTrace)), second(options_for(kTinyTrace));
  fast.world.run(first);
  slow.world.run(second);
  // Threads are spawned in the order of the trace, so their identifiers agree.
  REQUIRE(fast.engine.threads_logged() == slow.engine.threads_logged());
  for (std::size_t thread = 0; thread < fast.engine.threads_logged(); ++thread) {
    const auto& a = fast.engine.log(thread);
    const auto& b = slow.engine.log(thread);
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      REQUIRE(a[i].object == b[i].object);
      REQUIRE(a[i].offset == b[i].offset);
      REQUIRE(a[i].kind == b[i].kind);
    }
  }
}

TEST_CASE("A broken trace is refused before anything runs") {
  const TraceFolder folder;
  CHECK_THROWS_AS(TraceReplay(options_for(folder.write("bad", "nonsense\n"))), Misfit);
  CHECK_THROWS_AS(TraceReplay(options_for(folder.write("bad.zst", "nonsense\n"))), Error);
}

TEST_CASE("The options of a replay are read from JSON") {
  config::Document document = config::parse(
      R"({"file": ")" + kTinyTrace + R"(", "granularity": "512B", "thread_servers": [0, 1],
          "clock_ghz": 2.6, "malformed": "drop", "placement": "round_robin"})",
      "trace.json");
  const auto options = config::read<TraceOptions>(document);
  CHECK(options.file.path == kTinyTrace);
  CHECK(options.import.granularity == 512_B);
  CHECK(options.lackey.malformed == Malformed::drop);
  document = config::parse(R"({"file": "missing.zst", "granularity": "100B"})", "trace.json");
  CHECK_THROWS_WITH(config::read<TraceOptions>(document),
                    Catch::Contains("/file  there is no file \"missing.zst\""));
  document = config::parse(R"({"file": ")" + kTinyTrace + R"(", "granularity": "100B"})", "t.json");
  CHECK_THROWS_WITH(config::read<TraceOptions>(document), Catch::Contains("power of two"));
}
