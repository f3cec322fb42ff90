// Kona's message table: what each access, eviction and allocation sends, byte by byte.

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/protocols/kona/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

const Message kFetch{"FETCH", Verb::read, 0, 1, 4096_B};
const Message kAck{"LOG_ACK", Verb::write, 1, 0, 8_B};
Message log_of(std::uint32_t lines, std::uint32_t to = 1) {
  return {"LOG", Verb::write, 0, to, Bytes(16 + 64 * lines)};
}

TEST_CASE("kona: memory comes in batches of slabs, asked for before the last ones are used") {
  KonaDut dut;
  Puppet& thread = dut.thread(0);
  thread.allocate(4096_B);
  const Message request{"SLAB_REQUEST", Verb::send, 0, 1, 16_B};
  const Message grant{"SLAB_GRANT", Verb::send, 1, 0, Bytes(16 + 4 * 16)};
  CHECK(dut.sent() == Messages{request, grant});
  CHECK(thread.outcomes().back().latency > 1_us);
  thread.allocate(1_MiB);
  CHECK(dut.sent().empty());
  CHECK(thread.outcomes().back().latency == 50_ns);
  thread.allocate(1_MiB);  // one of four is left: more are asked for, and nobody waits
  CHECK(dut.sent() == Messages{request, grant});
  CHECK(thread.outcomes().back().latency == 50_ns);
  dut.finish();
}

TEST_CASE("kona: a miss is one READ of the block, whether it reads or writes, and a hit nothing") {
  KonaDut dut;
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 2);
  for (const OpKind kind : {OpKind::read, OpKind::write}) {
    const ObjectId object = objects[kind == OpKind::read ? 0 : 1];
    thread.run(part(kind, object, 100_B, 8_B));
    CHECK(dut.sent() == Messages{kFetch});
    thread.run(part(OpKind::read, object, 3000_B, 8_B));
    thread.run(part(OpKind::write, object, 0_B, 8_B));
    CHECK(dut.sent().empty());
  }
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("kona: a clean block leaves without a byte") {
  KonaDut dut;
  Puppet& thread = dut.thread(0);
  for (const ObjectId object : dut.blocks(thread, 6)) {
    thread.read(object);
    CHECK(dut.sent() == Messages{kFetch});
  }
  CHECK(dut.kona().counters().evicted_clean == 2);
  dut.finish();
}

TEST_CASE("kona: a dirty block leaves as 16 bytes and its dirty lines, and is acknowledged") {
  for (const bool cached : {false, true}) {
    for (const std::uint32_t dirty : {1, 7, 64}) {
      KonaOptions options = small_kona();
      if (cached) {  // L3 has half of the lines, the FPGA has been told of the others
        options.cpu_caches = {{128_B, 2, 2_ns}, {256_B, 4, 11_ns}, {2048_B, 8, 37_ns}};
      }
      KonaDut dut(options);
      Puppet& thread = dut.thread(0);
      const std::vector<ObjectId> objects = dut.blocks(thread, 5);
      thread.run(part(OpKind::write, objects[0], 0_B, 64_B * dirty));
      for (std::size_t i = 1; i < objects.size(); ++i) {
        thread.run(part(OpKind::read, objects[i], 0_B, 8_B));
      }
      const Messages sent = dut.sent();
      REQUIRE(sent.size() == 7);
      CHECK(sent[4] == kFetch);
      CHECK(sent[5] == log_of(dirty));
      CHECK(sent[6] == kAck);
      dut.finish();
    }
  }
}

TEST_CASE("kona: one WRITE takes the lines of several blocks, when the batch is full") {
  KonaOptions options = small_kona();
  options.batch = Bytes(3 * (16 + 2 * 64));
  KonaDut dut(options);
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 7);
  for (const ObjectId object : objects) {
    thread.start(part(OpKind::write, object, 0_B, 8_B));
    thread.start(part(OpKind::write, object, 2048_B, 8_B));
  }
  dut.run();
  const Messages sent = dut.sent();
  REQUIRE(sent.size() == 9);
  CHECK(sent[7] == Message{"LOG", Verb::write, 0, 1, Bytes(3 * (16 + 2 * 64))});
  CHECK(sent[8] == kAck);
  CHECK(dut.kona().log_to(NodeId(1)).totals().applied == 6);
  dut.finish();
}

TEST_CASE("kona: dirty lines go to all memory nodes of their slab, and are read from the first") {
  KonaOptions options = small_kona();
  options.slabs.replicas = 2;
  KonaDut dut(options, 4);
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 5);
  thread.run(part(OpKind::write, objects[0], 0_B, 64_B));
  for (const ObjectId object : objects) {
    thread.read(object);
  }
  Messages expected(5, kFetch);
  expected.insert(expected.end(), {log_of(1, 1), log_of(1, 2)});
  Messages sent = dut.sent();
  CHECK(Messages(sent.begin(), sent.begin() + 7) == expected);
  CHECK(sent.size() == 9);
  dut.finish();
}

