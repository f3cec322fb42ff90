// Replay of a trace of plain loads and stores that hit, by pages.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <filesystem>

#include "tests/bench/engine_rig.hpp"
#include "workloads/trace/replay.hpp"

namespace dsmsim::bench {
namespace {

constexpr unsigned kReferences = 4'000'000;

/// A lackey trace of c[i] = a[i] + b[i], over and over, for arrays of 16 pages.
std::string make_trace() {
  constexpr unsigned kArray = 16 * 4096;
  const std::string path = std::filesystem::temp_directory_path() / "dsmsim-bench.lackey";
  std::FILE* const file = std::fopen(path.c_str(), "w");
  for (unsigned i = 0; i < kReferences; ++i) {
    const unsigned at = 0x4000000 + i % 3 * kArray + i / 3 * 8 % kArray;
    std::fprintf(file, " %s %08x,8\n", i % 3 == 2 ? "S" : "L", at);
  }
  std::fclose(file);
  return path;
}

void replay(benchmark::State& state, MakeEngine make) {
  TraceOptions options;
  options.file.path = make_trace();
  options.import.granularity = Bytes(4096);
  for (auto _ : state) {
    state.PauseTiming();
    TraceReplay program(options);
    state.ResumeTiming();
    run(program, 2, 16, make);
  }
  std::filesystem::remove(options.file.path);
  state.SetItemsProcessed(state.iterations() * kReferences);
}

void kona_replayed_hits(benchmark::State& state) { replay(state, kona); }
BENCHMARK(kona_replayed_hits)->Unit(benchmark::kMillisecond);
void legoos_replayed_hits(benchmark::State& state) { replay(state, legoos); }
BENCHMARK(legoos_replayed_hits)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsmsim::bench
