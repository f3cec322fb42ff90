// Random programs on tiny caches with several objects a block: whatever happens, no write is lost,
// no thread sees a block go back in time, locks exclude, and in the end the protocol is at rest
// with all copies equal.

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

struct GamMix {
  std::uint32_t servers = 4;
  std::uint32_t threads = 2;  ///< a server
  std::uint32_t objects = 24;
  Bytes size = 64_B;  ///< eight objects share a block
  std::uint32_t operations = 600;
  double writes = 0.4;
  double locks = 0.2;
  bool shared_locks = true;
  double atomics = 0.1;
  double fences = 0.05;
};

class GamChaos final : public Program {
 public:
  GamChaos(const GamMix& mix, Simulation& simulation, GamEngine& engine)
      : mix_(mix), simulation_(simulation), engine_(engine) {}

  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < mix_.objects; ++i) {
      objects_.push_back(co_await thread.allocate(mix_.size, NodeId(i % 3 % mix_.servers)));
    }
    std::vector<ThreadId> threads;
    for (std::uint32_t i = 0; i < mix_.servers * mix_.threads; ++i) {
      threads.push_back(
          thread.spawn(NodeId(i % mix_.servers), [this](Thread& t) { return worker(t); }));
    }
    for (const ThreadId id : threads) {
      co_await thread.join(id);
    }
  }

  /// Every write that was issued is in the version of its block.
  void check_versions() const {
    for (const auto& [block, writes] : writes_) {
      INFO("block at " << block.offset().count() << " of server " << block.home().value());
      CHECK(latest(block) == writes);
    }
  }
  std::uint64_t failures() const { return failed_locks_; }

 private:
  std::uint64_t latest(gam::GlobalAddress block) const {
    const gam::Node& home = engine_.node(block.home());
    const gam::DirectoryEntry* const entry = home.directory().find(block);
    if (entry != nullptr && entry->state == gam::DirectoryState::dirty) {
      return engine_.node(entry->owner().server).cache().find(block)->version;
    }
    return home.memory().version(block);
  }
  gam::GlobalAddress block_of(ObjectId object) const {
    return engine_.address(object).block(512_B);
  }
  void wrote(ObjectId object) {
    const gam::GlobalAddress begin = engine_.address(object);
    for (auto block = begin.block(512_B); block < begin + mix_.size; block = block + 512_B) {
      ++writes_[block];
    }
  }

  Task<> worker(Thread& thread) {
    RandomStream random = simulation_.random("chaos", thread.id().value());
    std::map<gam::GlobalAddress, std::uint64_t> seen;
    for (std::uint32_t i = 0; i < mix_.operations; ++i) {
      const ObjectId object = objects_[random.below(objects_.size())];
      const double dice = random.uniform();
      if (dice < mix_.locks) {
        co_await critical_section(thread, object, random.below(4));
      } else if (dice < mix_.locks + mix_.fences) {
        co_await thread.fence();
      } else if (dice < mix_.locks + mix_.fences + mix_.atomics) {
        wrote_word(object, co_await thread.atomic_add(object, 0_B, 1));
      } else if (random.chance(mix_.writes)) {
        wrote(object);
        co_await thread.write(object, 0_B, mix_.size);
      } else {
        const std::uint64_t version = co_await thread.read(object, 0_B, mix_.size);
        if (mix_.size <= 512_B && (version & gam::kUngranted) == 0) {
          std::uint64_t& last = seen[block_of(object)];
          CHECK(version >= last);
          last = std::max(last, version);
        }
      }
      if (random.chance(0.3)) {
        co_await thread.compute(
            Duration::picoseconds(static_cast<std::int64_t>(random.below(3'000'000))));
      }
    }
  }
  void wrote_word(ObjectId object, std::uint64_t old) {
    ++writes_[block_of(object)];
    CHECK(counts_[object].insert(old).second);  // nobody else has counted from there
  }

  Task<> critical_section(Thread& thread, ObjectId object, std::uint64_t kind) {
    const bool shared = mix_.shared_locks && kind % 2 == 0;
    std::uint64_t taken = 1;
    if (kind < 2) {
      if (shared) {
        co_await thread.rlock(object);
      } else {
        co_await thread.lock(object);
      }
    } else if (shared) {
      taken = co_await thread.try_rlock(object);
    } else {
      taken = co_await thread.try_lock(object);
    }
    if (taken == 0) {
      ++failed_locks_;
      co_return;
    }
    int& inside = inside_[object];
    CHECK((shared ? inside >= 0 : inside == 0));
    inside += shared ? 1 : -1000;
    co_await thread.compute(300_ns);
    if (shared) {
      co_await thread.read(object, 0_B, mix_.size);
    } else {
      wrote(object);
      co_await thread.write(object, 0_B, mix_.size);
    }
    inside -= shared ? 1 : -1000;
    co_await thread.unlock(object);
  }

  GamMix mix_;
  Simulation& simulation_;
  GamEngine& engine_;
  std::vector<ObjectId> objects_;
  std::map<gam::GlobalAddress, std::uint64_t> writes_;
  std::map<ObjectId, std::set<std::uint64_t>> counts_;
  std::map<ObjectId, int> inside_;
  std::uint64_t failed_locks_ = 0;
};

void run_chaos(const GamMix& mix, GamOptions options, std::uint64_t seed) {
  INFO("seed " << seed);
  options.costs = some_costs();
  DutOptions cluster;
  cluster.seed = seed;
  Dut dut(
      mix.servers,
      [&](EngineContext context) { return std::make_unique<GamEngine>(context, options); },
      cluster);
  GamChaos chaos(mix, dut.simulation(), dut.engine<GamEngine>());
  REQUIRE_NOTHROW(dut.world().run(chaos));
  chaos.check_versions();
  CHECK(dut.breakdown_sums_to_latency());
}

TEST_CASE("GAM: random programs with false sharing lose no write, whatever is evicted") {
  GamOptions options;
  options.lru_lists = 2;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    options.cache = seed % 2 == 0 ? 1024_B : 64_KiB;
    run_chaos({}, options, seed);
  }
}

GamMix spanning_blocks() {
  GamMix mix;
  mix.objects = 8;
  mix.size = 1200_B;
  mix.atomics = 0;
  return mix;
}

TEST_CASE("GAM: random programs whose objects span blocks lose no write") {
  GamOptions options;
  options.cache = 4096_B;
  GamMix mix = spanning_blocks();
  mix.locks = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run_chaos(mix, options, seed);
  }
}

// Exclusive locks only, and no access without one: who reads under a shared lock can wait for a
// writer of another object in the block, which waits for another reader's lock, and so on in a
// circle. GAM promises no more, for locks are taken block by block and blocks are shared
// (section 5.1).
TEST_CASE("GAM: random programs that lock objects which span blocks get on, and lose no write") {
  GamOptions options;
  options.cache = 4096_B;
  GamMix mix = spanning_blocks();
  mix.locks = 1;
  mix.shared_locks = false;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run_chaos(mix, options, seed);
  }
}

TEST_CASE("GAM: random programs lose no write under total store order") {
  GamOptions options;
  options.cache = 1024_B;
  options.consistency = GamConsistency::tso;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run_chaos({}, options, seed);
  }
}

TEST_CASE("GAM as released loses no write in random programs that do not use locks") {
  GamOptions options;
  options.cache = 1024_B;
  GamMix mix;
  mix.locks = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run_chaos(mix, options, seed);
  }
}

}  // namespace
}  // namespace dsmsim::testing
