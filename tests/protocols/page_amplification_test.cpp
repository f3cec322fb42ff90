// Amplification of engines that keep pages or blocks of them (docs/metrics.md), derived by hand
// from the tables of messages.

#include <catch2/catch.hpp>

#include "tests/protocols/amplification.hpp"
#include "tests/protocols/ivy/fixture.hpp"
#include "tests/protocols/kona/fixture.hpp"
#include "tests/protocols/legoos/fixture.hpp"
#include "tests/protocols/shared_fixture.hpp"
#include "tests/protocols/swap/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;

struct IvyBed {
  explicit IvyBed(std::size_t servers, std::uint32_t pages = 8)
      : dut(servers, [&](EngineContext context) {
          return std::make_unique<IvyEngine>(context, small_ivy(pages));
        }) {
    for (std::uint32_t i = 0; i < servers; ++i) {
      threads.push_back(&dut.thread(i));
    }
  }
  Puppet& at(std::uint32_t server) { return *threads[server]; }
  Dut dut;
  std::vector<Puppet*> threads;
};

TEST_CASE("IVY: remote writes of 8 bytes to pages of 512 bytes have 64, without the headers") {
  IvyBed bed(2);
  for (int i = 0; i < 4; ++i) {
    bed.at(1).run(bytes(OpKind::write, bed.at(0).allocate(512_B, NodeId(0))));
  }
  CHECK(writes(bed.dut) == Sums{512_B * 4, 8_B * 4});
  CHECK(bed.dut.cluster().fabric().ledger().dsm_wire() > 512_B * 4);
  bed.dut.finish();
}

TEST_CASE("IVY: all writes to one fetched page count against it: 8 bytes of every 512 have 64") {
  Dut dut(2,
          [](EngineContext context) { return std::make_unique<IvyEngine>(context, IvyOptions()); });
  Puppet& home = dut.thread(0);
  Puppet& writer = dut.thread(1);
  for (int i = 0; i < 8; ++i) {
    writer.run(bytes(OpKind::write, home.allocate(512_B, NodeId(0))));
  }
  CHECK(writes(dut) == Sums{4_KiB, 8_B * 8});
  dut.finish();
}

TEST_CASE("IVY: of an object of two pages of which one is missing, the other does not count") {
  IvyBed bed(2);
  const ObjectId object = bed.at(0).allocate(1_KiB, NodeId(0));
  bed.at(1).run(bytes(OpKind::read, object));
  bed.at(1).read(object);
  CHECK(reads(bed.dut) == Sums{512_B * 2, 8_B + 512_B});
  bed.dut.finish();
}

TEST_CASE("IVY: a page that a lock has brought counts for the first access to it") {
  IvyBed bed(2);
  const ObjectId object = bed.at(0).allocate(512_B, NodeId(0));
  bed.at(1).lock(object);
  CHECK(traffic(bed.dut).data(Cause::none) == 512_B);
  bed.at(1).run(bytes(OpKind::write, object));
  bed.at(1).unlock(object);
  CHECK(writes(bed.dut) == Sums{512_B, 8_B});
  CHECK(traffic(bed.dut).data(Cause::none) == 0_B);
  bed.dut.finish();
}

TEST_CASE("IVY: an owned page that is evicted is written back for what was written to it") {
  IvyBed bed(2, 1);
  const ObjectId object = bed.at(0).allocate(512_B, NodeId(0));
  const ObjectId other = bed.at(0).allocate(512_B, NodeId(0));
  bed.at(1).run(bytes(OpKind::write, object));        // PAGE
  bed.at(1).run(bytes(OpKind::write, object, 64_B));  // a hit
  bed.at(1).run(bytes(OpKind::read, other));          // WRITE_BACK, COPY
  CHECK(writes(bed.dut) == Sums{512_B * 2, 8_B + 8_B});
  CHECK(reads(bed.dut) == Sums{512_B, 8_B});
  bed.at(1).run(bytes(OpKind::atomic_add, object));
  CHECK(writes(bed.dut) == Sums{512_B * 3, 8_B * 3});
  bed.dut.finish();
}

TEST_CASE("Kona: of half reads and half writes to blocks of 4 KiB each have 512") {
  KonaDut dut;
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> blocks = dut.blocks(thread, 4);
  thread.run(bytes(OpKind::read, blocks[0]));
  thread.run(bytes(OpKind::write, blocks[1]));
  thread.run(bytes(OpKind::read, blocks[2]));
  thread.run(bytes(OpKind::write, blocks[3]));
  CHECK(reads(dut) == Sums{4_KiB * 2, 8_B * 2});
  CHECK(writes(dut) == Sums{4_KiB * 2, 8_B * 2});
  dut.finish();
}

