// Mutexes: one lock word for local and remote threads alike, contention, deadlocks of threads that
// spin, and the two ways to the value.

#include "sim/base/error.hpp"
#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kEntry(40);

/// Threads on all servers add to one guarded entry.
class MutexAdders final : public Program {
 public:
  MutexAdders(std::uint32_t servers, int rounds) : servers_(servers), rounds_(rounds) {}
  Task<> main(Thread& thread) override {
    entry_ = co_await thread.allocate(kEntry, NodeId(0), true);
    std::vector<ThreadId> workers;
    for (std::uint32_t server = 0; server < servers_; ++server) {
      workers.push_back(
          thread.spawn(NodeId(server), [this](Thread& worker) { return add(worker); }));
    }
    for (const ThreadId worker : workers) {
      co_await thread.join(worker);
    }
  }
  /// Stamps read and then written under the lock, in the order of the sections.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sections;
  int inside = 0;
  int most_inside = 0;

 private:
  Task<> add(Thread& thread) {
    for (int i = 0; i < rounds_; ++i) {
      co_await thread.lock(entry_);
      most_inside = std::max(most_inside, ++inside);
      const std::uint64_t before = co_await thread.read(entry_, 0_B, kEntry);
      co_await thread.compute(100_ns);
      const std::uint64_t after = co_await thread.write(entry_, 0_B, kEntry);
      sections.emplace_back(before, after);
      --inside;
      co_await thread.unlock(entry_);
    }
  }
  std::uint32_t servers_;
  int rounds_;
  ObjectId entry_;
};

TEST_CASE("Eight servers contend for one mutex: sections exclude and see each other") {
  for (const DrustMutexValue value : {DrustMutexValue::in_place, DrustMutexValue::borrow}) {
    DrustOptions options = drust_options();
    options.mutex_value = value;
    DrustDut dut(8, options);
    MutexAdders program(8, 20);
    dut.world().run(program);
    CHECK(program.most_inside == 1);
    REQUIRE(program.sections.size() == 160);
    for (std::size_t i = 1; i < program.sections.size(); ++i) {
      CHECK(program.sections[i].first == program.sections[i - 1].second);
    }
    CHECK(dut.drust.counters().lock_retries > 0);
    CHECK(dut.breakdown_sums_to_latency());
  }
}

TEST_CASE("Contention gives the same messages every time") {
  Messages first;
  for (int run = 0; run < 2; ++run) {
    DrustDut dut(8);
    MutexAdders program(8, 5);
    dut.world().run(program);
    const Messages sent = dut.sent();
    CHECK(sent.size() > 8 * 5 * 3);
    CHECK((run == 0 || sent == first));
    first = sent;
  }
}

TEST_CASE("The value behind a mutex can be borrowed: its Box is read, it moves, the Box is told") {
  DrustOptions options = drust_options();
  options.mutex_value = DrustMutexValue::borrow;
  DrustDut dut(2, options);
  Puppet& home = dut.thread(0);
  Puppet& remote = dut.thread(1);
  const ObjectId entry = home.allocate(kEntry, NodeId(), true);
  remote.lock(entry);
  dut.forget();
  remote.read(entry);
  remote.write(entry);
  remote.read(entry);
  CHECK(dut.sent() == Messages{{"mutex_pointer", Verb::read, 1, 0, 16_B},
                               {"copy", Verb::read, 1, 0, kEntry},
                               {"move", Verb::read, 1, 0, kEntry},
                               {"deallocate", Verb::send, 1, 0, 32_B},
                               {"owner_update", Verb::write, 1, 0, 8_B}});
  CHECK(dut.host(entry) == NodeId(1));
  remote.unlock(entry);
  remote.lock(entry);
  dut.forget();
  remote.read(entry);
  CHECK(dut.sent() == Messages{{"mutex_pointer", Verb::read, 1, 0, 16_B}});
  remote.unlock(entry);
  dut.finish();
}

TEST_CASE("A try_lock is one attempt, here or there") {
  DrustDut dut(2);
  Puppet& home = dut.thread(0);
  Puppet& remote = dut.thread(1);
  const ObjectId entry = home.allocate(kEntry, NodeId(), true);
  CHECK(remote.run(remote.whole(OpKind::try_lock, entry)).result == 1);
  CHECK(home.run(home.whole(OpKind::try_lock, entry)).result == 0);
  remote.unlock(entry);
  CHECK(home.run(home.whole(OpKind::try_rlock, entry)).result == 1);
  dut.forget();
  CHECK(remote.run(remote.whole(OpKind::try_lock, entry)).result == 0);
  CHECK(dut.sent() == Messages{{"lock", Verb::compare_swap, 1, 0, 8_B}});
  CHECK_THROWS_WITH(remote.unlock(entry), Catch::Contains("does not hold the lock"));
  home.unlock(entry);
  dut.finish();
}

