// What counts as remote bytes, the denominator of the amplification metrics (docs/metrics.md).

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/dsm/world.hpp"

namespace dsmsim {
namespace {

using namespace literals;

/// Locks go to another server unless `lock_is_local`; everything else is answered at once.
class LockFetches final : public Engine {
 public:
  explicit LockFetches(Simulation& simulation) : simulation_(simulation) {}
  bool lock_is_local = false;

  MaybeDuration try_local(Thread&, Op& op) override {
    return op.kind == OpKind::lock && !lock_is_local ? std::nullopt : MaybeDuration(10_ns);
  }
  Task<> perform(Thread& thread, Op&) override {
    co_await simulation_.delay(2_us);
    thread.tally().charge(Category::wire, simulation_.now());
  }
  void report(nlohmann::ordered_json&) const override {}

 private:
  Simulation& simulation_;
};

class LockedReads final : public Program {
 public:
  Task<> main(Thread& thread) override {
    const ObjectId object = co_await thread.allocate(64_B);
    for (int i = 0; i < 2; ++i) {
      co_await thread.lock(object);
      co_await thread.read(object, 0_B, 40_B);
      co_await thread.read(object, 0_B, 40_B);
      co_await thread.write(object, 0_B, 8_B);
      co_await thread.unlock(object);
      co_await thread.read(object, 0_B, 40_B);
    }
  }
};

struct Run {
  explicit Run(bool lock_is_local) : cluster(simulation, 1, {}, nullptr), engine(simulation) {
    engine.lock_is_local = lock_is_local;
    world.run(program);
  }
  Simulation simulation;
  Cluster cluster;
  ObjectTable objects;
  LockFetches engine;
  World world{cluster, objects, engine};
  LockedReads program;
};

TEST_CASE("the first read and write after a remote lock count as remote, later ones do not") {
  Run run(false);
  CHECK(run.world.meter().remote_read() == 80_B);
  CHECK(run.world.meter().remote_written() == 16_B);
}

TEST_CASE("accesses after a local lock are local") {
  Run run(true);
  CHECK(run.world.meter().remote_read() == 0_B);
  CHECK(run.world.meter().remote_written() == 0_B);
}

}  // namespace
}  // namespace dsmsim
