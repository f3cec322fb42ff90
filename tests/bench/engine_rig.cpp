#include "tests/bench/engine_rig.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "protocols/drust/engine.hpp"
#include "protocols/gam/engine.hpp"
#include "protocols/grappa/engine.hpp"
#include "protocols/ivy/engine.hpp"
#include "protocols/kona/engine.hpp"
#include "protocols/legoos/engine.hpp"
#include "protocols/local/engine.hpp"
#include "sim/base/config.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim::bench {

using namespace literals;

namespace {

/// Options of configs/protocols, whose key "name" says whose they are.
template <class Options>
Options load_options(const std::string& protocol) {
  std::ifstream file(DSMSIM_SOURCE_DIR "/configs/protocols/" + protocol + ".json");
  auto json = nlohmann::ordered_json::parse(file);
  json.erase("name");
  auto document = config::parse(json.dump(), protocol);
  return config::read<Options>(document);
}

}  // namespace

std::unique_ptr<Engine> drust(EngineContext context) {
  static const auto options = load_options<DrustOptions>("drust");
  return std::make_unique<DrustEngine>(context, options);
}

std::unique_ptr<Engine> gam(EngineContext context) {
  static const auto options = load_options<GamOptions>("gam");
  return std::make_unique<GamEngine>(context, options);
}

std::unique_ptr<Engine> ivy(EngineContext context) {
  static const auto options = load_options<IvyOptions>("ivy");
  return std::make_unique<IvyEngine>(context, options);
}

/// Eight processes a server: hundreds of tasks on each.
std::unique_ptr<Engine> grappa(EngineContext context) {
  static const auto options = [] {
    auto grappa = load_options<GrappaOptions>("grappa");
    grappa.processes_per_server = 8;
    return grappa;
  }();
  return std::make_unique<GrappaEngine>(context, options);
}

std::unique_ptr<Engine> kona(EngineContext context) {
  static const auto options = load_options<KonaOptions>("kona");
  return std::make_unique<KonaEngine>(context, options);
}

std::unique_ptr<Engine> kona_with_cpu_caches(EngineContext context) {
  static const auto options = [] {
    auto cached = load_options<KonaOptions>("kona");
    cached.cpu_caches.emplace();
    return cached;
  }();
  return std::make_unique<KonaEngine>(context, options);
}

std::unique_ptr<Engine> legoos(EngineContext context) {
  static const auto options = load_options<LegoosOptions>("legoos");
  return std::make_unique<LegoosEngine>(context, options);
}

std::unique_ptr<Engine> local(EngineContext context) {
  static const auto options = load_options<LocalOptions>("local");
  return std::make_unique<LocalEngine>(context, options);
}

void run(Program& program, std::uint32_t servers, std::uint32_t cores, MakeEngine make) {
  static const auto nic = [] {
    auto document = config::load(DSMSIM_SOURCE_DIR "/configs/nics/cx3-ib40.json", {}, {});
    return config::read<NicProfile>(document);
  }();
  ServerProfile server;
  server.cores = cores;
  server.memory_latency = 100_ns;
  server.memory_bandwidth = 80_Gbps;
  Simulation simulation;
  std::unique_ptr<Topology> topology;
  std::unique_ptr<Fabric> fabric;
  if (servers > 1) {
    topology =
        std::make_unique<Topology>(make_single_switch({{32_Gbps, 10_ns}, {170_ns, 0}}, servers));
    fabric = std::make_unique<Fabric>(simulation, *topology, nic, FabricOptions{});
  }
  Cluster cluster(simulation, servers, server, std::move(fabric));
  ObjectTable objects;
  const std::unique_ptr<Engine> engine = make({cluster, objects});
  World world(cluster, objects, *engine);
  world.run(program);
}

}  // namespace dsmsim::bench
