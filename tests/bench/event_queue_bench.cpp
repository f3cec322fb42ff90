// The clock: raw events, nested coroutines, and delays that need no event.

#include <benchmark/benchmark.h>

#include "sim/time/sync.hpp"

namespace dsmsim {
namespace {

/// An event that schedules itself again at a pseudo-random distance until its turns are over.
struct Ticker {
  EventQueue& queue;
  std::uint64_t state;
  std::uint64_t turns;

  static void fire(void* argument) {
    auto& t = *static_cast<Ticker*>(argument);
    t.state ^= t.state << 13;
    t.state ^= t.state >> 7;
    t.state ^= t.state << 17;
    if (t.turns-- > 0) {
      const auto distance = static_cast<std::int64_t>(1000 + t.state % 1'000'000);
      t.queue.schedule(t.queue.now() + Duration::picoseconds(distance), &Ticker::fire, &t);
    }
  }
};

void events(benchmark::State& state) {
  const auto pending = static_cast<std::size_t>(state.range(0));
  std::uint64_t count = 0;
  for (auto _ : state) {
    EventQueue queue;
    std::vector<Ticker> tickers;
    for (std::size_t i = 0; i < pending; ++i) {
      tickers.push_back({queue, (i + 1) * 88172645463325252ULL, 4'000'000 / pending});
    }
    for (Ticker& ticker : tickers) {
      queue.schedule(Time(), &Ticker::fire, &ticker);
    }
    queue.run();
    count += queue.processed();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(count));
}
BENCHMARK(events)->Arg(64)->Arg(4096)->Arg(65536)->Unit(benchmark::kMillisecond);

Task<> nest(Simulation& simulation, int depth) {
  if (depth == 0) {
    co_await simulation.delay(Duration::picoseconds(1000));
  } else {
    co_await nest(simulation, depth - 1);
  }
}

Task<> call_nested(Simulation& simulation, int calls) {
  for (int i = 0; i < calls; ++i) {
    co_await nest(simulation, 3);
  }
}

/// Calls of a task four coroutines deep that waits once, from 64 tasks side by side.
void nested_coroutines(benchmark::State& state) {
  constexpr int kTasks = 64;
  constexpr int kCalls = 20'000;
  for (auto _ : state) {
    Simulation simulation;
    for (int i = 0; i < kTasks; ++i) {
      simulation.spawn(call_nested(simulation, kCalls));
    }
    simulation.run();
  }
  state.SetItemsProcessed(state.iterations() * kTasks * kCalls);
}
BENCHMARK(nested_coroutines)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsmsim
