// Arc: what its operations send under two engines, and that its count is right wherever its
// handles end.

#include "sim/dsm/library/arc.hpp"
#include "tests/protocols/library_fixture.hpp"

namespace dsmsim::testing {
namespace {

using library::Arc;
using library::ArcCount;
using Steps = std::vector<std::string>;

/// Everything that can be done with an Arc, by a thread that may be away from the object.
Task<> use_arc(Thread& t, LibraryBed& bed, ArcCount count, NodeId home, Steps& steps) {
  Arc arc = co_await Arc::make(t, 64_B, count, home);
  steps.push_back(co_await bed.after_step(t));
  Arc other = co_await arc.clone(t);
  steps.push_back(co_await bed.after_step(t));
  co_await other.read(t, 0_B, 8_B);
  steps.push_back(co_await bed.after_step(t));
  co_await other.read(t, 56_B, 8_B);
  co_await arc.read(t, 0_B, 64_B);
  steps.push_back(co_await bed.after_step(t));
  const bool last = co_await other.drop(t);
  CHECK_FALSE(last);
  steps.push_back(co_await bed.after_step(t));
  const bool gone = co_await arc.drop(t);
  CHECK(gone);
  steps.push_back(co_await bed.after_step(t));
}

Steps steps_of(const Dut::MakeEngine& engine, ArcCount count, NodeId home) {
  LibraryBed bed(engine);
  Steps steps;
  bed.run(1, [&](Thread& t) { return use_arc(t, bed, count, home, steps); });
  bed.dut.finish();
  return steps;
}

TEST_CASE("An Arc at home sends nothing: make, clone, read, read again, drop, last drop") {
  for (const ArcCount count : {ArcCount::inside, ArcCount::apart}) {
    CHECK(steps_of(drust_engine(), count, NodeId()) == Steps(6));
    CHECK(steps_of(gam_engine(), count, NodeId()) == Steps(6));
  }
}

TEST_CASE("Under DRust a count that is away is an atomic for each clone and drop") {
  CHECK(steps_of(drust_engine(), ArcCount::inside, NodeId(0)) ==
        Steps{"allocate 1, allocated 1", "atomic_add 1", "copy 1", "", "atomic_add 1",
              "atomic_add 1, deallocate 1"});
  DrustOptions options = drust_options();
  options.atomics = DrustAtomics::message;
  CHECK(steps_of(drust_engine(options), ArcCount::inside, NodeId(0)) ==
        Steps{"allocate 1, allocated 1", "atomic_reply 1, atomic_request 1", "copy 1", "",
              "atomic_reply 1, atomic_request 1",
              "atomic_reply 1, atomic_request 1, deallocate 1"});
}

TEST_CASE("A count apart stays with its maker, wherever the object is") {
  CHECK(steps_of(drust_engine(), ArcCount::apart, NodeId(0)) ==
        Steps{"allocate 1, allocated 1", "", "copy 1", "", "", "deallocate 1"});
}

TEST_CASE("Under GAM the same Arc costs what its atomics and reads cost") {
  CHECK(steps_of(gam_engine(), ArcCount::inside, NodeId(0)) ==
        Steps{"MALLOC 1, MALLOC_REPLY 1", "GRANT_DATA 1, WRITE 1, WRITE_REPLY 1", "", "", "",
              "FREE 1"});  // the clone has brought the block
  CHECK(steps_of(gam_engine(), ArcCount::apart, NodeId(0)) ==
        Steps{"MALLOC 1, MALLOC_REPLY 1", "", "DATA_REPLY 1, READ 1", "", "", "FREE 1"});
}

/// Clones for threads that go elsewhere in between; the object must go with the last handle.
class ArcTourists final : public Program {
 public:
  explicit ArcTourists(ArcCount count) : count_(count) {}
  Task<> main(Thread& t) override {
    Arc arc = co_await Arc::make(t, 64_B, count_);
    co_await arc.write(t, 0_B, 64_B);
    std::vector<ThreadId> threads;
    for (std::uint32_t i = 0; i < 6; ++i) {
      const Arc clone = co_await arc.clone(t);
      threads.push_back(
          t.spawn(NodeId(i % 3), [this, clone, i](Thread& w) { return travel(w, clone, i); }));
    }
    const bool last = co_await arc.drop(t);
    ends_ += last ? 1 : 0;
    for (const ThreadId thread : threads) {
      co_await t.join(thread);
    }
  }
  int ends() const { return ends_; }

 private:
  Task<> travel(Thread& t, Arc arc, std::uint32_t i) {
    for (std::uint32_t step = 0; step < 3; ++step) {
      co_await arc.read(t, 0_B, 64_B);
      Arc clone = co_await arc.clone(t);
      t.ask_to_move(NodeId((i + step) % 3));
      co_await clone.read(t, 0_B, 64_B);
      const bool last_clone = co_await clone.drop(t);
      ends_ += last_clone ? 1 : 0;
    }
    t.ask_to_move(NodeId((i + 1) % 3));
    const bool last = co_await arc.drop(t);
    ends_ += last ? 1 : 0;
  }
  ArcCount count_;
  int ends_ = 0;
};

TEST_CASE("An Arc goes once, with its last handle, when threads with handles move") {
  for (const ArcCount count : {ArcCount::inside, ArcCount::apart}) {
    DrustDut dut(3);
    ArcTourists program(count);
    dut.world().run(program);
    CHECK(program.ends() == 1);
    CHECK(dut.drust.counters().migrations > 0);
    CHECK(dut.drust.counters().stale_reads == 0);
    for (std::uint32_t server = 0; server < 3; ++server) {
      CHECK(dut.drust.heap().used(NodeId(server)) == 0_B);
    }
  }
}

}  // namespace
}  // namespace dsmsim::testing
