// What accesses under Kona take: the points of KCacheSim, its closed form, and what is never on the
// critical path.

#include <catch2/catch.hpp>

#include "protocols/kona/amat.hpp"
#include "sim/base/random.hpp"
#include "tests/protocols/kona/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

/// Main memory as KCacheSim has it (latency.py:61-69).
DutOptions skylake() {
  DutOptions options;
  options.server.memory_latency = 82_ns;
  return options;
}

/// CPU caches of one set each: two lines in L1, four in L2, eight in L3.
KonaOptions with_cpu_caches(KonaVariant variant, Duration fetch) {
  KonaOptions options = small_kona(variant);
  options.cpu_caches.emplace();
  options.cpu_caches->l1 = {128_B, 2, 2_ns};
  options.cpu_caches->l2 = {256_B, 4, 11_ns};
  options.cpu_caches->l3 = {512_B, 8, 37_ns};
  options.fetch = {KonaFetch::flat, {{4096_B, fetch}}};
  return options;
}

TEST_CASE("kona: hits in L1, L2, L3 and FMem and a fetch take 2, 11, 37, 167 and 3277 ns") {
  const std::pair<KonaVariant, Duration> variants[] = {{KonaVariant::kona, 48_ns},
                                                       {KonaVariant::kona_main, 0_ns}};
  for (const auto& [variant, penalty] : variants) {
    KonaDut dut(with_cpu_caches(variant, 3110_ns), 2, skylake());
    Puppet& thread = dut.thread(0);
    const ObjectId object = dut.blocks(thread, 1).front();
    const auto read = [&](std::uint64_t line) {
      return thread.run(part(OpKind::read, object, 64_B * line, 8_B)).latency;
    };
    CHECK(read(0) == 3229_ns + penalty);
    CHECK(read(0) == 2_ns);
    for (std::uint64_t line = 1; line < 4; ++line) {
      CHECK(read(line) == 119_ns + penalty);
    }
    CHECK(read(1) == 11_ns);
    for (std::uint64_t line = 4; line < 8; ++line) {
      CHECK(read(line) == 119_ns + penalty);
    }
    CHECK(read(0) == 37_ns);
    CHECK(read(8) == 119_ns + penalty);
    CHECK(thread.run(part(OpKind::write, object, 64_B * 20, 8_B)).latency == 119_ns + penalty);
    CHECK(thread.run(part(OpKind::write, object, 64_B * 20, 8_B)).latency == 2_ns);
    dut.finish();
  }
}

TEST_CASE("kona: a flat fetch takes what the table says, straight lines between its sizes") {
  const KonaFetchOptions table{KonaFetch::flat, {{64_B, 2_us}, {128_B, 3_us}, {1024_B, 10_us}}};
  CHECK(table.latency(32_B) == 2_us);
  CHECK(table.latency(64_B) == 2_us);
  CHECK(table.latency(96_B) == 2500_ns);
  CHECK(table.latency(1024_B) == 10_us);
  CHECK(table.latency(1920_B) == 17_us);
  CHECK(KonaFetchOptions{KonaFetch::flat, {{4096_B, 5_us}}}.latency(64_B) == 5_us);
}

TEST_CASE("kona: a miss takes a READ and an access, also if it evicts a dirty block") {
  KonaDut dut;
  const Duration read = dut.latency_of(Verb::read, 4096_B);
  Puppet& thread = dut.thread(0);
  for (const ObjectId object : dut.blocks(thread, 9)) {
    CHECK(thread.run(part(OpKind::write, object, 0_B, 8_B)).latency == read + 90_ns + 48_ns);
    CHECK(thread.run(part(OpKind::read, object, 0_B, 8_B)).latency == 90_ns + 48_ns);
  }
  CHECK(dut.kona().counters().evicted_dirty == 5);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("kona: a miss waits for its victim if copying takes longer than the READ") {
  KonaOptions options = small_kona();
  options.costs.copy = 10_us;
  KonaDut dut(options);
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 5);
  thread.run(part(OpKind::write, objects[0], 0_B, 8_B));
  for (std::size_t i = 1; i < 4; ++i) {
    thread.run(part(OpKind::read, objects[i], 0_B, 8_B));
  }
  CHECK(thread.run(part(OpKind::read, objects[4], 0_B, 8_B)).latency ==
        40_ns + 10_ns + 10_us + 90_ns + 48_ns);
  dut.finish();
}

TEST_CASE("kona-vm: faults are paid for") {
  KonaDut dut(small_kona(KonaVariant::kona_vm));
  const Duration read = dut.latency_of(Verb::read, 4096_B);
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 2);
  const KonaFaultCosts costs = dut.kona().options().costs.fault;
  const Duration fetch = costs.trap + costs.notify + read + costs.copy + costs.wake;
  const Duration allow = costs.trap + costs.notify + costs.protect + costs.wake;
  CHECK(thread.run(part(OpKind::read, objects[0], 0_B, 8_B)).latency == fetch + 90_ns);
  CHECK(thread.run(part(OpKind::write, objects[0], 0_B, 8_B)).latency == allow + 90_ns);
  CHECK(thread.run(part(OpKind::write, objects[0], 64_B, 8_B)).latency == 90_ns);
  CHECK(thread.run(part(OpKind::write, objects[1], 0_B, 8_B)).latency == fetch + allow + 90_ns);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

