// What GAM lets a checker see: fingerprints of its state, invariants at any time, situations that
// messages meet. Nothing takes time here, and messages wait to be told to go on, in any order that
// queue pairs permit.

#include <catch2/catch.hpp>
#include <set>

#include "protocols/gam/situations.hpp"
#include "sim/base/random.hpp"
#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

DutOptions timeless(const std::string& mutant) {
  DutOptions options;
  options.mutant = mutant;
  options.nic.post = {};
  options.server.memory_bandwidth = Rate::bits_per_second(1e15);
  return options;
}

/// A bed whose messages wait. Objects are allocated at home, without messages.
class HeldBed : public GamBed {
 public:
  explicit HeldBed(std::size_t servers, const GamOptions& options = GamOptions(),
                   const std::string& mutant = {})
      : GamBed(servers, options, timeless(mutant)) {
    fabric().hold_messages();
    dut.simulation().queue().set_shortcuts(false);
  }
  Fabric& fabric() { return dut.cluster().fabric(); }
  const Inspection& inspection() { return *engine_base().inspection(); }

  std::vector<Fabric::HeldStep> steps() {
    std::vector<Fabric::HeldStep> steps;
    fabric().list_steps(steps);
    return steps;
  }
  void take(const Fabric::HeldStep& step) {
    fabric().take(step);
    settle();
  }
  /// The first message from one server to another arrives, or completes.
  void deliver(std::uint32_t from, std::uint32_t to) {
    const auto all = steps();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Fabric::HeldStep& step) {
      return step.from == NodeId(from) && step.to == NodeId(to);
    });
    REQUIRE(found != all.end());
    take(*found);
  }
  /// All messages, always the first that is listed.
  void deliver_all() {
    while (!steps().empty()) {
      take(steps().front());
    }
  }
  void start(std::uint32_t server, const Op& op) {
    at(server).start(op);
    settle();
  }
  /// Starts, and lets all messages go on.
  void run(std::uint32_t server, const Op& op) {
    start(server, op);
    deliver_all();
  }
  void settle() {
    dut.simulation().run_due(dut.simulation().now());
    inspection().check_always();
  }
  std::uint64_t fingerprint() {
    Fingerprint into;
    inspection().fingerprint(into);
    fabric().for_each_held([&](const Fabric::HeldStep& step, const Post& post, std::uint64_t) {
      into.add((step.from.value() << 8) | step.to.value());
      into.add(step.completion ? 1 : 0);
      inspection().fingerprint(post, into);
    });
    return into.value();
  }

 private:
  Engine& engine_base() { return engine(); }
};

Op read(ObjectId object) { return part(OpKind::read, object, 0_B); }
Op write(ObjectId object) { return part(OpKind::write, object, 0_B); }

TEST_CASE("GAM states that differ in names and in the order of events only have one fingerprint") {
  const auto shared_by = [](const std::vector<std::uint32_t>& readers) {
    HeldBed bed(3);
    const ObjectId x = bed.block(0);
    const ObjectId y = bed.block(0);
    for (const std::uint32_t reader : readers) {
      bed.run(reader, read(x));
    }
    bed.run(1, read(y));
    return bed.fingerprint();
  };
  CHECK(shared_by({1, 2}) == shared_by({2, 1}));
  CHECK(shared_by({1, 2}) != shared_by({1}));
  CHECK(shared_by({1}) != shared_by({2}));
}

TEST_CASE("GAM fingerprints forget which lines and transactions were used") {
  const auto after = [](int rounds) {
    HeldBed bed(2, cache_of(1));
    const ObjectId x = bed.block(0);
    const ObjectId y = bed.block(0);
    for (int i = 0; i < rounds; ++i) {
      bed.run(1, read(y));
      bed.run(1, read(x));
    }
    bed.start(1, read(y));
    return bed.fingerprint();
  };
  CHECK(after(1) == after(2));
  CHECK(after(1) == after(3));
}

