#pragma once
// Swapping with a few frames.

#include <catch2/catch.hpp>

#include "protocols/swap/engine.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {

inline SwapOptions small_swap(std::uint32_t frames,
                              SwapDeviceKind device = SwapDeviceKind::infiniswap) {
  SwapOptions options;
  options.device = device;
  options.cache = kSwapPage * frames;
  options.slab = kSwapPage * 16;
  options.batch = frames / 2;
  options.readahead = 2;
  return options;
}

/// Those of configs/protocols/infiniswap.json.
inline SwapCosts infiniswap_costs() {
  using namespace literals;
  return {.fault = 750_ns,
          .zero = 250_ns,
          .swap_in = 2400_ns,
          .block = 31'920_ns,
          .copy = 400_ns,
          .wake = 200_ns,
          .scan = 50_ns,
          .unmap = 1470_ns,
          .allocation = 50_ns,
          .local_atomic = 8_ns,
          .control = 180_us,
          .registration = 54_ms};
}

/// Slabs are mapped by messages, and servers 1 and 2, which lend half of their memory at
/// first, want all of it back after some periods.
inline SwapOptions short_of_memory(std::uint32_t frames, SlabMapping mapping, Bytes memory,
                                   std::int64_t periods = 2) {
  SwapOptions options = small_swap(frames);
  options.mapping = mapping;
  options.rules = SlabRules::released;
  options.choices = 2;
  options.daemon = DaemonOptions{.evict_below = memory / 2, .grow_above = memory, .demand = {}};
  const Duration then = options.period * periods;
  options.daemon->demand = {{1, then, memory}, {2, then, memory}};
  return options;
}

struct SwapBed {
  explicit SwapBed(SwapOptions options, std::size_t servers = 2, DutOptions dut_options = {})
      : dut(
            servers,
            [&](EngineContext context) { return std::make_unique<SwapEngine>(context, options); },
            std::move(dut_options)),
        thread(dut.thread(0)) {}
  ~SwapBed() {
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
  std::vector<ObjectId> pages(int count) {
    std::vector<ObjectId> objects;
    for (int i = 0; i < count; ++i) {
      objects.push_back(thread.allocate(kSwapPage));
    }
    dut.forget();
    return objects;
  }
  /// Nobody does anything for so long.
  void pass(Duration duration) {
    dut.simulation().queue().schedule(
        dut.simulation().now() + duration, [](void*) {}, nullptr);
    dut.run();
  }
  nlohmann::ordered_json report() { return report_of(dut.engine<SwapEngine>()); }
  const SwapCounters& counters() { return dut.engine<SwapEngine>().counters(); }
  Dut dut;
  Puppet& thread;
};

}  // namespace dsmsim::testing
