// Reader locks: what they cost, whom they let in, and how threads that never get one are found.

#include "sim/base/error.hpp"
#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {
namespace {

constexpr Bytes kShared(40);  ///< of a guarded object

Outcome rlock(Puppet& thread, ObjectId object) {
  return thread.run(thread.whole(OpKind::rlock, object));
}
std::uint64_t attempt(Puppet& thread, OpKind kind, ObjectId object) {
  return thread.run(thread.whole(kind, object)).result;
}

TEST_CASE("A reader lock at its home sends nothing and costs an atomic each way") {
  DrustDut dut(2);
  Puppet& home = dut.thread(0);
  Puppet& other = dut.thread(0);
  const ObjectId entry = home.allocate(kShared, NodeId(), true);
  CHECK(rlock(home, entry).latency == touch(8_B) + 25_ns);
  CHECK(rlock(other, entry).latency == touch(8_B) + 25_ns);
  CHECK(home.read(entry).latency == 12_ns + touch(kShared));
  CHECK(other.read(entry).latency == 12_ns + touch(kShared));
  CHECK(home.unlock(entry).latency == 25_ns);
  CHECK(dut.drust.object(entry).lock == 1);
  other.unlock(entry);
  CHECK(dut.drust.object(entry).lock == 0);
  CHECK(dut.sent().empty());
  dut.finish();
}

TEST_CASE("A remote reader swaps in one more, with the number that it found, and takes it off") {
  DrustDut dut(3);
  Puppet& home = dut.thread(0);
  const ObjectId entry = home.allocate(kShared, NodeId(), true);
  Puppet& first = dut.thread(1);
  Puppet& second = dut.thread(2);
  const Duration swap = dut.latency_of(Verb::compare_swap, 8_B);
  CHECK(rlock(first, entry).latency == swap);
  CHECK(dut.sent() == Messages{{"lock", Verb::compare_swap, 1, 0, 8_B}});
  CHECK(rlock(second, entry).latency == swap * 2);
  CHECK(dut.sent() ==
        Messages{{"lock", Verb::compare_swap, 2, 0, 8_B}, {"lock", Verb::compare_swap, 2, 0, 8_B}});
  CHECK(dut.drust.counters().lock_retries == 1);
  first.read(entry);
  first.unlock(entry);
  second.unlock(entry);
  CHECK(dut.sent() == Messages{{"guarded_read", Verb::read, 1, 0, kShared},
                               {"runlock", Verb::fetch_add, 1, 0, 8_B},
                               {"runlock", Verb::fetch_add, 2, 0, 8_B}});
  home.lock(entry);
  home.unlock(entry);
  CHECK(dut.breakdown_sums_to_latency());
  dut.finish();
}

TEST_CASE("Attempts at a lock fail if, and only if, somebody has it who is in the way") {
  DrustDut dut(2);
  const ObjectId entry = dut.thread(0).allocate(kShared, NodeId(), true);
  for (const std::uint32_t server : {0U, 1U}) {
    Puppet& one = dut.thread(server);
    Puppet& other = dut.thread(1 - server);
    Puppet& third = dut.thread(server);
    CHECK(attempt(one, OpKind::try_rlock, entry) == 1);
    CHECK(attempt(other, OpKind::try_rlock, entry) == 1);
    CHECK(attempt(third, OpKind::try_lock, entry) == 0);
    CHECK(attempt(one, OpKind::try_lock, entry) == 0);
    one.unlock(entry);
    other.unlock(entry);
    CHECK(attempt(third, OpKind::try_lock, entry) == 1);
    CHECK(attempt(one, OpKind::try_rlock, entry) == 0);
    CHECK(attempt(other, OpKind::try_rlock, entry) == 0);
    third.unlock(entry);
  }
  dut.finish();
}

TEST_CASE("A reader reads and refers to the value, and does not write it") {
  DrustDut dut(2);
  const ObjectId entry = dut.thread(0).allocate(kShared, NodeId(), true);
  for (const std::uint32_t server : {0U, 1U}) {
    Puppet& reader = dut.thread(server);
    rlock(reader, entry);
    const Borrow guard = reader.borrow(entry);
    reader.read(guard);
    reader.give_back(guard);
    CHECK_THROWS_WITH(reader.write(entry), Catch::Contains("as a reader"));
    CHECK_THROWS_WITH(reader.borrow_mut(entry), Catch::Contains("as a reader"));
    CHECK_THROWS_WITH(dut.thread(0).unlock(entry), Catch::Contains("does not hold the lock"));
    CHECK_THROWS_WITH(reader.release(entry), Catch::Contains("it is locked"));
    reader.unlock(entry);
  }
}

TEST_CASE("Readers of a value that is borrowed each read the Box behind it, once a locking") {
  DrustOptions options = drust_options();
  options.mutex_value = DrustMutexValue::borrow;
  DrustDut dut(3, options);
  const ObjectId entry = dut.thread(0).allocate(kShared, NodeId(), true);
  Puppet& one = dut.thread(1);
  Puppet& other = dut.thread(2);
  rlock(one, entry);
  rlock(other, entry);
  dut.forget();
  one.read(entry);
  one.read(entry);
  other.read(entry);
  CHECK(dut.sent() == Messages{{"mutex_pointer", Verb::read, 1, 0, 16_B},
                               {"copy", Verb::read, 1, 0, kShared},
                               {"mutex_pointer", Verb::read, 2, 0, 16_B},
                               {"copy", Verb::read, 2, 0, kShared}});
  one.unlock(entry);
  rlock(one, entry);
  dut.forget();
  one.read(entry);
  CHECK(dut.sent() == Messages{{"mutex_pointer", Verb::read, 1, 0, 16_B}});
  one.unlock(entry);
  other.unlock(entry);
  dut.finish();
}

/// On every server a writer and two readers of one entry.
class ReadersAndWriters final : public Program {
 public:
  Task<> main(Thread& thread) override {
    entry_ = co_await thread.allocate(kShared, NodeId(0), true);
    std::vector<ThreadId> workers;
    for (std::uint32_t i = 0; i < 12; ++i) {
      workers.push_back(thread.spawn(NodeId(i % 4), [this, i](Thread& worker) {
        return i % 3 == 0 ? write(worker) : read(worker);
      }));
    }
    for (const ThreadId worker : workers) {
      co_await thread.join(worker);
    }
  }
  int most_readers = 0;
  int conflicts = 0;