TEST_CASE("GAM states that differ in a line, a version, a lock or a queue differ in fingerprints") {
  std::set<std::uint64_t> seen;
  const auto fingerprint_after = [&](const std::function<void(HeldBed&, ObjectId)>& act) {
    HeldBed bed(3);
    const ObjectId object = bed.block(0);
    bed.run(1, read(object));
    bed.run(2, read(object));
    act(bed, object);
    const auto [at, is_new] = seen.insert(bed.fingerprint());
    return is_new;
  };
  CHECK(fingerprint_after([](HeldBed&, ObjectId) {}));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) { bed.run(1, write(x)); }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {
    bed.run(1, write(x));
    bed.run(1, write(x));
  }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {
    bed.run(1, write(x));
    bed.run(2, read(x));
  }));
  CHECK(
      fingerprint_after([](HeldBed& bed, ObjectId x) { bed.run(1, part(OpKind::rlock, x, 0_B)); }));
  CHECK(
      fingerprint_after([](HeldBed& bed, ObjectId x) { bed.run(1, part(OpKind::rlock, x, 8_B)); }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) { bed.start(1, write(x)); }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {
    bed.start(1, write(x));
    bed.start(2, write(x));
  }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {
    bed.start(1, write(x));
    bed.start(2, write(x));
    bed.deliver(1, 0);
  }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {
    bed.start(1, write(x));
    bed.start(2, write(x));
    bed.deliver(2, 0);
  }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {  // one waits in the queue of the other
    bed.start(1, write(x));
    bed.start(2, write(x));
    bed.deliver(1, 0);
    bed.deliver(2, 0);
  }));
  CHECK(fingerprint_after([](HeldBed& bed, ObjectId x) {
    bed.start(1, write(x));
    bed.start(1, Op::fence());
    bed.start(1, read(x));
  }));
  CHECK(fingerprint_after(
      [](HeldBed& bed, ObjectId x) { bed.run(0, part(OpKind::atomic_add, x, 0_B)); }));
}

// ---- at random

struct Walk {
  GamOptions options;
  std::uint32_t servers = 3;
  int operations = 60;
  bool shared_locks = true;
  std::string mutant = {};
};

/// Two threads a server on three blocks of two objects each.
class RandomWalk {
 public:
  RandomWalk(const Walk& walk, std::uint64_t seed)
      : bed(walk.servers, walk.options, walk.mutant), walk_(walk), random_(seed, "walk") {
    for (std::uint32_t home : {0, 0, 1}) {
      objects_.push_back(bed.block(home));
    }
    for (std::uint32_t i = 0; i < 2 * walk.servers; ++i) {
      players_.push_back({&bed.dut.thread(i % walk.servers), {}, false});
    }
  }

  /// Until every thread has done its operations, and has given back its lock.
  void run() {
    for (;;) {
      const auto steps = bed.steps();
      std::vector<Player*> idle;
      for (Player& player : players_) {
        note_lock(player);
        if (!player.puppet->busy() && (player.done < walk_.operations || player.held.valid())) {
          idle.push_back(&player);
        }
      }
      if (steps.empty() && idle.empty()) {
        break;
      }
      const std::uint64_t choice = random_.below(steps.size() + idle.size());
      if (choice < steps.size()) {
        observe(steps[choice]);
        bed.take(steps[choice]);
      } else {
        act(*idle[choice - steps.size()]);
      }
    }
    for (const Player& player : players_) {
      REQUIRE_FALSE(player.puppet->busy());
    }
  }

  HeldBed bed;
  std::set<int> met;
  std::set<std::string> unlisted;  ///< messages that met something else

