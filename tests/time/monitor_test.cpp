#include <catch2/catch.hpp>
#include <stdexcept>

#include "sim/time/simulation.hpp"

using namespace dsmsim::literals;
using dsmsim::Simulation;
using dsmsim::Task;

namespace {

Task<> wait_often(Simulation& simulation, int times) {
  for (int i = 0; i < times; ++i) {
    co_await simulation.delay(1_ns);
  }
}

}  // namespace

TEST_CASE("A monitor is asked although every delay of the only task is a shortcut") {
  Simulation simulation;
  int asked = 0;
  simulation.queue().set_monitor([&asked] { return ++asked < 1000; });
  simulation.spawn(wait_often(simulation, 1'000'000));
  simulation.run();
  CHECK(asked == 61);  // one million events, 16,384 at a time
  CHECK(simulation.live() == 0);
}

TEST_CASE("A monitor does not change the events that it watches") {
  const auto events = [](bool watched) {
    Simulation simulation;
    if (watched) {
      simulation.queue().set_monitor([] { return true; });
    }
    simulation.spawn(wait_often(simulation, 200'000));
    simulation.spawn(wait_often(simulation, 300'000));
    simulation.run();
    return std::pair(simulation.queue().processed(), simulation.now());
  };
  CHECK(events(true) == events(false));
}

TEST_CASE("What a monitor throws ends the run") {
  Simulation simulation;
  simulation.queue().set_monitor([]() -> bool { throw std::runtime_error("enough"); });
  simulation.spawn(wait_often(simulation, 1'000'000));
  CHECK_THROWS_WITH(simulation.run(), "enough");
  CHECK(simulation.now().since_start() < 100_us);
}
