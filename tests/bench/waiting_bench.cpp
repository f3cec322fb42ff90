// What a thread that waits takes of the host's memory. Comes last: what it frees lies about.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "tests/bench/engine_rig.hpp"

namespace dsmsim::bench {
namespace {

using namespace literals;

/// Every thread waits for an object of the other server; what that takes is noted when all do.
class Waiters final : public Program {
 public:
  explicit Waiters(std::uint32_t threads) : threads_(threads) {}

  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < threads_; ++i) {
      objects_.push_back(co_await thread.allocate(64_B, NodeId(i % 2)));
    }
    std::vector<ThreadId> started;
    started.reserve(threads_);
    const std::size_t before = mallinfo2().uordblks;
    for (std::uint32_t i = 0; i < threads_; ++i) {
      started.push_back(
          thread.spawn(NodeId((i + 1) % 2), [this, i](Thread& worker) { return read(worker, i); }));
    }
    co_await thread.compute(1_us);
    bytes_each_ = static_cast<double>(mallinfo2().uordblks - before) / threads_;
    for (const ThreadId worker : started) {
      co_await thread.join(worker);
    }
  }
  double bytes_each() const { return bytes_each_; }

 private:
  Task<> read(Thread& thread, std::uint32_t worker) {
    co_await thread.read(objects_[worker], 0_B, 8_B);
  }
  std::uint32_t threads_;
  std::vector<ObjectId> objects_;
  double bytes_each_ = 0;
};

void wait(benchmark::State& state, MakeEngine make) {
  const auto threads = static_cast<std::uint32_t>(state.range(0));
  double bytes_each = 0;
  for (auto _ : state) {
    Waiters program(threads);
    run(program, 2, threads, make);
    bytes_each = program.bytes_each();
  }
  state.counters["bytes_each"] = bytes_each;
}

void drust_waiting_threads(benchmark::State& state) { wait(state, drust); }
BENCHMARK(drust_waiting_threads)->Arg(100'000)->Iterations(1)->Unit(benchmark::kMillisecond);
void gam_waiting_threads(benchmark::State& state) { wait(state, gam); }
BENCHMARK(gam_waiting_threads)->Arg(100'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsmsim::bench
