// The checker, told of operations by hand: what it lets pass and what it stops.

#include "sim/check/checker.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using Catch::Contains;

namespace {

constexpr std::uint64_t kUnit = 7;

/// Threads that do nothing, and a checker that is told what they do.
struct Stage {
  explicit Stage(MemoryModel model) : checker(world.simulation.queue()) {
    checker.set_model(model);
    for (std::uint32_t i = 0; i < 3; ++i) {
      world.world.spawn(NodeId(i % 2), [](Thread&) { return nothing(); });
    }
    world.simulation.run();
  }
  static Task<> nothing() { co_return; }
  const Thread& thread(std::uint32_t i) { return world.world.thread(ThreadId(i)); }

  OpToken begin(std::uint32_t thread, OpKind kind, Bytes offset = 0_B, Bytes length = 8_B) {
    ops[thread] = Op::on(kind, ObjectId(5), offset, length);
    return checker.begin(this->thread(thread), ops[thread]);
  }
  void end(std::uint32_t thread, std::uint64_t result = 1) {
    ops[thread].result = result;
    checker.end(this->thread(thread), ops[thread]);
  }
  void whole(std::uint32_t thread, OpKind kind) {
    begin(thread, kind);
    end(thread);
  }
  /// The write takes effect on top of the latest that took effect here.
  void effect(OpToken write, Bytes offset = 0_B, Bytes length = 8_B) {
    checker.wrote(write, {kUnit, offset, length}, latest);
    latest = write;
  }
  OpToken write(std::uint32_t thread, Bytes offset = 0_B, Bytes length = 8_B) {
    const OpToken token = begin(thread, OpKind::write, offset, length);
    effect(token, offset, length);
    end(thread);
    return token;
  }
  void read(std::uint32_t thread, OpToken contents, Bytes offset = 0_B, Bytes length = 8_B) {
    const OpToken token = begin(thread, OpKind::read, offset, length);
    checker.read(token, {kUnit, offset, length}, contents);
    end(thread);
  }

  test::MemoryWorld world{2};
  Checker checker;
  Op ops[3] = {Op::fence(), Op::fence(), Op::fence()};
  OpToken latest = 0;
};

}  // namespace

TEST_CASE("A read of bytes that nobody has written sees no write to other bytes of their unit") {
  Stage stage(MemoryModel::sequential);
  const OpToken write = stage.write(0, 0_B, 8_B);
  stage.read(1, write, 8_B, 8_B);
  CHECK(stage.checker.last_read(ThreadId(1)) == 0);
  stage.read(1, write, 0_B, 8_B);
  CHECK(stage.checker.last_read(ThreadId(1)) == write);
}

TEST_CASE("A read must find the latest contents") {
  Stage stage(MemoryModel::sequential);
  const OpToken first = stage.write(0);
  const OpToken second = stage.write(1);
  stage.read(2, second);
  CHECK_THROWS_WITH(stage.read(2, first), Contains("must see operation 1 of thread 1"));
}

TEST_CASE("A read may find what was the latest when it began") {
  Stage stage(MemoryModel::sequential);
  const OpToken first = stage.write(0);
  const OpToken reading = stage.begin(2, OpKind::read);
  stage.write(1);
  CHECK_NOTHROW(stage.checker.read(reading, {kUnit, 0_B, 8_B}, first));
}

TEST_CASE("Contents that only differ in other bytes are as good as the latest") {
  Stage stage(MemoryModel::sequential);
  const OpToken first = stage.write(0, 0_B, 8_B);
  stage.write(1, 8_B, 8_B);
  CHECK_NOTHROW(stage.read(2, first, 0_B, 8_B));
  CHECK_THROWS_WITH(stage.read(2, first, 4_B, 8_B), Contains("must see"));
}

TEST_CASE("Bytes that nobody has written are as they were, whoever has written beside them") {
  Stage stage(MemoryModel::sequential);
  const OpToken beside = stage.write(0, 0_B);
  stage.read(1, beside, 8_B);
  CHECK(stage.checker.last_read(ThreadId(1)) == 0);
  stage.read(1, beside, 0_B);
  CHECK(stage.checker.last_read(ThreadId(1)) == beside);
}

TEST_CASE("Contents that never were are found out") {
  Stage stage(MemoryModel::coherent);
  stage.write(0);
  CHECK_THROWS_WITH(stage.read(2, 12345), Contains("not among the last contents"));
}

TEST_CASE("A write on top of old contents loses bytes") {
  Stage stage(MemoryModel::pso);
  const OpToken first = stage.write(0);
  stage.write(1, 8_B);
  const OpToken third = stage.begin(2, OpKind::write);
  CHECK_THROWS_WITH(stage.checker.wrote(third, {kUnit, 0_B, 8_B}, first),
                    Contains("bytes are lost"));
}

