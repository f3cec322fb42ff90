#include "workloads/dataframe/dataframe.hpp"

#include <catch2/catch.hpp>

#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

DataframeOptions small_frame() {
  DataframeOptions options;
  options.scale = 1;
  options.rows = 4096;
  options.groups_per_key = 8;
  options.chunk_size = 4_KiB;
  options.head_start = 1_us;
  options.group_by = options.take = options.aggregate = 1_ns;
  return options;
}

std::uint64_t measured_in_frame(const MemoryWorld& m, OpKind kind) {
  const auto& counts = m.engine.measured();
  return counts.contains(kind) ? counts.at(kind) : 0;
}

}  // namespace

TEST_CASE("29 queries of a data frame are 126 tasks") {
  MemoryWorld m(1);
  Dataframe frame(small_frame());
  m.world.run(frame);
  CHECK(m.world.meter().operations() == 29);
  CHECK(measured_in_frame(m, OpKind::allocate) == 29 * 3 + 48 + 49);
  CHECK(measured_in_frame(m, OpKind::release) == 29 * 3 + 48 + 49);
}

TEST_CASE("A chunk's first reference on a server is kept for ever, or none is") {
  DataframeOptions options = small_frame();
  MemoryWorld kept(1);
  Dataframe first(options);
  kept.world.run(first);
  // every chunk of the table: 4 of each column, and 8 of v3
  const std::uint64_t chunks = 8 * 4 + 8;
  CHECK(measured_in_frame(kept, OpKind::borrow) - measured_in_frame(kept, OpKind::give_back) ==
        chunks);

  options.chunk_copies = ChunkCopies::dropped;
  MemoryWorld dropped(1);
  Dataframe second(options);
  dropped.world.run(second);
  CHECK(measured_in_frame(dropped, OpKind::borrow) ==
        measured_in_frame(dropped, OpKind::give_back));
  CHECK(measured_in_frame(dropped, OpKind::borrow) == measured_in_frame(kept, OpKind::borrow));
}

TEST_CASE("With affinity pointers every chunk is tied to the headers of its column") {
  DataframeOptions options = small_frame();
  options.affinity = FrameAffinity::tbox;
  MemoryWorld m(1);
  Dataframe frame(options);
  m.world.run(frame);
  CHECK(m.engine.counts().at(OpKind::tie) == 8 * 4 + 8);
  CHECK(measured_in_frame(m, OpKind::borrow) == 0);
}

TEST_CASE("Rows shrink with the scale, chunks and their number by its square root") {
  DataframeOptions whole;
  whole.scale = 1;
  CHECK(whole.chunks(4_B) == 382);
  CHECK(whole.chunks(8_B) == 763);
  CHECK(whole.chunk() == 1_MiB);
  DataframeOptions small;
  small.scale = 1.0 / 64;
  CHECK(small.scaled_rows() == 1'562'500);
  CHECK(small.chunk() == 128_KiB);
  CHECK(small.chunks(4_B) == 48);
  CHECK(small.scaled_head_start() == 1'562'500_ns);
}
