// Any text as the file of a network, {"servers": 4, "topology": ...}: read strictly, built for that
// many servers, asked for routes. Files of configs/topologies may be named. A network that was
// built must have a way between any two servers.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/fabric/topology_config.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace dsmsim {

struct NetworkFile {
  std::uint32_t servers = 2;
  config::Tagged topology;
};

void describe(config::Fields& f, NetworkFile& file) {
  f.optional("servers", file.servers, "how many", config::range(2U, 4096U));
  f.tagged("topology", file.topology, topology_kinds(), "the network between them");
}

namespace {

void check_route(const Topology& network, NodeId from, NodeId to) {
  for (const std::uint64_t flow : {0, 1}) {
    const Route route = network.route(from, to, flow);
    fuzz::expect(!route.empty(), "no way between two servers");
    fuzz::expect(network.latency(route) >= Duration(), "a way of negative latency");
    fuzz::expect(network.bottleneck(route) > Rate(), "a way without a rate");
  }
}

void check(const Topology& network) {
  constexpr std::uint32_t most = 8;  // each may take a search of the whole network
  const auto servers = static_cast<std::uint32_t>(network.servers());
  for (std::uint32_t to = 1; to < std::min(servers, most); ++to) {
    check_route(network, NodeId(0), NodeId(to));
    check_route(network, NodeId(servers - 1), NodeId(to - 1));
  }
}

}  // namespace
}  // namespace dsmsim

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dsmsim;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz::is_refused([&] {
    config::Document document =
        config::parse(text, "network.json", {}, {DSMSIM_SOURCE_DIR "/configs"});
    const auto file = config::read<NetworkFile>(document);
    check(make_topology(file.topology, file.servers));
  });
  return 0;
}
