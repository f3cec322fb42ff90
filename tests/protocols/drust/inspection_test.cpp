// What DRust lets a checker see: equal states look equal whatever led to them, the invariants hold
// after every event, and messages meet the situations that they should.

#include <map>
#include <set>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "tests/protocols/drust/programs.hpp"

namespace dsmsim::testing {
namespace {

/// Names operations by their threads and their order within these, so that contents are called the
/// same in whatever order threads go on.
class Namer final : public Witness {
 public:
  OpToken begin(const Thread& thread, const Op&) override {
    const std::uint64_t id = thread.id().value() + std::uint64_t{1};
    return (id << 32) | ++counts_[id];
  }
  void end(const Thread&, const Op&) override {}
  void created(std::uint64_t, OpToken) override {}
  void wrote(OpToken, const Extent&, OpToken) override {}
  void read(OpToken, const Extent&, OpToken) override {}
  void read_early(OpToken, const Extent&, OpToken) override {}

 private:
  std::map<std::uint64_t, std::uint64_t> counts_;
};

/// Two objects on server 0, and a thread on each of three servers, and another one on the last.
struct Stage {
  Stage() : dut(3, drust_options(), setup(namer)) {}
  static DutOptions setup(Witness& witness) {
    DutOptions setup;
    setup.witness = &witness;
    return setup;
  }
  std::uint64_t fingerprint() const {
    Fingerprint state;
    dut.drust.inspection()->fingerprint(state);
    return state.value();
  }

