// What GAM tells a witness: every read and write of plain data, at the moment at which it takes
// effect, by the names of the blocks' contents.

#include <catch2/catch.hpp>

#include "tests/protocols/gam/fixture.hpp"
#include "tests/protocols/listener.hpp"

namespace dsmsim::testing {
namespace {

/// Objects in the memory of server 0. Operation 1 allocates the first, the others count from 2.
struct Watched {
  explicit Watched(GamOptions options = GamOptions())
      : bed(4, options, setup(listener)), object(bed.block(0)) {}
  static DutOptions setup(Witness& witness) {
    DutOptions setup;
    setup.witness = &witness;
    return setup;
  }
  void write(std::uint32_t server, Bytes offset) {
    bed.at(server).run(part(OpKind::write, object, offset));
  }
  void read(std::uint32_t server) { bed.at(server).read(object); }

  Listener listener;
  GamBed bed;
  ObjectId object;
};

TEST_CASE("A witness hears what a read miss of GAM finds, and a hit after it") {
  Watched scene;
  scene.write(0, 0_B);
  scene.read(1);
  scene.read(1);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 0, 0_B, 8_B},
                                            {"read", 3, 2, 0_B, 512_B},
                                            {"read", 4, 2, 0_B, 512_B}});
}

TEST_CASE("A witness hears of GAM's write misses and hits, each on top of the one before") {
  Watched scene;
  scene.write(1, 0_B);
  scene.write(1, 8_B);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 0, 0_B, 8_B}, {"wrote", 3, 2, 8_B, 8_B}});
}

TEST_CASE("A witness hears of a GAM upgrade when it is granted") {
  Watched scene;
  scene.read(1);
  scene.read(2);
  scene.listener.heard();
  scene.bed.at(1).start(part(OpKind::write, scene.object, 16_B));  // 4
  Script reader(scene.bed, 2, {{0_ns, part(OpKind::read, scene.object, 16_B)}});
  scene.bed.dut.run();
  scene.read(1);
  CHECK(scene.listener.heard() == Testimony{{"read", 5, 0, 16_B, 8_B},
                                            {"wrote", 4, 0, 16_B, 8_B},
                                            {"read", 6, 4, 0_B, 512_B}});
}

TEST_CASE("A witness hears of a block that GAM hands from owner to owner") {
  Watched scene;
  scene.write(1, 0_B);
  scene.write(2, 8_B);
  scene.read(3);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 0, 0_B, 8_B},
                                            {"wrote", 3, 2, 8_B, 8_B},
                                            {"read", 4, 3, 0_B, 512_B}});
}

TEST_CASE("A witness hears of a GAM home's write when its sharers are gone, not before") {
  Watched scene;
  scene.read(1);
  scene.listener.heard();
  scene.bed.at(0).start(part(OpKind::write, scene.object, 0_B));  // 3
  Script reader(scene.bed, 1, {{100_ns, part(OpKind::read, scene.object, 0_B)}});
  scene.bed.dut.run();
  scene.read(0);
  CHECK(scene.listener.heard() ==
        Testimony{{"read", 4, 0, 0_B, 8_B}, {"wrote", 3, 0, 0_B, 8_B}, {"read", 5, 3, 0_B, 512_B}});
}

TEST_CASE("A witness hears which bytes of a GAM line are of a write that is not granted yet") {
  for (const bool released : {true, false}) {
    GamOptions options;
    options.early_write_bytes = released;
    Watched scene(options);
    const ObjectId object = scene.object;
    scene.write(0, 0_B);  // 2
    scene.bed.at(1).run(part(OpKind::rlock, object, 0_B));
    scene.listener.heard();
    Script writer(scene.bed, 1, {{0_ns, part(OpKind::write, object, 8_B)}});  // 3
    Script reader(scene.bed, 1,
                  {{500_ns, part(OpKind::read, object, 8_B)},  // 4
                   {500_ns, whole(OpKind::read, object)}});    // 5
    scene.bed.dut.run();
    const Testimony early{{"read early", 4, 3, 8_B, 8_B},
                          {"read", 5, 2, 0_B, 8_B},
                          {"read early", 5, 3, 8_B, 8_B},
                          {"read", 5, 2, 16_B, 496_B},
                          {"wrote", 3, 2, 8_B, 8_B}};
    const Testimony late{
        {"read", 4, 2, 8_B, 8_B}, {"read", 5, 2, 0_B, 512_B}, {"wrote", 3, 2, 8_B, 8_B}};
    CHECK(scene.listener.heard() == (released ? early : late));
    CHECK(reader[0].result == (released ? (gam::kUngranted | 3) : 2));
    scene.bed.at(1).run(part(OpKind::unlock, object, 0_B));
    scene.bed.dut.finish();
  }
}

TEST_CASE("A witness hears of each block that a GAM operation touches, and of its part of it") {
  Watched scene;
  const ObjectId large = scene.bed.at(0).allocate(1024_B, NodeId(0));  // 2
  Op op = part(OpKind::write, large, 504_B);
  op.length = 24_B;
  scene.bed.at(1).run(op);
  op.kind = OpKind::read;
  scene.bed.at(1).run(op);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 3, 0, 504_B, 8_B},
                                            {"wrote", 3, 0, 0_B, 16_B},
                                            {"read", 4, 3, 504_B, 8_B},
                                            {"read", 4, 3, 0_B, 16_B}});
}

TEST_CASE("A GAM block keeps its name when an atomic operation changes a word") {
  Watched scene;
  scene.write(1, 0_B);
  CHECK(scene.bed.at(2).run(part(OpKind::atomic_add, scene.object, 0_B)).result == 0);
  scene.read(2);
  CHECK(scene.listener.heard() == Testimony{{"wrote", 2, 0, 0_B, 8_B}, {"read", 3, 2, 0_B, 512_B}});
}

}  // namespace
}  // namespace dsmsim::testing
