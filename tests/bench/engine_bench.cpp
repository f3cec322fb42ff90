// Whole engines: cached hits, and accesses that go to another server. Every thread of every server
// reads objects of 512 bytes; those that are remote were allocated elsewhere and are not cached,
// hits are read again and again.

#include <benchmark/benchmark.h>

#include "tests/bench/engine_rig.hpp"
#include "workloads/gups/gups.hpp"

namespace dsmsim::bench {
namespace {

using namespace literals;

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

void read(benchmark::State& state, Shape shape, MakeEngine make) {
  for (auto _ : state) {
    Reads program(shape);
    run(program, shape.servers, 64, make);
  }
  state.SetItemsProcessed(state.iterations() * shape.threads * shape.objects * shape.rounds);
}

constexpr Shape kRemote{.servers = 8, .threads = 128, .objects = 4000, .rounds = 1};
constexpr Shape kCached{.servers = 2, .threads = 1, .objects = 16, .rounds = 400'000};
constexpr Shape kHome{.servers = 1, .threads = 1, .objects = 16, .rounds = 400'000};

void drust_remote_reads(benchmark::State& state) { read(state, kRemote, drust); }
BENCHMARK(drust_remote_reads)->Unit(benchmark::kMillisecond);
void gam_remote_reads(benchmark::State& state) { read(state, kRemote, gam); }
BENCHMARK(gam_remote_reads)->Unit(benchmark::kMillisecond);
void ivy_remote_reads(benchmark::State& state) { read(state, kRemote, ivy); }
BENCHMARK(ivy_remote_reads)->Unit(benchmark::kMillisecond);

void drust_cached_hits(benchmark::State& state) { read(state, kCached, drust); }
BENCHMARK(drust_cached_hits)->Unit(benchmark::kMillisecond);
void gam_cached_hits(benchmark::State& state) { read(state, kCached, gam); }
BENCHMARK(gam_cached_hits)->Unit(benchmark::kMillisecond);
void ivy_cached_hits(benchmark::State& state) { read(state, kCached, ivy); }
BENCHMARK(ivy_cached_hits)->Unit(benchmark::kMillisecond);
void kona_cached_hits(benchmark::State& state) { read(state, kCached, kona); }
BENCHMARK(kona_cached_hits)->Unit(benchmark::kMillisecond);
void kona_cpu_cache_hits(benchmark::State& state) { read(state, kCached, kona_with_cpu_caches); }
BENCHMARK(kona_cpu_cache_hits)->Unit(benchmark::kMillisecond);
void local_hits(benchmark::State& state) { read(state, kHome, local); }
BENCHMARK(local_hits)->Unit(benchmark::kMillisecond);

// Grappa lives of concurrency: random updates by 256 tasks on each of 32 cores. Its goal is a
// million delegations a second.
void grappa_delegations(benchmark::State& state) {
  constexpr std::uint64_t kUpdates = 256;
  constexpr std::uint32_t kServers = 4;
  constexpr std::uint32_t kTasks = 512;
  for (auto _ : state) {
    GupsOptions options;
    options.threads_per_server = kTasks;
    options.updates = kUpdates;
    options.words = 1 << 18;
    Gups program(options);
    run(program, kServers, kTasks, grappa);
  }
  state.SetItemsProcessed(
      static_cast<std::int64_t>(state.iterations() * kServers * kTasks * kUpdates));
}
BENCHMARK(grappa_delegations)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsmsim::bench
