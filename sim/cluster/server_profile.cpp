#include "sim/cluster/cluster.hpp"

namespace dsmsim {

void describe(config::Fields& f, ServerProfile& p) {
  using namespace literals;
  f.required("cores", p.cores, "cores that run program threads", config::range(1, 4096));
  // So that all memory of 65,536 servers, the most there can be, is a number of 64 bits.
  constexpr Bytes kMostMemory(std::uint64_t{64} << 40);
  f.required("memory", p.memory, "DRAM of one server that belongs to the DSM",
             config::range(Bytes(1), kMostMemory));
  f.required("memory_latency", p.memory_latency, "one access to local DRAM that misses the caches",
             config::at_most(1000_ms));
  f.required("memory_bandwidth", p.memory_bandwidth,
             "of one core, for what an access touches beyond the first 64 bytes",
             config::positive());
  f.required("context_switch", p.context_switch, "from one user-level thread to another",
             config::at_most(1000_ms));
  f.required("clock_ghz", p.clock_ghz, "processor clock, turns instruction counts into time",
             config::range(0.1, 10.0));
  f.sources(p.sources);
}

}  // namespace dsmsim
