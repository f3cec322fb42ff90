// Amplification of engines that keep objects or blocks (docs/metrics.md), derived by hand from the
// tables of messages: data that moved for reads and for writes, against the bytes that were missing
// or had to leave.

#include "tests/protocols/amplification.hpp"

#include <catch2/catch.hpp>

#include "tests/protocols/drust/programs.hpp"
#include "tests/protocols/gam/fixture.hpp"
#include "tests/protocols/grappa/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

// ---- GAM

TEST_CASE("GAM: remote writes of 8 bytes to objects of 512 bytes have an amplification of 64") {
  GamBed bed(2);
  for (int i = 0; i < 4; ++i) {
    bed.at(1).run(bytes(OpKind::write, bed.block(0)));
  }
  CHECK(writes(bed.dut) == Sums{512_B * 4, 8_B * 4});
  CHECK(reads(bed.dut) == kNothing);
  bed.dut.finish();
}

TEST_CASE("GAM: of half reads and half writes each have 64, and an upgrade misses nothing") {
  GamBed bed(2);
  const ObjectId read = bed.block(0);
  bed.at(1).run(bytes(OpKind::read, read));
  bed.at(1).run(bytes(OpKind::write, bed.block(0)));
  bed.at(1).run(bytes(OpKind::write, read));  // WRITE_PERMISSION_ONLY
  CHECK(reads(bed.dut) == Sums{512_B, 8_B});
  CHECK(writes(bed.dut) == Sums{512_B, 8_B});
  bed.dut.finish();
}

TEST_CASE("GAM: a lock that only waits on its own server makes nothing remote") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  Puppet& other = bed.dut.thread(0);
  bed.at(0).lock(object);
  other.start(other.whole(OpKind::lock, object));
  other.start(other.whole(OpKind::write, object));
  bed.dut.run();
  CHECK(other.busy());
  bed.at(0).read(object);
  bed.at(0).start(bed.at(0).whole(OpKind::unlock, object));
  bed.dut.run();
  CHECK_FALSE(other.busy());
  CHECK(reads(bed.dut) == kNothing);
  CHECK(writes(bed.dut) == kNothing);
  other.unlock(object);
  bed.dut.finish();
}

TEST_CASE("GAM: what a lock fetches counts for the first access under it") {
  for (const std::uint32_t server : {1U, 0U}) {  // at a cache; at home, from its owner
    INFO("server " << server);
    GamBed bed(2);
    const ObjectId object = bed.block(0);
    if (server == 0) {
      bed.at(1).run(bytes(OpKind::write, object));
    }
    const Sums before = writes(bed.dut);
    bed.at(server).lock(object);
    CHECK(traffic(bed.dut).data(Cause::none) == 512_B);
    bed.at(server).run(bytes(OpKind::read, object));
    bed.at(server).run(bytes(OpKind::read, object, 64_B));
    bed.at(server).run(bytes(OpKind::write, object));
    bed.at(server).unlock(object);
    CHECK(traffic(bed.dut).data(Cause::none) == 0_B);
    CHECK(reads(bed.dut) == Sums{512_B, 8_B});
    CHECK(writes(bed.dut) == before);
    bed.dut.finish();
  }
}

TEST_CASE("GAM: what a lock fetches and nobody uses is nobody's data") {
  GamBed bed(2);
  const ObjectId object = bed.block(0);
  bed.at(1).lock(object);
  bed.at(1).unlock(object);
  CHECK(traffic(bed.dut).data(Cause::none) == 512_B);
  CHECK(reads(bed.dut) == kNothing);
  CHECK(writes(bed.dut) == kNothing);
  bed.dut.finish();
}

TEST_CASE("GAM: a dirty block that is evicted leaves for what hits have written to it") {
  GamBed bed(2, cache_of(1));
  const ObjectId object = bed.block(0);
  bed.at(1).run(bytes(OpKind::write, object));       // GRANT_DATA
  bed.at(1).run(bytes(OpKind::write, object, 8_B));  // a hit
  bed.at(1).run(bytes(OpKind::read, bed.block(0)));  // WRITE_BACK_DATA
  CHECK(writes(bed.dut) == Sums{512_B + 512_B, 8_B + 8_B});
  CHECK(reads(bed.dut) == Sums{512_B, 8_B});
  bed.dut.finish();
}

