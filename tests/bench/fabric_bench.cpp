// Remote READs through the full NIC pipeline, closed loop: every thread reads 512 bytes at a random
// other server, again and again. plain_simgrid.cpp does the same request/response work with SimGrid
// actors and mailboxes.

#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {
namespace {

using namespace literals;

constexpr int kThreads = 16;

Task<> read_loop(Fabric& fabric, MessageTypeId type, NodeId self, int reads, RandomStream random) {
  const std::size_t servers = fabric.servers();
  for (int i = 0; i < reads; ++i) {
    const auto other = (self.value() + 1 + random.below(servers - 1)) % servers;
    co_await fabric.perform({.from = self,
                             .to = NodeId(static_cast<std::uint32_t>(other)),
                             .verb = Verb::read,
                             .type = type,
                             .payload = 512_B});
  }
}

NicProfile connectx3() {
  auto document = config::load(DSMSIM_SOURCE_DIR "/configs/nics/cx3-ib40.json", {}, {});
  return config::read<NicProfile>(document);
}

void remote_reads(benchmark::State& state) {
  const auto servers = static_cast<std::uint32_t>(state.range(0));
  const int each = static_cast<int>(1'000'000 / (servers * kThreads));
  const NicProfile nic = connectx3();
  for (auto _ : state) {
    Simulation simulation;
    const Topology topology = make_single_switch({{32_Gbps, 10_ns}, {170_ns, 0}}, servers);
    Fabric fabric(simulation, topology, nic, {});
    const MessageTypeId type = fabric.ledger().declare("READ", Verb::read, Purpose::fetch);
    for (std::uint32_t server = 0; server < servers; ++server) {
      for (int thread = 0; thread < kThreads; ++thread) {
        simulation.spawn(read_loop(fabric, type, NodeId(server), each,
                                   simulation.random("reads", server * kThreads + thread)));
      }
    }
    simulation.run();
  }
  state.SetItemsProcessed(state.iterations() * each * servers * kThreads);
}
BENCHMARK(remote_reads)->Arg(8)->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsmsim
