// Accesses that hit, many at once (sim/dsm/boundary/hit_run.hpp), against the same awaited one by
// one.

#include <catch2/catch.hpp>

#include "sim/dsm/boundary/hit_run.hpp"
#include "tests/protocols/ivy/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

/// Reads and writes pages of which some have to be fetched, beside a thread that does the same.
class PageWalk final : public Program {
 public:
  explicit PageWalk(bool in_runs) : in_runs_(in_runs) {}

  Task<> main(Thread& thread) override {
    read_ = thread.world().meter().define("walk_read");
    write_ = thread.world().meter().define("walk_write");
    for (std::uint32_t i = 0; i < 8; ++i) {
      objects_.push_back(co_await thread.allocate(512_B, NodeId(i % 2)));
    }
    const ThreadId other = thread.spawn(NodeId(1), [this](Thread& t) { return walk(t); });
    co_await walk(thread);
    co_await thread.join(other);
  }
  std::size_t in_runs() const { return hits_; }

 private:
  Task<> walk(Thread& thread) {
    RandomStream random(7, "walk", thread.node().value());
    std::vector<PlainAccess> accesses;
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t page = random.below(20) == 0 ? random.below(8) : thread.node().value();
      accesses.push_back({.object = objects_[page],
                          .offset = static_cast<std::uint32_t>(8 * random.below(56)),
                          .length = random.chance(0.1) ? 64U : 8U,
                          .before = 1_ns * static_cast<std::int64_t>(random.below(3)),
                          .writes = random.chance(0.3)});
    }
    const std::span<const PlainAccess> all(accesses);
    for (std::size_t done = 0; done < all.size();) {
      const std::size_t hits = in_runs_ ? thread.run_hits(all.subspan(done), read_, write_) : 0;
      hits_ += hits;
      done += hits;
      if (done < all.size()) {
        co_await perform(thread, all[done++]);
      }
    }
  }
  Task<> perform(Thread& thread, PlainAccess access) {
    co_await thread.compute(access.before);
    const Time start = thread.now();
    if (access.writes) {
      co_await thread.write(access.object, Bytes(access.offset), Bytes(access.length));
    } else {
      co_await thread.read(access.object, Bytes(access.offset), Bytes(access.length));
    }
    thread.count_operation(access.writes ? write_ : read_, start);
  }

  bool in_runs_;
  KindId read_;
  KindId write_;
  std::vector<ObjectId> objects_;
  std::size_t hits_ = 0;
};

struct MeasuredWalk {
  Time end;
  std::uint64_t events;
  std::vector<std::pair<std::uint64_t, std::int64_t>> kinds;  ///< count and sum of latencies
  bool operator==(const MeasuredWalk&) const = default;
};

MeasuredWalk measure(PageWalk& walk, bool shortcuts) {
  IvyOptions options = small_ivy(2);
  options.costs.fault = 1_us;
  options.costs.service = 800_ns;
  Dut dut(2, [&](EngineContext context) { return std::make_unique<IvyEngine>(context, options); });
  dut.simulation().queue().set_shortcuts(shortcuts);
  dut.world().run(walk);
  MeasuredWalk measured{dut.world().end(), dut.simulation().queue().processed(), {}};
  for (const KindMeter& kind : dut.world().meter().kinds()) {
    measured.kinds.emplace_back(kind.latency.count(),
                                static_cast<std::int64_t>(kind.latency.sum()));
  }
  return measured;
}

TEST_CASE("Hits in runs cost what they cost one by one, to the last event") {
  PageWalk one_by_one(false);
  PageWalk in_runs(true);
  PageWalk without_shortcuts(true);
  const MeasuredWalk expected = measure(one_by_one, true);
  CHECK(measure(in_runs, true) == expected);
  CHECK(in_runs.in_runs() > 1000);
  CHECK(measure(without_shortcuts, false) == expected);
  CHECK(without_shortcuts.in_runs() == 0);
}

}  // namespace
}  // namespace dsmsim::testing