TEST_CASE("GAM: a dirty block goes to a reader for the read, and home for the write") {
  GamBed bed(3);
  const ObjectId object = bed.block(0);
  bed.at(1).run(bytes(OpKind::write, object));
  bed.at(2).run(bytes(OpKind::read, object));  // DATA_REPLY and HOME_COPY
  CHECK(reads(bed.dut) == Sums{512_B, 8_B});
  CHECK(writes(bed.dut) == Sums{512_B + 512_B, 8_B});
  bed.at(2).run(bytes(OpKind::write, object));
  bed.at(0).run(bytes(OpKind::read, object, 16_B));  // FETCHED_DATA
  CHECK(reads(bed.dut) == Sums{512_B * 2, 8_B * 2});
  CHECK(writes(bed.dut) == Sums{512_B + 512_B, 8_B});
  bed.dut.finish();
}

TEST_CASE("GAM: an atomic operation fetches a block for 8 bytes") {
  GamBed bed(2);
  bed.at(1).run(bytes(OpKind::atomic_add, bed.block(0)));
  CHECK(writes(bed.dut) == Sums{512_B, 8_B});
  bed.dut.finish();
}

TEST_CASE("GAM: an access to two blocks of which one is here misses its part of the other") {
  GamBed bed(2);
  const ObjectId object = bed.at(0).allocate(1_KiB, NodeId(0));
  bed.at(1).run(bytes(OpKind::read, object));
  bed.at(1).run(bytes(OpKind::read, object, 0_B, 612_B));
  CHECK(reads(bed.dut) == Sums{512_B * 2, 8_B + 100_B});
  bed.dut.finish();
}

// ---- objects

TEST_CASE("DRust: a copy is the whole object, and hits on it miss nothing") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& reader = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow borrow = reader.borrow(object);
  Op op = bytes(OpKind::read, object);
  op.borrow = borrow.id;
  reader.run(op);
  reader.run(op);
  reader.give_back(borrow);
  CHECK(reads(dut) == Sums{512_B, 8_B});
  dut.finish();
}

TEST_CASE("DRust: an object that is moved to be written counts for the first write") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow borrow = writer.borrow_mut(object);
  Op op = bytes(OpKind::write, object);
  op.borrow = borrow.id;
  writer.run(op);
  writer.run(op);
  writer.give_back(borrow);
  CHECK(writes(dut) == Sums{512_B, 8_B});
  CHECK(reads(dut) == kNothing);
  dut.finish();
}

TEST_CASE("DRust: accesses to what lies elsewhere and stays there have exactly 1") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId guarded = owner.allocate(200_B, NodeId(0), true);
  other.lock(guarded);
  other.read(guarded);                                   // guarded_read
  other.run(bytes(OpKind::write, guarded, 0_B, 100_B));  // guarded_write
  other.unlock(guarded);
  CHECK(reads(dut) == Sums{200_B, 200_B});
  CHECK(writes(dut) == Sums{100_B, 100_B});
  CHECK(traffic(dut).data(Cause::none) == 0_B);
  dut.finish();
}

TEST_CASE("DRust: without room for an object its bytes are used in place, exactly 1") {
  DrustDut dut(2, tiny(drust_options()), tiny());
  Puppet& cramped = dut.thread(0);
  for (int i = 0; i < 2; ++i) {
    cramped.write(cramped.allocate(kSize));
  }
  const ObjectId object = dut.thread(1).allocate(kSize);
  cramped.run(bytes(OpKind::write, object));  // in_place_write
  cramped.run(bytes(OpKind::read, object));   // in_place_read
  CHECK(writes(dut) == Sums{8_B, 8_B});
  CHECK(reads(dut) == Sums{8_B, 8_B});
}

TEST_CASE("DRust: a part that is borrowed comes for the write, and goes back for later ones") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& writer = dut.thread(1);
  const ObjectId object = owner.allocate(kSize);
  const Borrow part = writer.borrow_mut(object, 0_B, 64_B);
  Op op = bytes(OpKind::write, object);
  op.borrow = part.id;
  writer.run(op);  // part_read
  op.length = 16_B;
  writer.run(op);          // a hit
  writer.give_back(part);  // part_write
  CHECK(writes(dut) == Sums{64_B * 2, 8_B + 16_B});
  dut.finish();
}

