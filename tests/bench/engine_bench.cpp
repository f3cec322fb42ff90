// Whole engines: cached hits, and accesses that go to another server. Every thread of every server
// reads objects of 512 bytes; those that are remote were allocated elsewhere and are not cached,
// hits are read again and again.

#include <benchmark/benchmark.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "protocols/drust/engine.hpp"
#include "protocols/gam/engine.hpp"
#include "protocols/local/engine.hpp"
#include "sim/base/config.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {
namespace {

using namespace literals;

/// Options of configs/protocols, whose key "name" says whose they are.
template <class Options>
Options load_options(const std::string& protocol) {
  std::ifstream file(DSMSIM_SOURCE_DIR "/configs/protocols/" + protocol + ".json");
  auto json = nlohmann::ordered_json::parse(file);
  json.erase("name");
  auto document = config::parse(json.dump(), protocol);
  return config::read<Options>(document);
}

struct Shape {
  std::uint32_t servers;
  std::uint32_t threads;  ///< over all servers
  int objects;            ///< per thread
  int rounds;             ///< each reads all objects of the thread
};

/// Every thread reads the objects of a thread on the next server.
class Reads final : public Program {
 public:
  explicit Reads(Shape shape) : shape_(shape) {}

  Task<> main(Thread& thread) override {
    objects_.resize(shape_.threads);
    for (std::uint32_t i = 0; i < shape_.threads; ++i) {
      for (int k = 0; k < shape_.objects; ++k) {
        const NodeId home((i + 1) % shape_.servers);
        objects_[i].push_back(co_await thread.allocate(512_B, home));
      }
    }
    std::vector<ThreadId> started;
    for (std::uint32_t i = 0; i < shape_.threads; ++i) {
      started.push_back(thread.spawn(NodeId(i % shape_.servers),
                                     [this, i](Thread& worker) { return read(worker, i); }));
    }
    for (const ThreadId worker : started) {
      co_await thread.join(worker);
    }
  }

 private:
  Task<> read(Thread& thread, std::uint32_t worker) {
    for (int round = 0; round < shape_.rounds; ++round) {
      for (const ObjectId object : objects_[worker]) {
        co_await thread.read(object, 0_B, 8_B);
      }
    }
  }
  Shape shape_;
  std::vector<std::vector<ObjectId>> objects_;
};

using MakeEngine = std::function<std::unique_ptr<Engine>(EngineContext)>;

void run(benchmark::State& state, Shape shape, const MakeEngine& make) {
  auto document = config::load(DSMSIM_SOURCE_DIR "/configs/nics/cx3-ib40.json", {}, {});
  const auto nic = config::read<NicProfile>(document);
  ServerProfile server;
  server.cores = 64;
  server.memory_latency = 100_ns;
  server.memory_bandwidth = 80_Gbps;
  for (auto _ : state) {
    Simulation simulation;
    std::unique_ptr<Topology> topology;
    std::unique_ptr<Fabric> fabric;
    if (shape.servers > 1) {
      topology = std::make_unique<Topology>(
          make_single_switch({{32_Gbps, 10_ns}, {170_ns, 0}}, shape.servers));
      fabric = std::make_unique<Fabric>(simulation, *topology, nic, FabricOptions{});
    }
    Cluster cluster(simulation, shape.servers, server, std::move(fabric));
    ObjectTable objects;
    const std::unique_ptr<Engine> engine = make({cluster, objects});
    World world(cluster, objects, *engine);
    Reads program(shape);
    world.run(program);
  }
  state.SetItemsProcessed(state.iterations() * shape.threads * shape.objects * shape.rounds);
}

std::unique_ptr<Engine> drust(EngineContext context) {
  static const auto options = load_options<DrustOptions>("drust");
  return std::make_unique<DrustEngine>(context, options);
}

std::unique_ptr<Engine> gam(EngineContext context) {
  static const auto options = load_options<GamOptions>("gam");
  return std::make_unique<GamEngine>(context, options);
}

std::unique_ptr<Engine> local(EngineContext context) {
  static const auto options = load_options<LocalOptions>("local");
  return std::make_unique<LocalEngine>(context, options);
}

constexpr Shape kRemote{.servers = 8, .threads = 128, .objects = 4000, .rounds = 1};
constexpr Shape kCached{.servers = 2, .threads = 1, .objects = 16, .rounds = 400'000};
constexpr Shape kHome{.servers = 1, .threads = 1, .objects = 16, .rounds = 400'000};

void drust_remote_reads(benchmark::State& state) { run(state, kRemote, drust); }
BENCHMARK(drust_remote_reads)->Unit(benchmark::kMillisecond);
void gam_remote_reads(benchmark::State& state) { run(state, kRemote, gam); }
BENCHMARK(gam_remote_reads)->Unit(benchmark::kMillisecond);

void drust_cached_hits(benchmark::State& state) { run(state, kCached, drust); }
BENCHMARK(drust_cached_hits)->Unit(benchmark::kMillisecond);
void gam_cached_hits(benchmark::State& state) { run(state, kCached, gam); }
BENCHMARK(gam_cached_hits)->Unit(benchmark::kMillisecond);
void local_hits(benchmark::State& state) { run(state, kHome, local); }
BENCHMARK(local_hits)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsmsim
