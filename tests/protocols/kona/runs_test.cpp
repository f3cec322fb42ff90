// Kona at work: threads that miss together, logs that are full, what is written back in all, and
// crashes.

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/random.hpp"
#include "tests/protocols/kona/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

TEST_CASE("kona: threads that miss the same block share one fetch") {
  KonaDut dut;
  Puppet& first = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(first, 2);
  std::vector<Puppet*> threads = {&first, &dut.thread(0), &dut.thread(0)};
  for (Puppet* const thread : threads) {
    thread->start(part(OpKind::read, objects[0], 0_B, 8_B));
  }
  dut.run();
  CHECK(dut.sent().size() == 1);
  CHECK(dut.kona().counters().misses == 1);
  CHECK(dut.kona().counters().merged == 2);
  for (Puppet* const thread : threads) {
    CHECK(thread->outcomes().back().latency == first.outcomes().back().latency);
  }
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("kona: no more fetches are under way than there are places for them") {
  KonaOptions options = small_kona();
  options.fetches = 1;
  KonaDut dut(options);
  Puppet& first = dut.thread(0);
  Puppet& second = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(first, 2);
  const Duration read = dut.latency_of(Verb::read, 4096_B);
  first.start(part(OpKind::read, objects[0], 0_B, 8_B));
  second.start(part(OpKind::read, objects[1], 0_B, 8_B));
  dut.run();
  CHECK(first.outcomes().back().latency == read + 138_ns);
  CHECK(second.outcomes().back().latency == read * 2 + 138_ns);
  CHECK(dut.kona().counters().full_sets == 1);
  dut.finish();
}

TEST_CASE("kona: evictions wait for a full log, and nothing is dropped") {
  KonaOptions options = small_kona();
  options.log = options.batch = Bytes(16 + 4096);
  options.costs.unpack = 1_us;
  KonaDut dut(options);
  Puppet& thread = dut.thread(0);
  for (const ObjectId object : dut.blocks(thread, 20)) {
    thread.start(thread.whole(OpKind::write, object));
  }
  dut.run();
  const KonaCounters& counters = dut.kona().counters();
  CHECK(counters.evicted_dirty == 16);
  CHECK(counters.stalls >= 14);
  CHECK(dut.kona().log_to(NodeId(1)).totals().applied == 16 * 64);
  // The receiver needs 64 us for a block: it is what everybody waits for.
  CHECK(dut.simulation().now() > Time::at(64_us * 16));
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("kona: what a block has in the log is seen when it is fetched again") {
  for (const KonaRefetch refetch : {KonaRefetch::from_log, KonaRefetch::wait}) {
    KonaOptions options = small_kona();
    options.ways = 1;
    options.fmem = 4096_B;
    options.refetch = refetch;
    KonaDut dut(options);
    Puppet& thread = dut.thread(0);
    const std::vector<ObjectId> objects = dut.blocks(thread, 2);
    const std::uint64_t written = thread.write(objects[0]).result;
    thread.start(thread.whole(OpKind::read, objects[1]));
    thread.start(thread.whole(OpKind::read, objects[0]));
    dut.run();
    CHECK(thread.outcomes().back().result == written);
    const Duration read = dut.latency_of(Verb::read, 4096_B);
    CHECK((thread.outcomes().back().latency > read + 1_us) == (refetch == KonaRefetch::wait));
    CHECK(dut.kona().counters().from_log == (refetch == KonaRefetch::wait ? 0 : 1));
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
}

/// Which of a sequence of accesses miss, and what is written back.
struct Sequence {
  std::vector<bool> misses;
  Bytes written;
};
Sequence play(KonaVariant variant) {
  KonaDut dut(small_kona(variant));
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 10);
  RandomStream random(3, "test");
  Sequence sequence;
  for (int i = 0; i < 600; ++i) {
    const std::uint64_t before = dut.kona().counters().misses;
    thread.run(part(random.chance(0.5) ? OpKind::write : OpKind::read,
                    objects[random.below(random.chance(0.5) ? 3 : 10)], 64_B * random.below(64),
                    8_B));
    sequence.misses.push_back(dut.kona().counters().misses > before);
  }
  for (const Message& message : dut.sent()) {
    if (message.type == "LOG" || message.type == "PAGE_WRITE") {
      sequence.written += message.payload;
    }
  }
  dut.finish();
  return sequence;
}

TEST_CASE("kona: Kona and Kona-VM miss the same accesses, and Kona writes back less") {
  const Sequence kona = play(KonaVariant::kona);
  const Sequence vm = play(KonaVariant::kona_vm);
  CHECK(kona.misses == vm.misses);
  CHECK(kona.written * 10 < vm.written);
  CHECK(kona.written > Bytes());
}

TEST_CASE("kona: uniform writes make P(1-exp(-u/P)) pages and 64P(1-exp(-u/64P)) lines dirty") {
  constexpr std::uint64_t pages = 16384;
  KonaOptions options = small_kona();
  options.fmem = 64_MiB;
  DutOptions dut_options;
  dut_options.server.memory = 128_MiB;
  KonaDut dut(options, 2, dut_options);
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(Bytes(pages * 4096));
  RandomStream random(1, "test");
  double writes = 0;
  for (const double share : {0.25, 1.0}) {
    for (; writes < share * pages; ++writes) {
      thread.start(part(OpKind::write, object, 8_B * random.below(pages * 512), 8_B));
    }
    dut.run();
    CHECK(static_cast<double>(dut.kona().dirtied_blocks()) ==
          Approx(pages * (1 - std::exp(-writes / pages))).epsilon(0.01));
    CHECK(static_cast<double>(dut.kona().dirtied_lines()) ==
          Approx(64 * pages * (1 - std::exp(-writes / (64 * pages)))).epsilon(0.01));
  }
  dut.finish();
}

/// A run that loses a memory node while dirty lines are everywhere on their way.
void lose_a_node(KonaVariant variant) {
  KonaOptions options = small_kona(variant);
  options.slabs.replicas = 2;
  KonaDut dut(options, 4);
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 12);
  std::vector<std::uint64_t> written;
  for (const ObjectId object : objects) {
    written.push_back(thread.write(object).result);
  }
  dut.world().crash(NodeId(1));
  dut.world().notice_crash(NodeId(1));
  CHECK(dut.world().losses().crashes.front().objects.empty());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    CHECK(thread.read(objects[i]).result == written[i]);
    written[i] = thread.write(objects[i]).result;
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    CHECK(thread.read(objects[i]).result == written[i]);
  }
}