 private:
  Task<> read(Thread& thread) {
    for (int i = 0; i < 20; ++i) {
      co_await thread.rlock(entry_);
      most_readers = std::max(most_readers, ++readers_);
      conflicts += writers_;
      const std::uint64_t before = co_await thread.read(entry_, 0_B, kShared);
      co_await thread.compute(300_ns);
      const std::uint64_t after = co_await thread.read(entry_, 0_B, kShared);
      conflicts += before == after ? 0 : 1;
      --readers_;
      co_await thread.unlock(entry_);
      co_await thread.compute(2_us);
    }
  }
  Task<> write(Thread& thread) {
    for (int i = 0; i < 20; ++i) {
      co_await thread.lock(entry_);
      conflicts += readers_ + writers_++;
      co_await thread.write(entry_, 0_B, kShared);
      --writers_;
      co_await thread.unlock(entry_);
      co_await thread.compute(5_us);
    }
  }
  ObjectId entry_;
  int readers_ = 0;
  int writers_ = 0;
};

TEST_CASE("Readers come together, writers alone, however the value is reached") {
  for (const DrustMutexValue value : {DrustMutexValue::in_place, DrustMutexValue::borrow}) {
    DrustOptions options = drust_options();
    options.mutex_value = value;
    DrustDut dut(4, options);
    ReadersAndWriters program;
    dut.world().run(program);
    CHECK(program.most_readers > 1);
    CHECK(program.conflicts == 0);
    CHECK(dut.drust.counters().stale_reads == 0);
    CHECK(dut.breakdown_sums_to_latency());
  }
}

TEST_CASE("A reader who wants the lock alone waits for itself") {
  DrustDut dut(2);
  Puppet& thread = dut.thread(1);
  const ObjectId entry = thread.allocate(kShared, NodeId(), true);
  rlock(thread, entry);
  rlock(thread, entry);
  CHECK_THROWS_WITH(thread.lock(entry), Catch::Contains("a thread locks what it has locked") &&
                                            Catch::Contains("cycle: "));
}

/// Two threads share two locks, and then each wants alone what the other shares with it.
class Upgraders final : public Program {
 public:
  Task<> main(Thread& thread) override {
    a_ = co_await thread.allocate(kShared, NodeId(0), true);
    b_ = co_await thread.allocate(kShared, NodeId(1), true);
    const ThreadId idle =
        thread.spawn(NodeId(0), [this](Thread& worker) { return share(worker, a_); });
    const ThreadId one =
        thread.spawn(NodeId(0), [this](Thread& worker) { return cross(worker, a_, b_); });
    const ThreadId two =
        thread.spawn(NodeId(1), [this](Thread& worker) { return cross(worker, b_, a_); });
    for (const ThreadId id : {idle, one, two}) {
      co_await thread.join(id);
    }
  }

 private:
  static Task<> share(Thread& thread, ObjectId object) {
    co_await thread.rlock(object);
    co_await thread.compute(100_us);
    co_await thread.unlock(object);
  }
  static Task<> cross(Thread& thread, ObjectId shared, ObjectId wanted) {
    co_await thread.rlock(shared);
    co_await thread.compute(10_us);
    co_await thread.lock(wanted);
  }
  ObjectId a_;
  ObjectId b_;
};

TEST_CASE("A cycle that leads over one of several readers is found") {
  DrustDut dut(2);
  Upgraders program;
  CHECK_THROWS_WITH(
      dut.world().run(program),
      Catch::Contains("threads wait for each other") &&
          Catch::Contains("cycle: thread 2 on server 0 -> the lock of object 1 -> thread 3 on "
                          "server 1 -> the lock of object 0 -> thread 2 on server 0"));
}

TEST_CASE("Readers who never leave keep a writer out until its patience ends") {
  DrustOptions options = drust_options();
  options.lock_patience = 1_ms;
  DrustDut dut(3, options);
  const ObjectId entry = dut.thread(0).allocate(kShared, NodeId(), true);
  rlock(dut.thread(1), entry);
  rlock(dut.thread(2), entry);
  CHECK_THROWS_WITH(dut.thread(0).lock(entry),
                    Catch::Contains("longer than lock_patience, 1ms") &&
                        Catch::Contains("object 0 is held by thread 1 on server 1") &&
                        Catch::Contains("object 0 is held by thread 2 on server 2"));
}

}  // namespace
}  // namespace dsmsim::testing