TEST_CASE("DRust: what else of its group a write brings, itself a hit, is that of who uses it") {
  DrustDut dut(2);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId root = owner.allocate(kSize);
  const ObjectId a = owner.allocate(64_B);
  const ObjectId b = owner.allocate(64_B);
  owner.tie(a, root);
  owner.tie(b, root);
  other.run(bytes(OpKind::write, root));  // move of all
  owner.run(bytes(OpKind::read, a));      // copy of all
  other.run(bytes(OpKind::write, b));
  CHECK(writes(dut) == Sums{640_B, 8_B});
  CHECK(reads(dut) == Sums{640_B, 8_B});
  owner.run(bytes(OpKind::write, root));  // its copy becomes the object; move of the last
  CHECK(writes(dut) == Sums{640_B, 8_B});
  CHECK(traffic(dut).data(Cause::none) == 64_B);
  owner.run(bytes(OpKind::read, b));
  CHECK(reads(dut) == Sums{640_B + 64_B, 8_B + 8_B});
  CHECK(traffic(dut).data(Cause::none) == 0_B);
  dut.finish();
}

TEST_CASE("DRust: an atomic operation moves its word") {
  for (const DrustAtomics atomics : {DrustAtomics::message, DrustAtomics::verb}) {
    DrustOptions options = drust_options();
    options.atomics = atomics;
    DrustDut dut(2, options);
    Puppet& owner = dut.thread(0);
    const ObjectId object = owner.allocate(8_B);
    dut.thread(1).run(bytes(OpKind::atomic_add, object));
    CHECK(writes(dut) == Sums{8_B, 8_B});
  }
}

TEST_CASE("DRust: what backups are sent leaves for what was written") {
  DrustOptions options = drust_options();
  options.replication.backups = 1;
  options.replication.write_back = DrustWriteBack::every_borrow;
  DrustDut dut(3, options);
  Puppet& owner = dut.thread(0);
  const ObjectId object = owner.allocate(kSize);
  owner.run(bytes(OpKind::write, object));  // write_back
  CHECK(writes(dut) == Sums{512_B, 8_B});
  dut.thread(1).run(bytes(OpKind::write, object, 8_B));  // move, write_back
  CHECK(writes(dut) == Sums{512_B * 3, 8_B * 2});
}

TEST_CASE("DRust as released: a leased mutex brings its value for the first access") {
  DrustOptions options = drust_options();
  options.mode = DrustMode::artifact;
  DrustDut dut(2, options);
  Puppet& owner = dut.thread(0);
  Puppet& other = dut.thread(1);
  const ObjectId guarded = owner.allocate(200_B, NodeId(0), true);
  other.lock(guarded);
  CHECK(traffic(dut).data(Cause::none) == 200_B);  // move
  other.run(bytes(OpKind::read, guarded));
  other.read(guarded);
  other.unlock(guarded);
  CHECK(reads(dut) == Sums{200_B, 8_B});
  CHECK(writes(dut) == kNothing);
  CHECK(traffic(dut).data(Cause::none) == 0_B);
}

TEST_CASE("Grappa: delegates move what is asked for, requests and packets are overhead") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(0).allocate(64_B);
  REQUIRE(bed.home(word) == 1);
  bed.at(0).run(bytes(OpKind::read, word, 0_B, 13_B));
  CHECK(reads(bed.dut) == Sums{13_B, 13_B});
  bed.at(0).run(bytes(OpKind::write, word, 0_B, 40_B));
  CHECK(writes(bed.dut) == Sums{40_B, 40_B});
  bed.at(0).run(bytes(OpKind::atomic_add, word));
  bed.at(0).run(Op::write_ef(word, Bytes(), 0));
  bed.at(0).run(Op::read_fe(word, Bytes()));
  CHECK(writes(bed.dut) == Sums{56_B, 56_B});
  CHECK(reads(bed.dut) == Sums{21_B, 21_B});
  bed.at(1).read(word);  // at home
  CHECK(reads(bed.dut) == Sums{21_B, 21_B});
  bed.dut.finish();
}

TEST_CASE("First touches at home move nothing") {
  GamBed gam(2);
  DrustDut drust(2);
  for (Dut* const dut : {&gam.dut, static_cast<Dut*>(&drust)}) {
    Puppet& thread = dut->thread(0);
    const ObjectId object = thread.allocate(4_KiB, NodeId(0));
    thread.write(object);
    thread.read(object);
    CHECK(reads(*dut) == kNothing);
    CHECK(writes(*dut) == kNothing);
    CHECK(dut->cluster().fabric().ledger().dsm_wire() == 0_B);
  }
}

}  // namespace
}  // namespace dsmsim::testing
