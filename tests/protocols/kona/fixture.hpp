#pragma once
// Kona as a device under test: small, and with the costs written out.

#include "protocols/kona/engine.hpp"
#include "tests/protocols/harness.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {

/// FMem is one set of four blocks of 4 KiB; a batch of the log waits for its timeout.
inline KonaOptions small_kona(KonaVariant variant = KonaVariant::kona) {
  using namespace literals;
  KonaOptions o;
  o.variant = variant;
  o.fmem = 16_KiB;
  o.slabs.slab = 1_MiB;
  o.costs = {.allocation = 50_ns,
             .local_atomic = 8_ns,
             .snoop = 40_ns,
             .scan = 10_ns,
             .copy = 20_ns,
             .receive = 100_ns,
             .unpack = 20_ns,
             .grant = 1_us,
             .fault = {.trap = 700_ns,
                       .notify = 1500_ns,
                       .copy = 3900_ns,
                       .protect = 1800_ns,
                       .wake = 1_us},
             .shootdown = 2_us};
  return o;
}

struct KonaDut : Dut {
  explicit KonaDut(const KonaOptions& options = small_kona(), std::size_t servers = 2,
                   DutOptions dut = {})
      : Dut(
            servers,
            [options](EngineContext context) {
              return std::make_unique<KonaEngine>(context, options);
            },
            std::move(dut)) {}

  KonaEngine& kona() { return engine<KonaEngine>(); }
  /// So many objects of a block each, in blocks one after the other.
  std::vector<ObjectId> blocks(Puppet& thread, std::size_t count) {
    std::vector<ObjectId> objects;
    for (std::size_t i = 0; i < count; ++i) {
      objects.push_back(thread.allocate(kona().options().block));
    }
    forget();
    return objects;
  }
};

inline Op part(OpKind kind, ObjectId object, Bytes offset, Bytes length) {
  return Op::on(kind, object, offset, length);
}

/// One frame for blocks as large as the objects of scenarios, and a log of little more than one:
/// every other access evicts, and many wait for the log.
inline KonaOptions one_frame(KonaVariant variant = KonaVariant::kona) {
  KonaOptions o;
  o.variant = variant;
  o.block = Bytes(512);
  o.fmem = o.block;
  o.ways = 1;
  o.log = o.block + Bytes(16);
  o.batch = o.log;
  return o;
}

/// CPU caches of one line each: what a core has written is written back by its next access.
inline paging::CpuCacheOptions caches_of_a_line() {
  const paging::CpuCacheLevel line{.size = Bytes(64), .ways = 1, .latency = {}};
  return {line, line, line};
}
/// One frame, and those caches.
inline KonaOptions cpu_cached() {
  KonaOptions o = one_frame();
  o.cpu_caches = caches_of_a_line();
  return o;
}

/// Blocks of two lines, the one that is needed first.
inline KonaOptions critical_lines() {
  KonaOptions o = one_frame();
  o.block = o.fmem = Bytes(128);
  o.critical_line_first = true;
  return o;
}
/// Two objects of a line each in one block.
inline Scenario lines_of_a_block() {
  Scenario lines = scenario("scenarios/eviction-3");
  for (ScenarioObject& object : lines.objects) {
    object.size = Bytes(64);
  }
  return lines;
}

}  // namespace dsmsim::testing