TEST_CASE("A write takes effect once, and under sequential consistency before it ends") {
  Stage stage(MemoryModel::sequential);
  stage.begin(0, OpKind::write);
  CHECK_THROWS_WITH(stage.end(0), Contains("has ended and has not taken effect"));
  const OpToken twice = stage.write(1);
  CHECK_THROWS_WITH(stage.effect(twice), Contains("for a second time"));
}

TEST_CASE("A write may take effect late, but not behind a fence of its thread, nor a lock") {
  for (const OpKind fence : {OpKind::fence, OpKind::lock, OpKind::unlock}) {
    Stage stage(MemoryModel::pso);
    stage.begin(0, OpKind::write);
    stage.end(0);
    stage.begin(0, fence);
    if (fence == OpKind::fence) {
      stage.end(0);
      CHECK_THROWS_WITH(stage.read(0, 0, 64_B), Contains("has not taken effect"));
    } else {
      CHECK_THROWS_WITH(stage.end(0), Contains("has not taken effect"));
    }
  }
}

TEST_CASE("A thread sees its own writes, late or not") {
  Stage stage(MemoryModel::pso);
  const OpToken late = stage.begin(0, OpKind::write);
  stage.end(0);
  CHECK_THROWS_WITH(stage.read(0, 0), Contains("does not see operation 1"));
  CHECK_NOTHROW(stage.read(1, 0));
  const OpToken reading = stage.begin(0, OpKind::read);
  CHECK_NOTHROW(stage.checker.read_early(reading, {kUnit, 0_B, 8_B}, late));
  const OpToken other = stage.begin(1, OpKind::read);
  CHECK_THROWS_WITH(stage.checker.read_early(other, {kUnit, 0_B, 8_B}, late),
                    Contains("has not taken effect for others"));
}

TEST_CASE("Where only coherence is claimed an old value will do, but never one older than seen") {
  Stage stage(MemoryModel::coherent);
  const OpToken first = stage.write(0);
  const OpToken second = stage.write(0);
  stage.read(1, first);
  stage.read(1, second);
  CHECK_THROWS_WITH(stage.read(1, first), Contains("must see"));
  CHECK_THROWS_WITH(stage.read(0, first), Contains("must see"));
}

TEST_CASE("Locks of one object exclude each other") {
  Stage stage(MemoryModel::sequential);
  stage.whole(0, OpKind::rlock);
  stage.whole(1, OpKind::rlock);
  stage.begin(2, OpKind::try_lock);
  CHECK_NOTHROW(stage.end(2, 0));
  CHECK_THROWS_WITH(stage.whole(2, OpKind::lock),
                    Contains("which thread 0 on server 0 holds bytes 0 to 7"));
  stage.whole(0, OpKind::unlock);
  stage.whole(1, OpKind::unlock);
  stage.whole(2, OpKind::lock);
  CHECK_THROWS_WITH(stage.whole(0, OpKind::rlock), Contains("which thread 2"));
}

TEST_CASE("Locks of ranges of an object exclude each other where they overlap") {
  Stage stage(MemoryModel::sequential);
  const auto lock = [&](std::uint32_t thread, OpKind kind, Bytes offset, Bytes length) {
    stage.begin(thread, kind, offset, length);
    stage.end(thread);
  };
  lock(0, OpKind::lock, 0_B, 8_B);
  lock(1, OpKind::try_lock, 8_B, 8_B);
  lock(0, OpKind::rlock, 16_B, 8_B);
  lock(1, OpKind::try_rlock, 20_B, 8_B);
  CHECK_THROWS_WITH(lock(2, OpKind::rlock, 7_B, 1_B),
                    Contains("thread 2 on server 0 has locked byte 7 of object 5, of which thread "
                             "0 on server 0 holds bytes 0 to 7"));
  lock(1, OpKind::unlock, 8_B, 8_B);
  lock(2, OpKind::lock, 8_B, 8_B);
  CHECK_THROWS_WITH(lock(2, OpKind::lock, 0_B, 32_B), Contains("has locked bytes 0 to 31"));
}

TEST_CASE("A violation is an error with exit code 3 that tells the last writes") {
  Stage stage(MemoryModel::sequential);
  const OpToken first = stage.write(0);
  for (int i = 0; i < 20; ++i) {
    stage.write(1);
  }
  try {
    stage.read(2, first);
    FAIL("an old value was let pass");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::incoherent);
    CHECK_THAT(error.what(), Contains("operation 20 of thread 1") && Contains("bytes 0 to 7"));
  }
}

TEST_CASE("What is remembered of a unit is bounded, and what is too old is found out") {
  Stage stage(MemoryModel::coherent);
  const OpToken first = stage.write(0);
  for (std::size_t i = 0; i < 3 * Checker::kRemembered; ++i) {
    stage.write(1);
  }
  CHECK_THROWS_WITH(stage.read(2, first), Contains("not among the last contents"));
}
