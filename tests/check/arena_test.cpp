#include "sim/check/arena.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/time/simulation.hpp"

namespace dsmsim::testing {
using namespace dsmsim::literals;
namespace {

TEST_CASE("An arena puts containers back, and strings that the standard library grows") {
  Arena arena;
  std::map<int, std::string>* map = nullptr;
  {
    const Arena::Use use(arena);
    map = new std::map<int, std::string>{{1, std::string(100, 'a')}};
  }
  Arena::Snapshot first;
  arena.save(first);
  {
    const Arena::Use use(arena);
    (*map)[1].append(1000, 'b');
    (*map)[2].assign(5000, 'c');
  }
  Arena::Snapshot second;
  arena.save(second);
  {
    const Arena::Use use(arena);
    map->clear();
    for (int i = 0; i < 100; ++i) {
      (*map)[i] = std::string(60, 'd');
    }
  }
  arena.restore(second);
  CHECK((*map)[1] == std::string(100, 'a') + std::string(1000, 'b'));
  CHECK((*map)[2] == std::string(5000, 'c'));
  arena.restore(first);
  CHECK(map->size() == 1);
  CHECK(map->at(1) == std::string(100, 'a'));
  arena.restore(second);  // later than the one that was restored before
  CHECK(map->at(2).size() == 5000);
}

Task<> count(Simulation& simulation, int& steps) {
  for (;;) {
    co_await simulation.delay(1_ns);
    ++steps;
  }
}

void go_on(Simulation& simulation) {
  simulation.run_due(simulation.now());
  for (int i = 0; i < 10; ++i) {
    simulation.run_early(0);
  }
}

TEST_CASE("An arena puts coroutines back into the middle of their work") {
  Arena arena;
  Simulation* simulation = nullptr;
  int* steps = nullptr;
  {
    const Arena::Use use(arena);
    simulation = new Simulation;
    simulation->queue().set_shortcuts(false);
    steps = new int(0);
    simulation->spawn(count(*simulation, *steps));
    go_on(*simulation);
  }
  const int before = *steps;
  Arena::Snapshot snapshot;
  arena.save(snapshot);
  for (int round = 0; round < 2; ++round) {
    arena.restore(snapshot);
    CHECK(*steps == before);
    const Arena::Use use(arena);
    go_on(*simulation);
    CHECK(*steps == before + 10);
  }
}

struct alignas(64) Line {
  char bytes[64];
};

TEST_CASE("An arena gives aligned memory, and takes back what is deleted outside of its use") {
  Arena arena;
  std::unique_ptr<Line> line;
  std::unique_ptr<std::vector<int>> numbers;
  {
    const Arena::Use use(arena);
    line = std::make_unique<Line>();
    numbers = std::make_unique<std::vector<int>>(100, 7);
  }
  CHECK(reinterpret_cast<std::uintptr_t>(line.get()) % 64 == 0);
  const int* const block = numbers->data();
  numbers.reset();
  line.reset();
  const Arena::Use use(arena);
  numbers = std::make_unique<std::vector<int>>(100, 8);
  CHECK(numbers->data() == block);
  numbers.reset();
}

TEST_CASE("What fails in an arena is told outside of it") {
  Arena arena;
  std::string told;
  try {
    const Arena::Use use(arena);
    throw std::runtime_error(std::string(200, 'x'));
  } catch (const std::runtime_error& error) {
    told = error.what();
  }
  CHECK(told == std::string(200, 'x'));
}

TEST_CASE("There is one arena at a time") {
  auto first = std::make_unique<Arena>();
  CHECK_THROWS_AS(Arena(), std::logic_error);
  first.reset();
  CHECK_NOTHROW(Arena());
}

}  // namespace
}  // namespace dsmsim::testing
