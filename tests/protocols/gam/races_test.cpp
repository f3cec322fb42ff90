// What happens when requests about one block cross: the races that the released code resolves, each
// brought about by timing. Server 0 is the home unless a test says otherwise.

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "sim/fabric/generators.hpp"
#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

using gam::DirectoryState;
using gam::LineState;

/// Only what matters to a race: the messages' names and ways.
std::vector<std::string> ways(const Messages& messages) {
  std::vector<std::string> names;
  for (const Message& m : messages) {
    names.push_back(m.type + " " + std::to_string(m.from) + std::to_string(m.to));
  }
  return names;
}
using Ways = std::vector<std::string>;

/// One line, so that every miss evicts what was cached before.
GamOptions tiny_cache(GamOptions options = {}) {
  options.cache = 512_B;
  options.lru_lists = 1;
  return options;
}

TEST_CASE("GAM: of two upgrades the second gives up its copy and is granted after the first") {
  GamBed bed(3);
  const ObjectId object = bed.block(0);
  bed.at(1).read(object);
  bed.at(2).read(object);
  bed.dut.forget();
  bed.at(1).start(whole(OpKind::write, object));
  bed.at(2).start(whole(OpKind::write, object));
  bed.dut.run();
  CHECK(ways(bed.sent()) == Ways{"WRITE_PERMISSION_ONLY 10", "WRITE_PERMISSION_ONLY 20",
                                 "INVALIDATE_FORWARD 02", "INVALIDATE_ACK 20", "WRITE_REPLY 01",
                                 "WRITE_FORWARD 01", "DATA_REPLY 12", "FORWARD_ACK 10",
                                 "OWNERSHIP_ACK 02"});
  CHECK(bed.line(2, object)->version == 2);
  bed.dut.finish();
}

TEST_CASE("GAM: an upgrade that loses against its home is granted with data") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.at(1).read(object);
  bed.dut.forget();
  bed.at(0).start(whole(OpKind::write, object));
  bed.at(1).start(whole(OpKind::write, object));
  bed.dut.run();
  CHECK(ways(bed.sent()) == Ways{"INVALIDATE 01", "WRITE_PERMISSION_ONLY 10", "INVALIDATE_ACK 10",
                                 "GRANT_DATA 01", "WRITE_REPLY 01"});
  CHECK(bed.line(1, object)->version == 2);
  bed.dut.finish();
}

TEST_CASE(
    "GAM: an upgrade finds others sharing a block that it has lost, and is granted with data") {
  GamBed bed(3);
  const ObjectId object = bed.block(0);
  bed.at(1).read(object);
  bed.at(2).read(object);
  bed.dut.forget();
  bed.at(2).start(whole(OpKind::write, object));
  Script late(bed, 1, {{100_ns, whole(OpKind::write, object)}});
  Script home(bed, 0, {{2_us, whole(OpKind::read, object)}});  // waits first in the queue
  bed.dut.run();
  CHECK(ways(bed.sent()) == Ways{"WRITE_PERMISSION_ONLY 20", "WRITE_PERMISSION_ONLY 10",
                                 "INVALIDATE_FORWARD 01", "INVALIDATE_ACK 10", "WRITE_REPLY 02",
                                 "FETCH_AND_SHARED 02", "FETCHED_DATA 20", "INVALIDATE_FORWARD 02",
                                 "INVALIDATE_ACK 20", "GRANT_DATA 01", "WRITE_REPLY 01"});
  CHECK(home[0].result == 1);
  CHECK(bed.line(1, object)->version == 2);
  bed.dut.finish();
}

TEST_CASE("GAM: an invalidation of an evicted line is acknowledged, and the late notice ignored") {
  GamBed bed(2, tiny_cache());
  const ObjectId object = bed.block(0);
  const ObjectId other = bed.block(0);
  bed.at(1).read(object);
  bed.dut.forget();
  bed.at(0).start(whole(OpKind::write, object));
  bed.at(1).start(whole(OpKind::read, other));
  bed.dut.run();
  CHECK(ways(bed.sent()) == Ways{"INVALIDATE 01", "READ 10", "ACTIVE_INVALIDATE 10",
                                 "INVALIDATE_ACK 10", "DATA_REPLY 01"});
  CHECK(bed.counters(0).late_evictions == 1);
  bed.dut.finish();
}

/// Server 1 evicts its copy and asks for another while server 2 writes.
void evict_and_read_again(GamBed& bed, ObjectId object, ObjectId other) {
  bed.at(1).read(object);
  bed.dut.forget();
  Script writer(bed, 2, {{0_ns, whole(OpKind::write, object)}});
  Script reader(bed, 1, {{300_ns, whole(OpKind::read, other)}});
  Script again(bed, 1, {{400_ns, whole(OpKind::read, object)}});
  bed.dut.run();
}

TEST_CASE("GAM: an invalidation of an evicted copy does not wait for the copy asked for next") {
  GamBed bed(3, tiny_cache());
  const ObjectId object = bed.block(0);
  evict_and_read_again(bed, object, bed.block(0));
  bed.dut.finish();
  CHECK(bed.line(1, object) != nullptr);
  CHECK(bed.line(1, object)->version == 1);
}

TEST_CASE("GAM as released gets stuck when an evicted copy is invalidated and asked for again") {
  GamOptions options = tiny_cache();
  options.confuse_copies = true;
  GamBed bed(3, options);
  const ObjectId object = bed.block(0);
  evict_and_read_again(bed, object, bed.block(0));
  CHECK_THROWS_WITH(bed.dut.finish(), Catch::Contains("deadlock"));
}

TEST_CASE("GAM: a line that is being written back still answers its home") {
  for (const OpKind kind : {OpKind::read, OpKind::write}) {
    GamBed bed(2, tiny_cache());
    const ObjectId object = bed.block(0);
    const ObjectId other = bed.block(0);
    bed.at(1).write(object);
    bed.dut.forget();
    Script evicting(bed, 1, {{0_ns, whole(OpKind::read, other)}});
    Script home(bed, 0, {{0_ns, whole(kind, object)}});
    bed.dut.run();
    const Ways sent = ways(bed.sent());
    const std::string order =
        kind == OpKind::read ? "FETCH_AND_SHARED 01" : "FETCH_AND_INVALIDATE 01";
    CHECK(std::count(sent.begin(), sent.end(), order) == 1);
    CHECK(std::count(sent.begin(), sent.end(), "FETCHED_DATA 10") == 1);
    CHECK(std::count(sent.begin(), sent.end(), "WRITE_BACK_ACK 01") == 1);
    CHECK(home[0].result == (kind == OpKind::read ? 1 : 0));
    CHECK(bed.state(object) == DirectoryState::unshared);
    CHECK(bed.line(1, object) == nullptr);
    CHECK(bed.home_version(object) == (kind == OpKind::read ? 1 : 2));
    bed.dut.finish();
  }
}

TEST_CASE("GAM: a line that is being written back still answers other servers") {
  for (const OpKind kind : {OpKind::read, OpKind::write}) {
    GamBed bed(3, tiny_cache());
    const ObjectId object = bed.block(0);
    const ObjectId other = bed.block(0);
    bed.at(1).write(object);
    bed.dut.forget();
    Script asking(bed, 2, {{0_ns, whole(kind, object)}});
    Script evicting(bed, 1, {{1300_ns, whole(OpKind::read, other)}});
    bed.dut.run();
    const Ways sent = ways(bed.sent());
    CHECK(std::count(sent.begin(), sent.end(), "DATA_REPLY 12") == 1);
    CHECK(std::count(sent.begin(), sent.end(), "WRITE_BACK_ACK 01") == 1);
    const gam::DirectoryEntry* const entry = bed.entry(object);
    REQUIRE(entry != nullptr);  // the write-back came too late to be more than an apology
    CHECK(entry->sharers.size() == 1);
    CHECK(entry->owner().server == NodeId(2));
    CHECK(bed.line(2, object)->version == (kind == OpKind::read ? 1 : 2));
    bed.dut.finish();
  }
}