TEST_CASE("Kona: dirty lines are written back without the headers of the log") {
  KonaDut dut;
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> blocks = dut.blocks(thread, 5);
  thread.run(bytes(OpKind::write, blocks[0]));
  thread.run(bytes(OpKind::write, blocks[0], 128_B, 16_B));  // a hit, in another line
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    thread.run(bytes(OpKind::read, blocks[i]));
  }
  CHECK(dut.kona().counters().evicted_lines == 2);
  CHECK(writes(dut) == Sums{4_KiB + 64_B * 2, 8_B + 16_B});
  CHECK(reads(dut) == Sums{4_KiB * 4, 8_B * 4});
  dut.finish();
}

TEST_CASE("Kona: the rest of a block counts for what wanted its critical line") {
  KonaOptions options = small_kona();
  options.critical_line_first = true;
  KonaDut dut(options);
  Puppet& thread = dut.thread(0);
  thread.run(bytes(OpKind::read, dut.blocks(thread, 1)[0]));
  CHECK(dut.sent().size() == 2);  // FETCH_LINE and FETCH_REST
  CHECK(reads(dut) == Sums{4_KiB, 8_B});
  dut.finish();
}

TEST_CASE("Kona-VM writes back pages, of which the bytes written are few") {
  KonaDut dut(small_kona(KonaVariant::kona_vm));
  Puppet& thread = dut.thread(0);
  const std::vector<ObjectId> blocks = dut.blocks(thread, 5);
  thread.run(bytes(OpKind::write, blocks[0]));
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    thread.run(bytes(OpKind::read, blocks[i]));
  }
  CHECK(writes(dut) == Sums{4_KiB * 2, 8_B});
  dut.finish();
}

TEST_CASE("Kona with a directory fetches blocks, and writes dirty lines back") {
  Dut dut(4, [](EngineContext context) {
    return std::make_unique<KonaShared>(context, shared_kona());
  });
  Puppet& thread = dut.thread(0);
  const ObjectId object = thread.allocate(512_B);
  const ObjectId other = thread.allocate(512_B);
  thread.run(bytes(OpKind::write, object));  // PAGE
  thread.run(bytes(OpKind::read, other));    // WRITE_BACK of one line, COPY
  CHECK(writes(dut) == Sums{512_B + 64_B, 8_B});
  CHECK(reads(dut) == Sums{512_B, 8_B});
  dut.finish();
}

TEST_CASE("LegoOS: first touches move nothing, and a dirty page leaves, alone or with a miss") {
  LegoosBed bed(2);
  const auto pages = bed.pages(3);
  bed.core.run(bytes(OpKind::write, pages[0]));
  bed.core.run(bytes(OpKind::write, pages[1], 0_B, 16_B));
  CHECK(writes(bed.dut) == kNothing);
  bed.core.run(bytes(OpKind::write, pages[2]));  // FLUSH of the first
  CHECK(writes(bed.dut) == Sums{4_KiB, 8_B});
  bed.core.run(bytes(OpKind::read, pages[0]));  // MISS_FLUSH with the second, MISS_REPLY
  CHECK(writes(bed.dut) == Sums{4_KiB * 2, 8_B + 16_B});
  CHECK(reads(bed.dut) == Sums{4_KiB, 8_B});
  bed.dut.finish();
}

TEST_CASE("LegoOS: bytes of a file count at each server that they come through") {
  LegoosBed bed(3, with_files(0));
  bed.core.run(Op::file_read(FileId(0), Bytes(), 4_KiB));
  bed.core.run(Op::file_write(FileId(0), Bytes(), 512_B));
  CHECK(reads(bed.dut) == Sums{4_KiB * 2, 4_KiB});   // STORE_READ_REPLY, FILE_READ_REPLY
  CHECK(writes(bed.dut) == Sums{512_B * 2, 512_B});  // FILE_WRITE, STORE_WRITE
  bed.dut.finish();
}

TEST_CASE("Infiniswap: a page that is swapped out leaves for what was written to it") {
  SwapBed bed(small_swap(2));
  const auto pages = bed.pages(3);
  for (const ObjectId page : pages) {
    bed.thread.run(bytes(OpKind::write, page));
  }
  CHECK(writes(bed.dut) == Sums{4_KiB, 8_B});  // SWAP_OUT of the first
  bed.thread.run(bytes(OpKind::read, pages[0], 0_B, 64_B));
  CHECK(reads(bed.dut) == Sums{4_KiB, 64_B});
  CHECK(writes(bed.dut) == Sums{4_KiB * 2, 8_B * 2});
}

TEST_CASE("IVY: first touches at home move nothing") {
  IvyBed ivy(2);
  const ObjectId object = ivy.at(0).allocate(4_KiB, NodeId(0));
  ivy.at(0).write(object);
  ivy.at(0).read(object);
  CHECK(reads(ivy.dut) == kNothing);
  CHECK(writes(ivy.dut) == kNothing);
  CHECK(ivy.dut.cluster().fabric().ledger().dsm_wire() == 0_B);
}

}  // namespace
}  // namespace dsmsim::testing