  Namer namer;
  DrustDut dut;
  Puppet& alice = dut.thread(0);
  Puppet& bob = dut.thread(1);
  Puppet& carol = dut.thread(2);
  Puppet& dave = dut.thread(2);
  ObjectId x = alice.allocate(64_B);
  ObjectId y = alice.allocate(64_B);
};

using Act = std::function<void(Stage&)>;

std::uint64_t after(const std::vector<Act>& acts) {
  Stage stage;
  for (const Act& act : acts) {
    act(stage);
  }
  stage.dut.drust.check_invariants();
  return stage.fingerprint();
}

void write_part(Stage& s) {
  const Borrow part = s.carol.borrow_mut(s.y, 0_B, 8_B);
  Op write = s.carol.through(OpKind::write, part);
  write.length = 8_B;
  s.carol.run(write);
}

TEST_CASE("States of DRust that were reached in different orders have the same fingerprint") {
  const std::vector<std::pair<Act, Act>> pairs = {
      {[](Stage& s) { s.carol.read(s.carol.borrow(s.x)); },
       [](Stage& s) { s.dave.read(s.dave.borrow(s.y)); }},
      {[](Stage& s) { s.bob.write(s.x); }, [](Stage& s) { s.carol.write(s.y); }},
      {[](Stage& s) { s.carol.write(s.x); }, [](Stage& s) { s.dave.write(s.y); }},
      {[](Stage& s) { s.bob.borrow_mut(s.x, 0_B, 8_B); }, write_part},
      {[](Stage& s) { s.bob.read(s.x); }, [](Stage& s) { s.carol.read(s.x); }},
      {[](Stage& s) { s.bob.lock(s.x); }, [](Stage& s) { s.alice.write(s.y); }},
  };
  for (const auto& [one, other] : pairs) {
    CHECK(after({one, other}) == after({other, one}));
  }
}

TEST_CASE("Different states of DRust have different fingerprints") {
  const std::vector<std::vector<Act>> all = {
      {},
      {[](Stage& s) { s.alice.write(s.x); }},
      {[](Stage& s) { s.bob.write(s.x); }},
      {[](Stage& s) { s.bob.read(s.x); }},
      {[](Stage& s) { s.bob.read(s.y); }},
      {[](Stage& s) { s.bob.read(s.x); }, [](Stage& s) { s.bob.read(s.y); }},
      {[](Stage& s) { s.bob.read(s.y); }, [](Stage& s) { s.bob.read(s.x); }},  // left later
      {[](Stage& s) { s.carol.read(s.x); }},
      {[](Stage& s) { s.carol.borrow(s.x); }},
      {[](Stage& s) { s.dave.borrow(s.x); }},
      {[](Stage& s) { s.carol.borrow_mut(s.x); }},
      {[](Stage& s) { s.carol.borrow_mut(s.x, 0_B, 8_B); }},
      {[](Stage& s) { s.carol.borrow_mut(s.x, 8_B, 8_B); }},
      {[](Stage& s) { s.carol.read(s.carol.borrow(s.x)); }},
      {[](Stage& s) { s.carol.lock(s.x); }},
      {[](Stage& s) { s.dave.lock(s.x); }},
      {[](Stage& s) { s.carol.run(s.carol.whole(OpKind::rlock, s.x)); }},
      {[](Stage& s) { s.dave.run(s.dave.whole(OpKind::rlock, s.x)); }},
      {[](Stage& s) { s.bob.run(Op::atomic_add(s.x, Bytes(), 1)); }},
      {[](Stage& s) { s.bob.run(Op::atomic_add(s.x, Bytes(), 2)); }},
      {[](Stage& s) { s.alice.transfer(s.x, NodeId(1)); }},
      {[](Stage& s) { s.alice.release(s.x); }},
      {[](Stage& s) { s.alice.allocate(64_B); }},
      {[](Stage& s) {
        s.carol.start(s.carol.through(OpKind::write, s.alice.borrow(s.x)));  // waits
        s.dut.run();
      }},
  };
  std::set<std::uint64_t> seen;
  for (const std::vector<Act>& acts : all) {
    CHECK(seen.insert(after(acts)).second);
  }
}

TEST_CASE("A thread that waits for an object shows in the fingerprint of DRust") {
  const auto waiting = [](bool write) {
    return after({[](Stage& s) { s.bob.borrow_mut(s.x); },
                  [write](Stage& s) {
                    s.carol.start(s.carol.whole(write ? OpKind::write : OpKind::read, s.x));
                    s.dut.run();
                  }});
  };
  CHECK(waiting(true) != waiting(false));
  CHECK(waiting(true) != after({[](Stage& s) { s.bob.borrow_mut(s.x); }}));
}

// ---- messages

/// Takes one step after the other, always the first, and gives the situations that they met.
std::vector<std::string> take_all(Stage& stage) {
  Fabric& fabric = stage.dut.cluster().fabric();
  const Inspection& inspection = *stage.dut.drust.inspection();
  std::vector<std::string> met;
  for (;;) {
    stage.dut.run();
    std::vector<Fabric::HeldStep> steps;
    fabric.list_steps(steps);
    if (steps.empty()) {
      return met;
    }
    if (!steps.front().completion) {
      const int situation = inspection.situation(fabric.post_of(steps.front()));
      REQUIRE(situation >= 0);
      met.push_back(inspection.situations().at(static_cast<std::size_t>(situation)));
    }
    fabric.take(steps.front());
    inspection.check_always();
  }
}

TEST_CASE("Messages of DRust meet what is there when they arrive") {
  using Met = std::vector<std::string>;
  Stage stage;
  stage.alice.allocate(64_B);
  Fabric& fabric = stage.dut.cluster().fabric();
  fabric.hold_messages();
  const auto meets = [&](Puppet& thread, OpKind kind) {
    thread.start(thread.whole(kind, stage.x));
    return take_all(stage);
  };
  CHECK(meets(stage.bob, OpKind::read) == Met{"COPY: the first of this name"});
  CHECK(meets(stage.carol, OpKind::read) == Met{"COPY: another server has one"});
  CHECK(meets(stage.alice, OpKind::write).empty());
  CHECK(meets(stage.carol, OpKind::read) == Met{"COPY: the reader has one of an older colour"});
  CHECK(meets(stage.bob, OpKind::write) ==
        Met{"MOVE: there are copies", "DEALLOCATE: others have copies",
            "INVALIDATE: copies that nothing uses", "OWNER_UPDATE: another address",
            "INVALIDATED: the last answer"});
  CHECK(meets(stage.bob, OpKind::lock) == Met{"LOCK: free"});
  CHECK(meets(stage.carol, OpKind::try_lock) == Met{"LOCK: a writer has it"});
  CHECK(meets(stage.bob, OpKind::unlock) == Met{"UNLOCK: nobody tries to lock"});
  CHECK(meets(stage.bob, OpKind::rlock) == Met{"LOCK: free"});
  CHECK(meets(stage.carol, OpKind::rlock) == Met{"LOCK: readers have it", "LOCK: readers have it"});
  CHECK(meets(stage.bob, OpKind::unlock) == Met{"RUNLOCK: others read"});
  CHECK(meets(stage.carol, OpKind::unlock) == Met{"RUNLOCK: the last reader"});
}

TEST_CASE("Messages under way differ in their fingerprints when they say different things") {
  const auto under_way = [](OpKind kind, bool x) {
    Stage stage;
    Fabric& fabric = stage.dut.cluster().fabric();
    fabric.hold_messages();
    stage.bob.start(stage.bob.whole(kind, x ? stage.x : stage.y));
    stage.dut.run();
    Fingerprint message;
    fabric.for_each_held([&](const Fabric::HeldStep&, const Post& post, std::uint64_t) {
      stage.dut.drust.inspection()->fingerprint(post, message);
    });
    return message.value();
  };
  CHECK(under_way(OpKind::write, true) != under_way(OpKind::write, false));
  CHECK(under_way(OpKind::atomic_add, true) == under_way(OpKind::atomic_add, true));
}

// ---- invariants

TEST_CASE("DRust's invariants hold after every event, whatever the safe choice") {
  for (DrustOptions options : safe_choices()) {
    for (const DrustMutexValue value : {DrustMutexValue::in_place, DrustMutexValue::borrow}) {
      options.mutex_value = value;
      DrustDut dut(kServers, options, cramped());
      Borrowers program(12);
      watch(dut, program);
      CHECK(dut.drust.counters().stale_reads == 0);
    }
    DrustDut dut(kServers, options, cramped());
    Couriers program(6);
    watch(dut, program);
    CHECK(dut.drust.counters().stale_reads == 0);
  }
}

TEST_CASE("DRust's invariants do not hold when the owner keeps its copy") {
  DrustOptions options = cramped(drust_options());
  options.mode = DrustMode::as_written;
  DrustDut dut(kServers, options, cramped());
  Racers program(60);
  CHECK_THROWS_AS(watch(dut, program), Error);
}

}  // namespace
}  // namespace dsmsim::testing
