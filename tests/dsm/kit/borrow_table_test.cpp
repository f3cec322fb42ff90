// Many readers or one writer, first come, first served.

#include "sim/dsm/kit/borrow_table.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "sim/time/simulation.hpp"

namespace dsmsim {
namespace {

using namespace literals;

const ObjectId kObject(0);

struct Scene {
  Simulation simulation;
  BorrowTable table{simulation.queue()};
  std::string log;
  Scene() { table.grow(1); }
  ~Scene() { simulation.abandon(); }

  Task<> use(char name, Duration start, BorrowMode mode, Duration duration) {
    co_await simulation.delay(start);
    auto turn = table.acquire(kObject, mode, ThreadId(static_cast<std::uint32_t>(name)));
    co_await turn;
    log += name;
    co_await simulation.delay(duration);
    log += static_cast<char>(std::tolower(name));
    table.release(kObject, mode);
  }
};

TEST_CASE("Readers share, a writer waits for all of them, and nobody overtakes it") {
  Scene scene;
  scene.simulation.spawn(scene.use('A', 0_ns, BorrowMode::shared, 10_ns));
  scene.simulation.spawn(scene.use('B', 1_ns, BorrowMode::shared, 12_ns));
  scene.simulation.spawn(scene.use('W', 2_ns, BorrowMode::exclusive, 5_ns));
  scene.simulation.spawn(scene.use('C', 3_ns, BorrowMode::shared, 5_ns));
  scene.simulation.spawn(scene.use('D', 4_ns, BorrowMode::shared, 6_ns));
  scene.simulation.run();
  CHECK(scene.log == "ABabWwCDcd");
  CHECK(scene.table.admits(kObject, BorrowMode::exclusive));
}

TEST_CASE("A reader that joins passes a waiting writer") {
  Scene scene;
  REQUIRE(scene.table.try_acquire(kObject, BorrowMode::shared));
  scene.simulation.spawn(scene.use('W', 0_ns, BorrowMode::exclusive, 1_ns));
  scene.simulation.run();
  CHECK_FALSE(scene.table.admits(kObject, BorrowMode::shared));
  scene.table.join(kObject);
  CHECK(scene.table.readers(kObject) == 2);
  std::vector<ThreadId> waiting;
  scene.table.for_each_wait([&](ThreadId thread, ObjectId) { waiting.push_back(thread); });
  CHECK(waiting == std::vector{ThreadId('W')});
  scene.table.release(kObject, BorrowMode::shared);
  scene.table.release(kObject, BorrowMode::shared);
  scene.simulation.run();
  CHECK(scene.log == "Ww");
}

}  // namespace
}  // namespace dsmsim