/// From when three threads store, each for the first time to a page that is there, until all have.
Duration time_to_allow_three(std::uint32_t handlers) {
  KonaOptions options = small_kona(KonaVariant::kona_vm);
  options.fault_handlers = handlers;
  KonaDut dut(options);
  Puppet* const threads[] = {&dut.thread(0), &dut.thread(0), &dut.thread(0)};
  const std::vector<ObjectId> objects = dut.blocks(*threads[0], 3);
  for (const ObjectId object : objects) {
    threads[0]->run(part(OpKind::read, object, 0_B, 8_B));
  }
  const Time start = dut.simulation().now();
  for (std::size_t i = 0; i < 3; ++i) {
    threads[i]->start(part(OpKind::write, objects[i], 0_B, 8_B));
  }
  dut.run();
  CHECK(dut.breakdown_sums_to_latency());
  const Duration all = dut.simulation().now() - start;
  dut.finish();
  return all;
}

TEST_CASE("kona-vm: threads that fault share the thread that handles faults") {
  const KonaFaultCosts costs = small_kona().costs.fault;
  const Duration own = costs.trap + costs.wake + 90_ns;
  const Duration handled = costs.notify + costs.protect;
  CHECK(time_to_allow_three(1) == own + handled * 3);
  CHECK(time_to_allow_three(2) == own + handled * 2);
  CHECK(time_to_allow_three(3) == own + handled);
}

/// Sums over one sequence of accesses, in a Kona whose fetches take so long.
struct Sums {
  Duration time[2];  ///< of reads and writes
  std::array<std::array<std::uint64_t, 4>, 2> hits;
  std::uint64_t fetches[2];

  std::uint64_t references(int kind) const {
    std::uint64_t sum = 0;
    for (const std::uint64_t at_level : hits[kind]) {
      sum += at_level;
    }
    return sum;
  }
  kona::MissRates rates(int kind) const {
    const auto all = static_cast<double>(references(kind));
    const auto& h = hits[kind];
    return {.l1 = static_cast<double>(h[1] + h[2] + h[3]) / all,
            .l2 = static_cast<double>(h[2] + h[3]) / all,
            .l3 = static_cast<double>(h[3]) / all,
            .cache = static_cast<double>(fetches[kind]) / all};
  }
  double mean_ns(int kind) const { return time[kind].ns() / static_cast<double>(references(kind)); }
};

Sums measure(KonaVariant variant, Duration fetch) {
  KonaDut dut(with_cpu_caches(variant, fetch), 2, skylake());
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> objects = dut.blocks(thread, 12);
  RandomStream random(7, "test");
  for (int i = 0; i < 3000; ++i) {
    const bool near = random.chance(0.8);
    thread.start(part(random.chance(0.3) ? OpKind::write : OpKind::read,
                      objects[near ? random.below(2) : random.below(12)],
                      64_B * (near ? random.below(5) : random.below(64)), 8_B));
  }
  dut.run();
  Sums sums{};
  for (const bool write : {false, true}) {
    const KindMeter& meter =
        dut.world().meter().kinds()[static_cast<std::size_t>(write ? OpKind::write : OpKind::read)];
    sums.time[write ? 1 : 0] = Duration::picoseconds(meter.latency.sum());
  }
  sums.hits = dut.kona().cpu_caches_of_programs()->counters().hits;
  const KonaCounters& counters = dut.kona().counters();
  sums.fetches[0] = counters.misses - counters.write_misses;
  sums.fetches[1] = counters.write_misses;
  dut.finish();
  return sums;
}

TEST_CASE("kona: the mean access time is KCacheSim's closed form, to rounding") {
  const std::pair<KonaVariant, Duration> variants[] = {{KonaVariant::kona, 130_ns},
                                                       {KonaVariant::kona_main, 82_ns}};
  for (const auto& [variant, cache] : variants) {
    const Sums sums = measure(variant, 3110_ns);
    const kona::AmatLatencies latencies{.cache = cache, .remote = 3110_ns};
    for (const int kind : {0, 1}) {
      CHECK(sums.mean_ns(kind) == Approx(kona::amat_ns(latencies, sums.rates(kind))).epsilon(1e-9));
    }
    const double ratio =
        static_cast<double>(sums.references(0)) / static_cast<double>(sums.references(1));
    CHECK((sums.time[0] + sums.time[1]).ns() / 3000 ==
          Approx(kona::amat_ns(latencies, sums.rates(0), sums.rates(1), ratio)).epsilon(1e-9));
    CHECK(sums.fetches[0] > 100);
    CHECK(sums.hits[0][2] > 10);
  }
}

TEST_CASE("kona: systems with the same misses differ by what a miss takes, exactly") {
  const Sums kona = measure(KonaVariant::kona, 3110_ns);
  const Sums kona_main = measure(KonaVariant::kona_main, 3110_ns);
  const Sums legoos = measure(KonaVariant::kona_main, 10_us);
  const Sums infiniswap = measure(KonaVariant::kona_main, 40_us);
  for (const int kind : {0, 1}) {
    const auto misses = static_cast<std::int64_t>(kona.hits[kind][3]);
    const auto fetches = static_cast<std::int64_t>(kona.fetches[kind]);
    CHECK(kona.time[kind] - kona_main.time[kind] == 48_ns * misses);
    CHECK(legoos.time[kind] - kona_main.time[kind] == 6890_ns * fetches);
    CHECK(infiniswap.time[kind] - legoos.time[kind] == 30_us * fetches);
    CHECK(legoos.fetches[kind] == kona.fetches[kind]);
    CHECK(legoos.hits[kind] == kona.hits[kind]);
  }
}

}  // namespace
}  // namespace dsmsim::testing
