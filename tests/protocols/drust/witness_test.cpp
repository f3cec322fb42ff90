// What DRust tells a witness: every creation, write and read of plain data, by the names of their
// contents.

#include "tests/protocols/drust/fixture.hpp"
#include "tests/protocols/listener.hpp"

namespace dsmsim::testing {
namespace {

/// An object of 64 bytes that was allocated, by operation 1, on server 0.
struct WatchedScene {
  explicit WatchedScene(bool guarded = false)
      : dut(3, drust_options(), setup(listener)),
        alice(dut.thread(0)),
        bob(dut.thread(1)),
        object(alice.allocate(64_B, NodeId(), guarded)) {
    CHECK(listener.heard() == Testimony{{"created", 1}});
  }
  static DutOptions setup(Witness& witness) {
    DutOptions setup;
    setup.witness = &witness;
    return setup;
  }

  Listener listener;
  DrustDut dut;
  Puppet& alice;
  Puppet& bob;
  ObjectId object;
};

TEST_CASE("A witness hears of DRust's local writes and reads") {
  WatchedScene scene;
  CHECK(scene.alice.write(scene.object).result == 2);
  CHECK(scene.alice.read(scene.object).result == 2);
  scene.alice.run(Op::write(scene.object, 8_B, 16_B));
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 1, 0_B, 64_B},
                                            {"read", 3, 2, 0_B, 64_B},
                                            {"wrote", 4, 2, 8_B, 16_B}});
}

TEST_CASE("A witness hears of a read of a remote copy what the copy holds") {
  WatchedScene scene;
  const Borrow held = scene.bob.borrow(scene.object);
  scene.bob.read(held);
  scene.bob.read(held);
  CHECK(scene.listener.heard() == Testimony{{"read", 2, 1, 0_B, 64_B}, {"read", 3, 1, 0_B, 64_B}});
}

TEST_CASE("A witness hears of writes through a mutable reference, and through the Box after it") {
  WatchedScene scene;
  const Borrow held = scene.bob.borrow_mut(scene.object);
  scene.bob.write(held);
  scene.bob.read(held);
  scene.bob.give_back(held);
  scene.alice.write(scene.object);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 1, 0_B, 64_B},
                                            {"read", 3, 2, 0_B, 64_B},
                                            {"wrote", 4, 2, 0_B, 64_B}});
}

TEST_CASE("A witness hears that a promoted copy is written on top of what it held") {
  WatchedScene scene;
  scene.bob.write(scene.object);
  scene.alice.read(scene.object);
  scene.alice.write(scene.object);
  CHECK(scene.dut.drust.counters().promotions == 1);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 1, 0_B, 64_B},
                                            {"read", 3, 2, 0_B, 64_B},
                                            {"wrote", 4, 2, 0_B, 64_B}});
}

TEST_CASE("A witness hears of each write to a borrowed part once") {
  WatchedScene scene;
  const Borrow part = scene.bob.borrow_mut(scene.object, 16_B, 32_B);
  const auto use = [&](OpKind kind, Bytes offset) {
    Op op = Op::on(kind, scene.object, offset, 8_B);
    op.borrow = part.id;
    scene.bob.run(op);
  };
  use(OpKind::read, 16_B);
  use(OpKind::write, 16_B);
  use(OpKind::write, 24_B);
  use(OpKind::read, 16_B);
  scene.bob.give_back(part);
  scene.alice.read(scene.object);
  CHECK(scene.listener.heard() == Testimony{{"read", 2, 1, 16_B, 8_B},
                                            {"wrote", 3, 1, 16_B, 8_B},
                                            {"wrote", 4, 3, 24_B, 8_B},
                                            {"read", 5, 4, 16_B, 8_B},
                                            {"read", 6, 4, 0_B, 64_B}});
}

TEST_CASE("A witness hears of accesses behind a mutex when they reach the value") {
  WatchedScene scene(true);
  scene.bob.lock(scene.object);
  scene.bob.write(scene.object);
  scene.bob.read(scene.object);
  scene.bob.unlock(scene.object);
  scene.alice.lock(scene.object);
  scene.alice.read(scene.object);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 1, 0_B, 64_B},
                                            {"read", 3, 2, 0_B, 64_B},
                                            {"read", 4, 2, 0_B, 64_B}});
}

}  // namespace
}  // namespace dsmsim::testing