TEST_CASE("kona: a critical line comes first, and only what it does not hold waits for the rest") {
  KonaOptions options = small_kona();
  options.critical_line_first = true;
  KonaDut dut(options);
  const Duration line_read = dut.latency_of(Verb::read, 64_B);
  const Duration read = dut.latency_of(Verb::read, 4096_B);
  Puppet& thread = dut.thread(0);
  Puppet& other = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 2);
  thread.start(part(OpKind::read, objects[0], 128_B, 8_B));
  thread.start(part(OpKind::write, objects[0], 128_B, 64_B));
  thread.start(part(OpKind::read, objects[0], 192_B, 8_B));
  other.start(part(OpKind::read, objects[0], 120_B, 16_B));  // two lines
  dut.run();
  const Message line{"FETCH_LINE", Verb::read, 0, 1, 64_B};
  const Message rest{"FETCH_REST", Verb::read, 0, 1, 4032_B};
  CHECK(dut.sent() == Messages{line, rest});
  const std::vector<Outcome>& outcomes = thread.outcomes();
  CHECK(outcomes[outcomes.size() - 3].latency == line_read + 138_ns);
  CHECK(outcomes[outcomes.size() - 2].latency == 138_ns);
  CHECK(outcomes.back().latency > 138_ns);
  CHECK(other.outcomes().back().latency > read);
  CHECK(other.outcomes().back().latency < read + line_read);

  thread.read(objects[1]);  // of all lines none is critical
  CHECK(dut.sent() == Messages{kFetch});
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("kona-vm: a fetch is a fault, a first store another, and pages are written whole") {
  KonaDut dut(small_kona(KonaVariant::kona_vm));
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 6);
  thread.run(part(OpKind::read, objects[0], 0_B, 8_B));
  thread.run(part(OpKind::write, objects[0], 0_B, 8_B));
  thread.run(part(OpKind::write, objects[0], 64_B, 8_B));
  for (const ObjectId object : objects) {
    thread.run(part(OpKind::read, object, 0_B, 8_B));
  }
  const Message page{"PAGE_WRITE", Verb::write, 0, 1, 4096_B};
  const Message fetch = kFetch;
  CHECK(dut.sent() == Messages{fetch, fetch, fetch, fetch, fetch, page, fetch});
  const KonaCounters& counters = dut.kona().counters();
  CHECK(counters.page_faults == counters.misses);
  CHECK(counters.write_faults == 1);
  CHECK(counters.shootdowns == 2);
  CHECK(counters.log_writes == 0);
  dut.finish();
}

TEST_CASE("kona: no page fault or TLB shootdown is on any path") {
  KonaDut dut;
  Puppet& thread = dut.thread(0);
  for (const ObjectId object : dut.blocks(thread, 8)) {
    thread.write(object);
  }
  CHECK(dut.kona().counters().page_faults == 0);
  CHECK(dut.kona().counters().write_faults == 0);
  CHECK(dut.kona().counters().shootdowns == 0);
  dut.finish();
}

TEST_CASE("kona: what cannot be is refused, with the numbers") {
  CHECK_THROWS_WITH(KonaDut(small_kona(), 1), Catch::Contains("takes more than 1 server"));
  KonaOptions replicated = small_kona();
  replicated.slabs.replicas = 2;
  CHECK_THROWS_WITH(KonaDut(replicated, 2), Catch::Contains("takes more than 2 servers"));
  KonaOptions tiny = small_kona();
  tiny.fmem = 8_KiB;
  CHECK_THROWS_WITH(KonaDut(tiny), Catch::Contains("smaller than one set of 4 blocks"));
  KonaOptions nowhere = small_kona();
  nowhere.controller = 5;
  CHECK_THROWS_WITH(KonaDut(nowhere), Catch::Contains("there are only 2 servers"));

  KonaDut dut;
  Puppet& thread = dut.thread(0);
  thread.allocate(60_MiB);
  CHECK_THROWS_WITH(thread.allocate(8_MiB),
                    Catch::Contains("8MiB wanted; 1 memory nodes of 64MiB hold 64MiB, of which "
                                    "60MiB is in use"));
  CHECK_THROWS_WITH(dut.thread(1), Catch::Contains("only hold memory"));
}

TEST_CASE("kona: a slab is no larger than a memory node") {
  KonaOptions options = small_kona();
  options.slabs.slab = 1_GiB;
  KonaDut dut(options);
  dut.thread(0).allocate(60_MiB);
  dut.finish();
}

}  // namespace
}  // namespace dsmsim::testing