TEST_CASE("kona: with two copies nothing is lost with a memory node") {
  lose_a_node(KonaVariant::kona);
  lose_a_node(KonaVariant::kona_vm);
}

TEST_CASE("kona: with one copy the loss of a memory node is told") {
  KonaDut dut(small_kona(), 3);
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 6);
  for (const ObjectId object : objects) {
    thread.write(object);
  }
  dut.world().crash(NodeId(1));
  // Four blocks are in FMem.
  CHECK(dut.world().losses().crashes.front().objects ==
        std::vector<ObjectId>(objects.begin(), objects.begin() + 2));
  CHECK_THROWS_WITH(dut.world().notice_crash(NodeId(1)), Catch::Contains("does not do without it"));
}

TEST_CASE("kona: the same seed gives the same run") {
  const auto end = [](std::uint64_t seed) {
    KonaOptions options = small_kona();
    options.slabs.placement = paging::SlabPlacement::power_of_choices;
    options.slabs.slab = 16_KiB;
    DutOptions dut_options;
    dut_options.seed = seed;
    KonaDut dut(options, 5, dut_options);
    std::vector<Puppet*> threads = {&dut.thread(0), &dut.thread(0)};
    const std::vector<ObjectId> objects = dut.blocks(*threads[0], 30);
    RandomStream random(seed, "test");
    for (int i = 0; i < 200; ++i) {
      threads[random.below(2)]->start(part(random.chance(0.5) ? OpKind::write : OpKind::read,
                                           objects[random.below(30)], 64_B * random.below(64),
                                           8_B));
    }
    dut.run();
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
    return std::pair(dut.simulation().now(), dut.sent());
  };
  CHECK(end(1) == end(1));
  CHECK(end(1) != end(2));
}

}  // namespace
}  // namespace dsmsim::testing