TEST_CASE("A guarded object is reached under its lock only, and not released while locked") {
  DrustDut dut(2);
  Puppet& home = dut.thread(0);
  const ObjectId entry = home.allocate(kEntry, NodeId(), true);
  CHECK_THROWS_WITH(home.read(entry), Catch::Contains("does not hold the lock"));
  CHECK_THROWS_WITH(home.write(entry), Catch::Contains("does not hold the lock"));
  CHECK_THROWS_WITH(home.borrow(entry), Catch::Contains("does not hold the lock"));
  home.lock(entry);
  CHECK_THROWS_WITH(home.release(entry), Catch::Contains("it is locked"));
  const Borrow guard = home.borrow_mut(entry);
  home.write(guard);
  home.give_back(guard);
  home.unlock(entry);
  CHECK(dut.sent().empty());

  Puppet& remote = dut.thread(1);
  remote.lock(entry);
  const Borrow key = remote.borrow_mut(entry, 0_B, 8_B);
  Op write = remote.through(OpKind::write, key);
  write.length = 8_B;
  remote.run(write);
  remote.give_back(key);
  remote.unlock(entry);
  CHECK(dut.sent() == Messages{{"lock", Verb::compare_swap, 1, 0, 8_B},
                               {"guarded_write", Verb::write, 1, 0, 8_B},
                               {"unlock", Verb::write, 1, 0, 8_B}});
  home.release(entry);
  dut.finish();
}

TEST_CASE("An object that is no mutex's can be locked where its Box is") {
  DrustDut dut(3);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId object = owner.allocate(kEntry, NodeId(2));
  dut.forget();
  other.lock(object);
  other.unlock(object);
  CHECK(dut.sent() ==
        Messages{{"lock", Verb::compare_swap, 1, 0, 8_B}, {"unlock", Verb::write, 1, 0, 8_B}});
  dut.finish();
}

/// Two threads lock two mutexes in opposite orders.
class Crossing final : public Program {
 public:
  Task<> main(Thread& thread) override {
    a_ = co_await thread.allocate(kEntry, NodeId(0), true);
    b_ = co_await thread.allocate(kEntry, NodeId(1), true);
    const ThreadId one =
        thread.spawn(NodeId(0), [this](Thread& worker) { return lock_both(worker, a_, b_); });
    const ThreadId two =
        thread.spawn(NodeId(1), [this](Thread& worker) { return lock_both(worker, b_, a_); });
    co_await thread.join(one);
    co_await thread.join(two);
  }

 private:
  static Task<> lock_both(Thread& thread, ObjectId first, ObjectId second) {
    co_await thread.lock(first);
    co_await thread.compute(10_us);
    co_await thread.lock(second);
  }
  ObjectId a_;
  ObjectId b_;
};

TEST_CASE("Threads that spin for each other's locks are found, though events never run out") {
  DrustDut dut(2);
  Crossing program;
  try {
    dut.world().run(program);
    FAIL("no deadlock was found");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::deadlock);
    CHECK_THAT(error.what(), Catch::Contains("threads wait for each other") &&
                                 Catch::Contains("cycle: thread 1 on server 0 -> "
                                                 "the lock of object 1 -> "
                                                 "thread 2 on server 1 -> "
                                                 "the lock of object 0 -> "
                                                 "thread 1 on server 0"));
  }
}

TEST_CASE("A mutex is not reentrant") {
  DrustDut dut(2);
  Puppet& home = dut.thread(0);
  const ObjectId entry = home.allocate(kEntry, NodeId(), true);
  home.lock(entry);
  CHECK_THROWS_WITH(home.lock(entry), Catch::Contains("a thread locks what it has locked") &&
                                          Catch::Contains("cycle: "));
}

TEST_CASE("A lock whose holder never comes back is given up after the patience set") {
  DrustOptions options = drust_options();
  options.lock_patience = 1_ms;
  DrustDut dut(2, options);
  const ObjectId entry = dut.thread(0).allocate(kEntry, NodeId(), true);
  dut.thread(0).lock(entry);
  Puppet& other = dut.thread(1);
  CHECK_THROWS_WITH(other.lock(entry), Catch::Contains("longer than lock_patience, 1ms") &&
                                           Catch::Contains("object 0 is held by thread 1"));
}

}  // namespace
}  // namespace dsmsim::testing
