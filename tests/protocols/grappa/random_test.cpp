// Random programs on Grappa: whatever happens, the checker is content, every invariant holds in
// between, and the runtime is at rest in the end.

#include <catch2/catch.hpp>

#include "sim/check/checker.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/grappa/fixture.hpp"

namespace dsmsim::testing {
namespace {

struct GrappaMix {
  std::uint32_t objects = 12;
  Bytes size = 8_B;
  int operations = 60;
  double locks = 0.3;
};

class GrappaChaos final : public Program {
 public:
  explicit GrappaChaos(GrappaMix mix) : mix_(mix) {}

  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < mix_.objects; ++i) {
      objects_.push_back(co_await thread.allocate(mix_.size));
      words_.push_back(co_await thread.allocate(8_B));
    }
    const auto servers = static_cast<std::uint32_t>(thread.world().cluster().servers());
    std::vector<ThreadId> tasks;
    for (std::uint32_t i = 0; i < servers * kTasks; ++i) {
      tasks.push_back(thread.spawn(NodeId(i % servers), [this](Thread& t) { return work(t); }));
    }
    for (const ThreadId task : tasks) {
      co_await thread.join(task);
    }
    for (const ObjectId word : words_) {
      sum_ += co_await thread.atomic_add(word, 0_B, 0);
    }
  }
  bool kept_all_additions() const { return sum_ == added_; }

 private:
  static constexpr std::uint32_t kTasks = 3;

  Task<> work(Thread& thread) {
    RandomStream random = thread.world().simulation().random("chaos", thread.id().value());
    for (int i = 0; i < mix_.operations; ++i) {
      const std::size_t which = random.below(objects_.size());
      const ObjectId object = objects_[which];
      if (random.chance(mix_.locks)) {
        Task<> section = locked(thread, object, random.below(4));
        co_await section;
      } else if (random.chance(0.2)) {
        ++added_;
        co_await thread.atomic_add(words_[which], 0_B, 1);
      } else if (random.chance(0.1)) {
        co_await thread.fence();
      } else if (random.chance(0.1)) {
        const ObjectId own = co_await thread.allocate(Bytes(1 + random.below(300)));
        co_await thread.write(own, 0_B, Bytes(1));
        co_await thread.release(own);
      } else if (random.chance(0.5)) {
        co_await thread.write(object, 0_B, mix_.size);
      } else {
        co_await thread.read(object, 0_B, mix_.size);
      }
    }
  }

  Task<> locked(Thread& thread, ObjectId object, std::uint64_t kind) {
    std::uint64_t taken = 1;
    if (kind == 0) {
      co_await thread.lock(object);
    } else if (kind == 1) {
      co_await thread.rlock(object);
    } else if (kind == 2) {
      taken = co_await thread.try_lock(object);
    } else {
      taken = co_await thread.try_rlock(object);
    }
    if (taken == 0) {
      co_return;
    }
    co_await thread.read(object, 0_B, mix_.size);
    if (kind % 2 == 0) {
      co_await thread.write(object, 0_B, mix_.size);
    }
    co_await thread.unlock(object);
  }

  GrappaMix mix_;
  std::vector<ObjectId> objects_;
  std::vector<ObjectId> words_;
  std::uint64_t added_ = 0;
  std::uint64_t sum_ = 0;
};

/// The engine's report of a checked run.
std::string run_chaos(const GrappaMix& mix, GrappaOptions options, std::uint64_t seed) {
  INFO("seed " << seed);
  const EventQueue clock;  // of reports, which nobody reads
  Checker checker(clock);
  DutOptions cluster;
  cluster.seed = seed;
  cluster.witness = &checker;
  options.costs = grappa_costs();
  Dut dut(
      3, [&](EngineContext context) { return std::make_unique<GrappaEngine>(context, options); },
      cluster);
  const Inspection& inspection = *dut.engine<GrappaEngine>().inspection();
  checker.set_model(inspection.claimed_model());
  GrappaChaos chaos(mix);
  dut.world().run(chaos);
  inspection.check_always();
  CHECK(chaos.kept_all_additions());
  CHECK(dut.breakdown_sums_to_latency());
  const nlohmann::ordered_json counters = report_of(dut.engine<GrappaEngine>());
  return counters.dump() + to_string(dut.simulation().now());
}

TEST_CASE("Grappa: random programs are sequentially consistent, on one core a server or several") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    GrappaOptions options;
    options.processes_per_server = static_cast<std::uint32_t>(seed);
    options.align_objects = seed % 2 == 0;
    options.packet = seed == 3 ? 256_B : 512_KiB;
    options.aggregation = seed != 4;
    run_chaos({}, options, seed);
  }
}

TEST_CASE("Grappa: random programs with asynchronous writes keep partial store order") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    GrappaOptions options;
    options.processes_per_server = static_cast<std::uint32_t>(seed);
    options.writes = GrappaWrites::asynchronous;
    options.flush = seed % 2 == 0 ? GrappaFlush::timeout_size : GrappaFlush::timeout;
    options.flush_size = 128_B;
    run_chaos({}, options, seed);
  }
}

TEST_CASE("Grappa: random programs whose objects span blocks lose nothing") {
  GrappaOptions options;
  options.processes_per_server = 2;
  GrappaMix mix;
  mix.size = 300_B;
  run_chaos(mix, options, 1);
  options.writes = GrappaWrites::asynchronous;
  run_chaos(mix, options, 2);
}

TEST_CASE("Grappa: two runs of the same seed are the same, and of another are not") {
  GrappaOptions options;
  options.processes_per_server = 2;
  CHECK(run_chaos({}, options, 1) == run_chaos({}, options, 1));
  CHECK(run_chaos({}, options, 1) != run_chaos({}, options, 2));
}

}  // namespace
}  // namespace dsmsim::testing
