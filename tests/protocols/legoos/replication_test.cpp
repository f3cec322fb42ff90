// LegoOS keeps a log of what is written back: its messages, and what it is good for when a memory
// server crashes.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "protocols/legoos/storage.hpp"
#include "sim/check/crash_table.hpp"
#include "sim/check/crash_walk.hpp"
#include "tests/protocols/legoos/fixture.hpp"

namespace dsmsim::testing {
namespace {

Messages flush() {
  return {legoos_message("FLUSH", 0, 1, 4160), legoos_message("FLUSH_REPLY", 1, 0, 4)};
}

TEST_CASE("As released, LegoOS sends a flushed page to a log afterwards, and nobody answers") {
  LegoosBed bed(4, replicated(LegoosReplication::released));
  const auto pages = bed.pages(2);
  bed.core.write(pages[0]);
  bed.core.write(pages[1]);
  Messages expected = flush();
  expected.push_back(legoos_message("REPLICA", 0, 2, 4176));
  CHECK(bed.sent() == expected);
  bed.core.write(pages[0]);  // with what it displaces, first
  CHECK(bed.sent() == Messages{legoos_message("REPLICA", 0, 2, 4176),
                               legoos_message("MISS_FLUSH", 0, 1, 4200),
                               legoos_message("MISS_REPLY", 1, 0, 4096)});
}

TEST_CASE("As in the paper, a LegoOS flush goes to a log as well, and waits for both") {
  LegoosBed bed(4, replicated(LegoosReplication::paper));
  const auto pages = bed.pages(2);
  bed.core.write(pages[0]);
  bed.core.write(pages[1]);
  CHECK(bed.sent() ==
        Messages{legoos_message("FLUSH", 0, 1, 4160), legoos_message("REPLICA", 0, 2, 4176),
                 legoos_message("FLUSH_REPLY", 1, 0, 4), legoos_message("REPLICA_REPLY", 2, 0, 4)});
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE(
    "LegoOS tells its storage server of all memory that is mapped, before the program has it") {
  LegoosBed bed(4, replicated(LegoosReplication::paper));
  bed.page();
  CHECK(bed.sent() ==
        Messages{legoos_message("MMAP", 0, 1, 352), legoos_message("CONSULT", 1, 3, 80),
                 legoos_message("CONSULT_REPLY", 3, 1, 8 + 2 * 16),
                 legoos_message("VMA_LOG", 1, 3, 88), legoos_message("VMA_LOG_REPLY", 3, 1, 4),
                 legoos_message("MMAP_REPLY", 1, 0, 24 + 2 * 48)});
}

TEST_CASE("A released LegoOS log that is full drops pages until it is stored") {
  LegoosBed bed(4, replicated(LegoosReplication::released));
  const auto pages = bed.pages(4);
  for (int i = 0; i < 5; ++i) {
    bed.core.write(pages[static_cast<std::size_t>(i) % 4]);
    bed.dut.run();
  }
  const legoos::ReplicaLog& log = bed.engine().memory(2).log();
  CHECK(log.appended() == 4);
  CHECK(log.dropped() == 0);
  bed.dut.forget();
  bed.core.write(pages[1]);
  CHECK(log.dropped() == 1);
  CHECK(log.entries().empty());
  CHECK(bed.engine().storage().entries() == 4);
  const Messages sent = bed.sent();
  CHECK(std::find(sent.begin(), sent.end(), legoos_message("LOG_FLUSH", 2, 3, 8 + 32 + 4 * 4128)) !=
        sent.end());
  CHECK(sent.back() == legoos_message("LOG_FLUSH_REPLY", 3, 2, 4));
}

TEST_CASE("A LegoOS log as in the paper is stored when it is half full, and drops nothing") {
  LegoosBed bed(4, replicated(LegoosReplication::paper));
  const auto pages = bed.pages(4);
  for (std::size_t i = 0; i < 40; ++i) {
    bed.core.write(pages[i % 4]);
  }
  const legoos::ReplicaLog& log = bed.engine().memory(2).log();
  CHECK(log.dropped() == 0);
  CHECK(log.appended() == 39);
  CHECK(log.entries().size() + bed.engine().storage().entries() == 39);
}

TEST_CASE("Replication keeps LegoOS' promises in every order of events") {
  for (const auto replication : {LegoosReplication::released, LegoosReplication::paper}) {
    for (const std::string name : {"page-replicas", "page-replicas-2"}) {
      const Exploration found = explore(scenario("scenarios/pages/" + name),
                                        specimen_of<LegoosEngine>(replicated(replication)), {});
      INFO(name);
      CHECK((found.failure ? found.failure->what : "") == "");
      CHECK(found.complete);
    }
  }
}

TEST_CASE("A crash of a LegoOS memory server at any step loses no page that was acknowledged") {
  const Specimen specimen = specimen_of<LegoosEngine>(replicated(LegoosReplication::paper));
  const CrashTable table = crash_everywhere(scenario("scenarios/pages/page-replicas"), specimen,
                                            {.servers = {NodeId(1), NodeId(2)}});
  CHECK(table.count(CrashEnd::incorrect) == 0);
  CHECK(table.count(CrashEnd::failed) == 0);
  CHECK(table.count(CrashEnd::survived) > 20);
  for (const CrashRun& run : table.runs) {
    CHECK(run.objects.empty());
  }
}

TEST_CASE("Two LegoOS memory servers may crash one after the other, in any order of events") {
  for (const std::uint64_t entries : {2, 4}) {  // a log of two is full now and then
    LegoosOptions options = replicated(LegoosReplication::paper);
    options.log_entries = entries;
    RandomStream random(1, "test");
    const CrashWalks walks = walk_with_crashes(
        scenario("scenarios/pages/page-replicas-3"), specimen_of<LegoosEngine>(options), random,
        {.walks = 1000, .crashes = 2, .servers = {NodeId(1), NodeId(2), NodeId(3)}});
    INFO(entries);
    CHECK((walks.failure ? walks.failure->what : "") == "");
    CHECK(walks.survived > 100);
    CHECK(walks.lost > 0);  // the second crash comes during the recovery from the first
  }
}

TEST_CASE("Without replication the crash of a LegoOS memory server is told, with what is lost") {
  const CrashTable table = crash_everywhere(
      scenario("scenarios/pages/page-replicas"),
      specimen_of<LegoosEngine>(replicated(LegoosReplication::none)), {.servers = {NodeId(1)}});
  CHECK(table.count(CrashEnd::incorrect) == 0);
  CHECK(table.count(CrashEnd::survived) == 0);
  CHECK(table.count(CrashEnd::failed) > 5);
  CHECK(std::any_of(table.runs.begin(), table.runs.end(),
                    [](const CrashRun& run) { return run.objects.size() == 2; }));
}

TEST_CASE("A LegoOS server that has crashed is replaced while the program waits") {
  LegoosBed bed(4, replicated(LegoosReplication::paper));
  const auto pages = bed.pages(2);
  const std::uint64_t written = bed.core.write(pages[0]).result;
  bed.core.write(pages[1]);
  bed.dut.forget();
  bed.dut.world().crash(NodeId(1));
  CHECK(bed.core.read(pages[0]).result == written);
  CHECK(bed.owner(pages[0]) == NodeId(2));
  CHECK(bed.counters().recoveries == 1);
  // What is displaced is sent again; the log is stored and read back; there is no second log now.
  CHECK(bed.sent() ==
        Messages{
            legoos_message("MISS_FLUSH", 0, 1, 4200), legoos_message("REPLICA", 0, 2, 4176),
            legoos_message("REPLICA_REPLY", 2, 0, 4),
            legoos_message("LOG_FLUSH", 2, 3, 8 + 32 + 2 * 4128),
            legoos_message("LOG_FLUSH_REPLY", 3, 2, 4), legoos_message("RECOVER", 0, 2, 72),
            legoos_message("REPLAY", 2, 3, 72), legoos_message("REPLAY_REPLY", 3, 2, 8 + 2 * 4128),
            legoos_message("RECOVER_REPLY", 2, 0, 24 + 48),
            legoos_message("MISS_FLUSH", 0, 2, 4200), legoos_message("MISS_REPLY", 2, 0, 4096)});
  bed.core.write(bed.page());  // the home was server 1, too
}

TEST_CASE("A LegoOS server of which the log has dropped a page is not done without") {
  LegoosOptions options = replicated(LegoosReplication::paper);
  options.log_entries = 2;
  options.costs.store = 100_ms;
  LegoosBed bed(4, options);
  const auto pages = bed.pages(4);
  for (const ObjectId page : pages) {
    bed.core.start(Op::write(page, Bytes(), 8_B));
  }
  bed.dut.run();
  REQUIRE(bed.engine().memory(2).log().dropped() == 1);
  bed.dut.world().crash(NodeId(1));
  CHECK_THROWS_WITH(bed.core.read(pages[0]), Catch::Contains("does not do without server 1"));
}

TEST_CASE("LegoOS asks for enough servers to replicate on") {
  CHECK_THROWS_WITH(LegoosBed(3, replicated(LegoosReplication::paper)),
                    Catch::Contains("at least four servers"));
}

}  // namespace
}  // namespace dsmsim::testing
