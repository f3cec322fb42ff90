// Condition variables, barriers and scopes: what they send under two engines, whom they wake, and
// that a thread which waits in vain ends the run.

#include "sim/base/error.hpp"
#include "sim/dsm/library/barrier.hpp"
#include "sim/dsm/library/condition.hpp"
#include "sim/dsm/library/scope.hpp"
#include "tests/protocols/library_fixture.hpp"

namespace dsmsim::testing {
namespace {

using library::Condition;
using library::Patience;
using library::Scope;
using Steps = std::vector<std::string>;

// ---- condition variables

struct ConditionStage {
  explicit ConditionStage(const Dut::MakeEngine& engine, DutOptions setup = {},
                          Patience patience = {})
      : bed(engine, std::move(setup)) {
    bed.run(0, [this, patience](Thread& t) { return prepare(t, patience); });
    bed.dut.forget();
  }
  Task<> prepare(Thread& t, Patience patience) {
    mutex = co_await t.allocate(40_B, NodeId(), true);
    condition.emplace(co_await Condition::make(t, NodeId(), patience));
  }
  Task<> wait(Thread& t, int number) {
    co_await t.lock(mutex);
    co_await condition->wait(t, mutex);
    woken.push_back(number);
    co_await t.unlock(mutex);
  }
  Task<> notify(Thread& t, Duration after, bool all, int times = 1) {
    co_await t.compute(after);
    for (int i = 0; i < times; ++i) {
      if (all) {
        co_await condition->notify_all(t);
      } else {
        co_await condition->notify_one(t);
      }
      co_await t.compute(100_us);
    }
  }
  Task<> wait_later(Thread& t, int number) {
    co_await t.compute(10_us * number);
    co_await wait(t, number);
  }
  Task<> check_two_then_wake_all(Thread& t) {
    co_await t.compute(450_us);
    CHECK(woken == std::vector<int>{0, 1});
    co_await condition->notify_all(t);
  }
  LibraryBed bed;
  ObjectId mutex;
  std::optional<Condition> condition;
  std::vector<int> woken;
};

TEST_CASE(
    "A waiter takes a number, unlocks, looks, and locks again, and who notifies it swaps twice") {
  ConditionStage stage(drust_engine());
  stage.bed.start(1, [&](Thread& t) { return stage.wait(t, 1); });
  stage.bed.run(2, [&](Thread& t) { return stage.notify(t, 20_us, false); });
  CHECK(stage.woken == std::vector<int>{1});
  // The number, and five looks in 25 us.
  CHECK(stage.bed.sent() == "atomic_add 6, atomic_cas 2, lock 2, unlock 2");
  stage.bed.dut.finish();
}

TEST_CASE("Where the word is, waiting and notifying sends nothing") {
  for (const auto& engine : {drust_engine(), gam_engine()}) {
    ConditionStage stage(engine);
    stage.bed.start(0, [&](Thread& t) { return stage.wait(t, 1); });
    stage.bed.run(0, [&](Thread& t) { return stage.notify(t, 20_us, true); });
    CHECK(stage.woken == std::vector<int>{1});
    CHECK(stage.bed.sent() == "");
    stage.bed.dut.finish();
  }
}

TEST_CASE("Under GAM who waits and who notifies bring the word's block to each other") {
  ConditionStage stage(gam_engine());
  stage.bed.start(1, [&](Thread& t) { return stage.wait(t, 1); });
  stage.bed.run(2, [&](Thread& t) { return stage.notify(t, 20_us, false); });
  CHECK(stage.woken == std::vector<int>{1});
  // There and back again, for a mutex and a word that share a block.
  CHECK(stage.bed.sent() ==
        "DATA_REPLY 2, FORWARD_ACK 2, GRANT_DATA 1, OWNERSHIP_ACK 2, WRITE 3, WRITE_FORWARD 2, "
        "WRITE_REPLY 1");
}

TEST_CASE("A notification that nobody waits for is one swap, or two, and is not kept") {
  ConditionStage stage(drust_engine(), {}, {.limit = 1_ms});
  stage.bed.run(1, [&](Thread& t) { return stage.notify(t, 1_us, false); });
  CHECK(stage.bed.sent() == "atomic_cas 1");
  stage.bed.start(0, [&](Thread& t) { return stage.wait(t, 1); });
  stage.bed.run(1, [&](Thread& t) { return stage.notify(t, 20_us, false, 2); });
  CHECK(stage.bed.sent() == "atomic_cas 3");
  stage.bed.start(0, [&](Thread& t) { return stage.wait(t, 1); });
  CHECK_THROWS_WITH(stage.bed.dut.run(),
                    Catch::Contains("has waited for a notification of object 1 longer than 1ms"));
}

TEST_CASE("One notification wakes who has waited longest, and one to all wakes all") {
  for (const auto& engine : {drust_engine(), gam_engine()}) {
    ConditionStage stage(engine);
    for (int i = 0; i < 5; ++i) {
      stage.bed.start(static_cast<std::uint32_t>(i % 3),
                      [&stage, i](Thread& t) { return stage.wait_later(t, i); });
    }
    stage.bed.start(1, [&](Thread& t) { return stage.notify(t, 200_us, false, 2); });
    stage.bed.start(2, [&](Thread& t) { return stage.check_two_then_wake_all(t); });
    stage.bed.dut.run();
    CHECK(stage.woken.size() == 5);
  }
}

TEST_CASE("A thread that waits for a notification lets the one that sends it have its core") {
  DutOptions setup;
  setup.server.cores = 1;
  ConditionStage stage(drust_engine(), setup);
  stage.bed.start(0, [&](Thread& t) { return stage.wait(t, 1); });
  stage.bed.run(0, [&](Thread& t) { return stage.notify(t, 20_us, false); });
  CHECK(stage.woken == std::vector<int>{1});
}

// ---- barriers

struct BarrierStage {
  explicit BarrierStage(const Dut::MakeEngine& engine, std::uint32_t parties,
                        Patience patience = {})
      : bed(engine) {
    bed.run(0, [=, this](Thread& t) { return prepare(t, parties, patience); });
    bed.dut.forget();
  }
  Task<> prepare(Thread& t, std::uint32_t parties, Patience patience) {
    barrier.emplace(co_await library::Barrier::make(t, parties, NodeId(), patience));
  }
  Task<> cross(Thread& t, Duration after, int rounds = 1) {
    for (int i = 0; i < rounds; ++i) {
      co_await t.compute(after);
      ++came;
      const bool is_last = co_await barrier->wait(t);
      last += is_last ? 1 : 0;
      early += came % 3 == 0 || rounds == 1 ? 0 : 1;
    }
  }
  LibraryBed bed;
  std::optional<library::Barrier> barrier;
  int came = 0;
  int last = 0;
  int early = 0;
};

TEST_CASE("A barrier is an atomic to come, one for each look, and one more for the last") {
  BarrierStage crossing(drust_engine(), 2);
  crossing.bed.start(1, [&](Thread& t) { return crossing.cross(t, 1_us); });
  crossing.bed.run(2, [&](Thread& t) { return crossing.cross(t, 20_us); });
  CHECK(crossing.last == 1);
  CHECK(crossing.bed.sent() == "atomic_add 8");  // five looks in 25 us
  crossing.bed.dut.finish();
}

TEST_CASE("Under GAM threads at a barrier bring its block to each other") {
  BarrierStage stage(gam_engine(), 2);
  stage.bed.start(1, [&](Thread& t) { return stage.cross(t, 1_us); });
  stage.bed.run(2, [&](Thread& t) { return stage.cross(t, 20_us); });
  CHECK(stage.last == 1);
  // To who waits, to the last, and back.
  CHECK(stage.bed.sent() ==
        "DATA_REPLY 2, FORWARD_ACK 2, GRANT_DATA 1, OWNERSHIP_ACK 2, WRITE 3, WRITE_FORWARD 2, "
        "WRITE_REPLY 1");
}

TEST_CASE("At its home a barrier sends nothing, and one thread is the last in every round") {
  for (const auto& engine : {drust_engine(), gam_engine()}) {
    BarrierStage crossing(engine, 3);
    for (const Duration pace : {1_us, 2_us, 40_us}) {
      crossing.bed.start(0, [&, pace](Thread& t) { return crossing.cross(t, pace, 5); });
    }
    crossing.bed.dut.run();
    CHECK(crossing.last == 5);
    CHECK(crossing.bed.sent() == "");
  }
}

TEST_CASE("A barrier to which somebody never comes is given up") {
  BarrierStage crossing(drust_engine(), 3, {.limit = 1_ms});
  crossing.bed.start(1, [&](Thread& t) { return crossing.cross(t, 1_us); });
  crossing.bed.start(2, [&](Thread& t) { return crossing.cross(t, 1_us); });
  try {
    crossing.bed.dut.run();
    FAIL("nobody has given up");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::deadlock);
    CHECK_THAT(error.what(), Catch::Contains("has waited for the others at the barrier object 0"));
  }
}

// ---- scopes

/// Two children read what their parent refers to; nobody can write it before they have ended.
struct ScopeFamily {
  Task<> live(Thread& t) {
    const ObjectId object = co_await t.allocate(256_B);
    held = co_await t.borrow(object);
    const bool well = co_await library::scoped(t, [this](Scope& scope) { return share(scope); });
    CHECK(well);
    CHECK(read == 2);
    co_await t.give_back(held);
    co_await t.release(object);
  }
  Task<> share(Scope& scope) {
    for (std::uint32_t i = 1; i < 3; ++i) {
      const Launch launch{.node = NodeId(i)};
      co_await scope.start(launch, 1, [this](Thread& child) { return look(child); });
    }
  }
  Task<> look(Thread& t) {
    const Borrow own = co_await t.borrow(held.object);
    co_await t.read(own, 0_B, 64_B);
    co_await t.give_back(own);
    ++read;
  }
  Borrow held;
  int read = 0;
};

TEST_CASE("A scope's threads read what their parent refers to, and have ended when it goes on") {
  LibraryBed bed(drust_engine());
  ScopeFamily family;
  bed.run(0, [&](Thread& t) { return family.live(t); });
  const Messages sent = bed.dut.sent();
  CHECK(std::count(sent.begin(), sent.end(), Message{"spawn", Verb::send, 0, 1, 32_B}) == 1);
  CHECK(std::count(sent.begin(), sent.end(), Message{"copy", Verb::read, 2, 0, 256_B}) == 1);
  CHECK(std::count(sent.begin(), sent.end(), Message{"result", Verb::send, 2, 0, 0_B}) == 1);
  bed.dut.finish();
  LibraryBed other(gam_engine());
  ScopeFamily again;
  other.run(0, [&](Thread& t) { return again.live(t); });
  CHECK(again.read == 2);
}

}  // namespace
}  // namespace dsmsim::testing