 private:
  struct Player {
    Puppet* puppet;
    ObjectId held;
    bool locking = false;
    int done = 0;
  };
  void observe(const Fabric::HeldStep& step) {
    if (step.completion) {
      return;
    }
    const Post& post = bed.fabric().post_of(step);
    const int situation = bed.inspection().situation(post);
    if (situation >= 0) {
      met.insert(situation);
    } else {
      unlisted.insert(std::string(row_of(post.body.as<gam::Message>().kind).name));
    }
  }
  static void note_lock(Player& player) {
    if (player.locking && !player.puppet->busy()) {
      player.locking = false;
      if (player.puppet->last().result == 0) {
        player.held = ObjectId();
      }
    }
  }
  void act(Player& player) {
    ++player.done;
    const ObjectId object =
        player.held.valid() ? player.held : objects_[random_.below(objects_.size())];
    const Bytes offset = 64_B * random_.below(2);
    const std::uint64_t dice = random_.below(20);
    Op op = part(OpKind::read, object, offset);
    if (player.held.valid()) {  // whoever holds a lock waits for nobody who may wait for him
      if (dice < 12 || player.done > walk_.operations) {
        op = part(OpKind::unlock, player.held, 0_B);
        player.held = ObjectId();
      }
    } else if (dice < 7) {
      op.kind = OpKind::write;
    } else if (dice < 8) {
      op.kind = OpKind::atomic_add;
    } else if (dice < 9) {
      op.kind = OpKind::fence;
    } else if (dice < 13) {
      const OpKind kinds[] = {OpKind::lock, OpKind::try_lock, OpKind::try_rlock, OpKind::rlock};
      op.kind = kinds[random_.below(walk_.shared_locks ? 4 : 2)];
      op.offset = 0_B;
      player.held = object;
      player.locking = true;
    }
    player.puppet->start(op);
    bed.settle();
  }

  Walk walk_;
  RandomStream random_;
  std::vector<ObjectId> objects_;
  std::vector<Player> players_;
};

TEST_CASE("GAM's invariants hold after every event of random programs in random orders") {
  std::set<int> met;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Walk walk;
    walk.servers = 2 + seed % 3;
    walk.options.lru_lists = seed % 5 == 0 ? 2 : 1;
    walk.options.cache = seed % 4 == 0 ? 4096_B : 512_B;
    RandomWalk random(walk, seed);
    REQUIRE_NOTHROW(random.run());
    CHECK_NOTHROW(random.bed.engine().check_quiescent());
    CHECK(random.unlisted == std::set<std::string>{});
    met.insert(random.met.begin(), random.met.end());
  }
  CHECK(met.size() == gam::situations().size());  // nothing is listed that cannot happen
}

TEST_CASE("GAM's invariants hold under total store order") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    Walk walk;
    walk.options.consistency = GamConsistency::tso;
    walk.options.lru_lists = 1;
    walk.options.cache = 512_B;
    RandomWalk random(walk, seed);
    CHECK(random.bed.inspection().claimed_model() == MemoryModel::tso);
    REQUIRE_NOTHROW(random.run());
  }
}

TEST_CASE("GAM's invariants report what the released code breaks") {
  GamOptions options;
  SECTION("lines that are shipped are never taken off a count") {
    options.leak_shipped_lines = true;
    HeldBed bed(3, options);
    const ObjectId object = bed.block(0);
    bed.run(1, write(object));
    CHECK(bed.inspection().defects_met().empty());
    bed.run(2, write(object));
    REQUIRE(bed.inspection().defects_met().size() == 1);
    CHECK_THAT(bed.inspection().defects_met()[0], Catch::StartsWith("leak_shipped_lines"));
  }
  SECTION("a copy under a lock is given up") {
    options.ack_locked_upgrade = true;
    HeldBed bed(3, options);
    const ObjectId object = bed.block(0);
    bed.run(1, part(OpKind::rlock, object, 0_B));
    bed.run(2, read(object));
    bed.start(2, write(object));
    bed.deliver(2, 0);
    bed.start(1, write(object));
    CHECK_THROWS_WITH(bed.deliver_all(), Catch::Contains("a locked copy that was given up"));
  }
}

}  // namespace
}  // namespace dsmsim::testing