/// Servers 1 and 2 have a cable of their own, which is short but slow.
Topology slow_shortcut(std::size_t servers) {
  ExplicitGraph graph;
  const CableSpec fast{32_Gbps, 10_ns};
  for (std::size_t i = 0; i < servers; ++i) {
    const std::string n = std::to_string(i);
    graph.servers.push_back("server" + n);
    graph.switches.push_back({"switch" + n, {170_ns, 0}});
    graph.cables.push_back({"server" + n, "switch" + n, fast});
  }
  graph.cables.push_back({"switch0", "switch1", fast});
  graph.cables.push_back({"switch0", "switch2", fast});
  graph.cables.push_back({"switch1", "switch2", {Rate::bits_per_second(0.5e9), 10_ns}});
  return make_graph(graph, servers);
}

TEST_CASE("GAM: an invalidation that overtakes the owner's data waits for it") {
  GamBed bed(3, {}, {.topology = slow_shortcut});
  const ObjectId object = bed.block(0);
  bed.at(2).write(object);
  bed.dut.forget();
  Script reader(bed, 1, {{0_ns, whole(OpKind::read, object)}});
  Script home(bed, 0,  // has the owner's copy already
              {{5_us, whole(OpKind::write, object)},
               {5_us, Op::fence()},
               {5_us, whole(OpKind::read, object)}});
  bed.dut.run();
  CHECK(reader[0].result == 1);
  CHECK(home[2].end > reader[0].end);
  CHECK(bed.counters(1).queued_remote == 1);
  CHECK(bed.line(1, object) == nullptr);
  CHECK(ways(bed.sent()) == Ways{"READ 10", "READ_FORWARD 02", "DATA_REPLY 21", "HOME_COPY 20",
                                 "INVALIDATE 02", "INVALIDATE 01", "INVALIDATE_ACK 20",
                                 "INVALIDATE_ACK 10"});
  bed.dut.finish();
}

TEST_CASE("GAM: threads of a server that miss the same block send one request") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.dut.forget();
  Script first(bed, 1, {{0_ns, whole(OpKind::read, object)}});
  Script second(bed, 1, {{500_ns, whole(OpKind::read, object)}});
  bed.dut.run();
  CHECK(ways(bed.sent()) == Ways{"READ 10", "DATA_REPLY 01"});
  CHECK(second[0].end == first[0].end);
  CHECK(bed.counters(1).queued_local == 1);
  bed.dut.finish();
}

TEST_CASE("GAM: a home's own accesses go before requests of others that came earlier") {
  GamBed bed(4);
  const ObjectId object = bed.block(0);
  bed.at(1).write(object);
  bed.dut.forget();
  Script busy(bed, 2, {{0_ns, whole(OpKind::write, object)}});
  Script remote(bed, 3, {{200_ns, whole(OpKind::read, object)}});
  Script local(bed, 0, {{2500_ns, whole(OpKind::read, object)}});
  bed.dut.run();
  CHECK(local[0].end < remote[0].end);
  CHECK(bed.counters(0).queued_local == 1);
  CHECK(bed.counters(0).queued_remote >= 1);
  bed.dut.finish();
}

/// The owner reads while its block is on its way to a new owner.
Outcome read_while_shipping(GamOptions options) {
  GamBed bed(3, options);
  const ObjectId object = bed.block(0);
  bed.at(1).write(object);
  Script taker(bed, 2, {{0_ns, whole(OpKind::write, object)}});
  Script reader(bed, 1, {{3_us, whole(OpKind::read, object)}});
  bed.dut.run();
  bed.dut.finish();
  return {reader[0].end - reader[0].begin, reader[0].result};
}

TEST_CASE("GAM as released reads lines that are on their way out, repaired it asks again") {
  const Outcome released = read_while_shipping(released_gam());
  CHECK(released.result == 1);
  CHECK(released.latency < 100_ns);
  const Outcome repaired = read_while_shipping(GamOptions());
  CHECK(repaired.result == 2);
  CHECK(repaired.latency > 3_us);
}

}  // namespace
}  // namespace dsmsim::testing
