// What DRust's released code does (mode: artifact): messages, mutexes leased to a server, panics,
// and the update that nobody waits for.

#include "sim/base/error.hpp"
#include "sim/check/checker.hpp"
#include "tests/protocols/drust/programs.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kFlag(1);
constexpr Bytes kReply(60);
constexpr Bytes kCall(280);

DrustOptions artifact_options() {
  DrustOptions options = drust_options();
  options.mode = DrustMode::artifact;
  options.control = kCall;
  options.artifact.call = 5_us;
  return options;
}

/// A request, and the flag that is READ behind it.
Messages flagged(const Messages& requests) {
  Messages all;
  for (const Message& request : requests) {
    all.push_back(request);
    all.push_back({"flag", Verb::read, request.from, request.to, kFlag});
  }
  return all;
}

Messages operator+(Messages some, const Messages& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

TEST_CASE("The released code READs a flag behind a READ, and frees a copy with its last user") {
  DrustDut dut(2, artifact_options());
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const std::uint64_t written = owner.write(object).result;
  for (int i = 0; i < 2; ++i) {
    dut.forget();
    const Borrow held = reader.borrow(object);
    CHECK(reader.read(held).result == written);
    reader.read(held);
    CHECK(dut.sent() == flagged({{"copy", Verb::read, 1, 0, kSize}}));
    CHECK(dut.count(1, object) == 1);
    reader.give_back(held);
    CHECK(dut.drust.copies(NodeId(1)).count() == 0);
    CHECK(dut.drust.heap().used(NodeId(1)) == 0_B);
  }
  CHECK(dut.colour(object) == 0);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("With one READ in flight a READ and its flag take two round trips, a WRITE one") {
  DutOptions setup;
  setup.nic.max_rd_atomic = 1;
  DrustDut dut(2, artifact_options(), setup);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  const Duration both = dut.thread(1).read(object).latency;
  const Duration one = dut.latency_of(Verb::read, kSize);
  const Duration flag = dut.latency_of(Verb::read, kFlag);
  CHECK(both > one + flag - 500_ns);
  CHECK(both < one + flag + 500_ns);
  dut.finish();
}

TEST_CASE("The released code throws an owner's copy away and READs the object again to write it") {
  DrustDut dut(2, artifact_options());
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize, NodeId(1));
  owner.read(object);
  dut.forget();
  owner.write(object);
  CHECK(dut.sent() == flagged({{"move", Verb::read, 0, 1, kSize}}) +
                          Messages{{"deallocate", Verb::send, 0, 1, kCall},
                                   {"called", Verb::send, 1, 0, kReply}});
  CHECK(dut.drust.counters().promotions == 0);
  CHECK(dut.host(object) == NodeId(0));
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("A Box hears of a moved object by a call that nobody waits for") {
  DrustDut dut(2, artifact_options());
  Puppet& owner = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow held = writer.borrow_mut(object);
  const std::uint64_t written = writer.write(held).result;
  dut.forget();
  const Outcome end = writer.give_back(held);
  CHECK(end.latency == 5_us + dut.cluster().fabric().nic().post);
  CHECK(dut.sent() ==
        Messages{{"update", Verb::send, 1, 0, kCall}, {"called", Verb::send, 0, 1, kReply}});
  CHECK(owner.read(object).result == written);
  dut.finish();
}

TEST_CASE("Who uses a Box before it has heard of that goes to freed memory, and is caught") {
  DrustDut dut(2, artifact_options());
  Puppet& owner = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow held = writer.borrow_mut(object);
  writer.write(held);
  owner.start(owner.whole(OpKind::read, object));  // waits for the borrow to end
  writer.give_back(held);
  CHECK_THROWS_WITH(owner.read(object), Catch::Contains("goes to memory that has been freed"));
}

TEST_CASE("The checker finds the released code's asynchronous update in a program of one write") {
  const Exploration found =
      explore(scenario("litmus/MP"), specimen_of<DrustEngine>(artifact_options()), {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::incoherent);
}

/// What the first lock of a server sends, of a mutex of server `home` with its value on `value`.
Messages first_lock(std::uint32_t by, std::uint32_t home, std::uint32_t value) {
  return flagged({{"lock", Verb::compare_swap, by, home, 8_B},
                  {"mutex_pointer", Verb::read, by, home, 16_B},
                  {"move", Verb::read, by, value, 40_B}});
}

/// A phase of the thread's work ends. Gives the time that took.
Duration end_phase(DrustDut& dut, Puppet& thread) {
  const Time since = dut.simulation().queue().now();
  dut.simulation().spawn(thread.thread().end_phase());
  dut.run();
  return dut.simulation().queue().now() - since;
}

TEST_CASE("A mutex comes to the server that locks it, and nobody is told or frees its old place") {
  DrustDut dut(3, artifact_options());
  const ObjectId object = dut.thread(0).allocate(40_B, NodeId(), true);
  const Bytes value = dut.drust.heap().footprint(40_B);
  Puppet& first = dut.thread(1);
  dut.forget();
  first.lock(object);
  CHECK(dut.sent() == first_lock(1, 0, 0));
  first.write(object);
  first.unlock(object);
  first.lock(object);
  first.read(object);
  first.unlock(object);
  CHECK(dut.sent().empty());
  CHECK(dut.drust.heap().used(NodeId(0)) == value);
  CHECK(dut.drust.heap().used(NodeId(1)) == value);
  CHECK(dut.drust.counters().leaked == value);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("A lease ends with the phase of its server's threads, by one WRITE and flag a mutex") {
  DrustDut dut(3, artifact_options());
  std::vector<ObjectId> mutexes;
  for (int i = 0; i < 3; ++i) {
    mutexes.push_back(dut.thread(0).allocate(40_B, NodeId(), true));
  }
  Puppet& one = dut.thread(1);
  Puppet& other = dut.thread(1);
  for (const ObjectId object : mutexes) {
    one.lock(object);
    one.unlock(object);
  }
  other.lock(mutexes[0]);
  other.unlock(mutexes[0]);
  dut.forget();
  CHECK(end_phase(dut, one) == Duration());  // the other goes on
  CHECK(dut.sent().empty());
  const Duration three = end_phase(dut, other);
  Messages expected;
  for (int i = 0; i < 3; ++i) {
    expected.push_back({"lease_end", Verb::write, 1, 0, 16_B});
  }
  CHECK(dut.sent() == flagged(expected));
  // Each: out of the map, freed, posted with the flag, whose answer is awaited.
  const Duration each =
      20_ns + 30_ns + dut.cluster().fabric().nic().post + dut.latency_of(Verb::read, kFlag);
  CHECK(three.ns() == Approx(3 * each.ns()).margin(3 * 60));
  const KindMeter& measured =
      dut.world().meter().kinds()[Meter::kind_of(OpKind::end_phase).index()];
  CHECK(measured.latency.count() == 2);
  CHECK(measured.latency.max() == three.ps());
  CHECK(dut.breakdown_sums_to_latency());
  // The value has stayed where it was used last.
  dut.forget();
  dut.thread(2).lock(mutexes[0]);
  CHECK(dut.sent() == first_lock(2, 0, 1));
  dut.finish();
}

TEST_CASE("Who wants a mutex that is leased to another server tries until the phase there ends") {
  DrustDut dut(3, artifact_options());
  const ObjectId object = dut.thread(0).allocate(40_B, NodeId(), true);
  Puppet& first = dut.thread(1);
  Puppet& second = dut.thread(2);
  first.lock(object);
  const std::uint64_t written = first.write(object).result;
  first.unlock(object);
  second.start(second.whole(OpKind::lock, object));
  dut.simulation().run_due(dut.simulation().queue().now() + 20_ms);  // no timer ends it
  CHECK(second.busy());
  CHECK(dut.drust.counters().leases == 1);
  CHECK(dut.drust.counters().lock_retries > 1000);
  end_phase(dut, first);
  CHECK_FALSE(second.busy());
  CHECK(second.read(object).result == written);
  second.unlock(object);
  CHECK(dut.drust.counters().leases == 2);
  CHECK(dut.drust.counters().lease_circles == 0);
  dut.finish();
}

TEST_CASE("Servers that wait for each other's leases would do so for ever, and one gives way") {
  DrustDut dut(2, artifact_options());
  const ObjectId here = dut.thread(0).allocate(40_B, NodeId(), true);
  const ObjectId there = dut.thread(1).allocate(40_B, NodeId(), true);
  Puppet& zero = dut.thread(0);
  Puppet& one = dut.thread(1);
  zero.lock(there);
  zero.unlock(there);
  one.lock(here);
  one.unlock(here);
  zero.start(zero.whole(OpKind::lock, here));
  dut.simulation().run_due(dut.simulation().queue().now() + 1_ms);
  CHECK(zero.busy());
  one.start(one.whole(OpKind::lock, there));
  dut.simulation().run_due(dut.simulation().queue().now() + 1_ms);
  CHECK_FALSE(zero.busy());
  CHECK(one.busy());  // until the phase on server 0 ends
  CHECK(dut.drust.counters().lease_circles == 1);
  zero.start(zero.whole(OpKind::unlock, here));
  dut.simulation().run_due(dut.simulation().queue().now() + 1_us);
  end_phase(dut, zero);
  CHECK_FALSE(one.busy());
  one.unlock(there);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

/// Threads that lock a few objects in turn, as readers or not, meet at a barrier, and read others
/// that nobody writes.
class Lockers final : public Program {
 public:
  explicit Lockers(bool readers) : readers_(readers) {}
  Task<> main(Thread& thread) override {
    barrier_.emplace(thread.world().simulation().queue(), kThreads);
    for (std::uint32_t i = 0; i < 3; ++i) {
      guarded_.push_back(co_await thread.allocate(64_B, NodeId(i), true));
      shared_.push_back(co_await thread.allocate(128_B, NodeId(i)));
    }
    std::vector<ThreadId> started;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
      started.push_back(thread.spawn(NodeId(i % 3), [this, i](Thread& t) { return go(t, i); }));
    }
    for (const ThreadId one : started) {
      co_await thread.join(one);
    }
  }

 private:
  static constexpr std::uint32_t kThreads = 6;
  Task<> go(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("locker", index);
    for (int i = 0; i < 25; ++i) {
      const ObjectId object = guarded_[random.below(3)];
      if (readers_ && random.chance(0.5)) {
        co_await thread.rlock(object);
        co_await thread.read(object, 0_B, 64_B);
      } else {
        co_await thread.lock(object);
        co_await thread.read(object, 0_B, 64_B);
        co_await thread.write(object, 0_B, 64_B);
      }
      co_await thread.unlock(object);
      const Borrow held = co_await thread.borrow(shared_[random.below(3)]);
      co_await thread.read(held, 0_B, 128_B);
      co_await thread.give_back(held);
      if (i == 12) {
        co_await thread.barrier(*barrier_);
      }
    }
  }
  bool readers_;
  std::optional<Barrier> barrier_;
  std::vector<ObjectId> guarded_;
  std::vector<ObjectId> shared_;
};

TEST_CASE("Random programs that lock what they write see the last write in the released code") {
  for (const bool readers : {false, true}) {
    const EventQueue clock;  // of reports, which nobody reads
    Checker checker(clock);
    DutOptions setup;
    setup.witness = &checker;
    DrustDut dut(3, artifact_options(), setup);
    Lockers program(readers);
    CHECK_NOTHROW(watch(dut, program));
    CHECK(dut.drust.counters().leases > 3);
    CHECK(dut.drust.counters().stale_reads == 0);
    CHECK(dut.breakdown_sums_to_latency());
  }
}

TEST_CASE("The released code panics when a heap is full") {
  DutOptions small;
  small.server.memory = 1_KiB;
  DrustDut dut(2, artifact_options(), small);
  Puppet& owner = dut.thread(0);
  owner.allocate(kSize);
  owner.allocate(kSize);
  CHECK_THROWS_WITH(owner.allocate(kSize), Catch::Contains("drust: server 0 panics at") &&
                                               Catch::Contains("512B in a full heap"));
}

TEST_CASE("The released code starts threads where fewest are, and asks nobody") {
  DrustDut dut(3, artifact_options());
  Puppet& parent = dut.thread(0);
  dut.thread(1);
  Launch launch;
  Task<NodeId> place = dut.drust.threads()->place(parent.thread(), launch);
  NodeId chosen;
  dut.simulation().spawn([](Task<NodeId> task, NodeId& to) -> Task<> { to = co_await task; }(
                                                               std::move(place), chosen));
  dut.run();
  CHECK(chosen == NodeId(2));
  CHECK(dut.sent().empty());
}

}  // namespace
}  // namespace dsmsim::testing
