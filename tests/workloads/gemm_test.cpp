#include "workloads/gemm/gemm.hpp"

#include <catch2/catch.hpp>

#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

/// Leaves of 64 rows, whose work is 343 products of blocks: 2.74 ms.
GemmOptions small_gemm() {
  GemmOptions options;
  options.scale = 1;
  options.size = 512;
  options.base = 8;
  return options;
}

std::uint64_t measured_in_gemm(const MemoryWorld& m, OpKind kind) {
  const auto& counts = m.engine.measured();
  return counts.contains(kind) ? counts.at(kind) : 0;
}

}  // namespace

TEST_CASE("Of a multiplication three levels deep 343 leaves are done") {
  MemoryWorld m(1);
  Gemm gemm(small_gemm());
  m.world.run(gemm);
  CHECK(m.world.meter().operations() == 343);
  CHECK(measured_in_gemm(m, OpKind::borrow) == 2 * 343);
  CHECK(measured_in_gemm(m, OpKind::give_back) == 2 * 343);
}

TEST_CASE("A group of seven leaves reads and writes what its loops do") {
  GemmOptions options = small_gemm();
  options.levels = 1;
  MemoryWorld m(1);
  Gemm gemm(options);
  m.world.run(gemm);
  // 14 operands, of which 10 are made of two quarters and 4 of one; 2 a leaf; two for each of 8
  // additions; the quarters of the result
  CHECK(measured_in_gemm(m, OpKind::read) == 10 * 2 + 4 + 7 * 2 + 8 * 2 + 4);
  CHECK(measured_in_gemm(m, OpKind::write) == 14 + 7 + 8 + 4);
  CHECK(measured_in_gemm(m, OpKind::allocate) == 14 + 7 + 1);
  CHECK(measured_in_gemm(m, OpKind::release) == 2 + 14 + 7);
}

TEST_CASE("Bytes and work shrink together") {
  GemmOptions whole;
  whole.scale = 1;
  GemmOptions small;
  small.scale = 1.0 / 64;
  CHECK(whole.bytes(0) == 4_GiB);
  CHECK(whole.bytes(3) == 64_MiB);
  CHECK(small.bytes(3) == 1_MiB);
  CHECK(whole.leaf_work().seconds() == Approx(5'764'801 * 8e-6));
  CHECK(small.leaf_work().seconds() == Approx(whole.leaf_work().seconds() / 64));
  CHECK(small.turn().ps() == whole.turn().ps() / 64);
}

TEST_CASE("In pieces a matrix is read by the element, by several threads") {
  GemmOptions options = small_gemm();
  options.levels = 1;
  options.size = 16;  // leaves of 8 x 8 elements
  options.access = 4_B;
  options.access_threads = 5;
  options.loops = GemmLoops::at_homes;
  MemoryWorld m(1);
  Gemm gemm(options);
  m.world.run(gemm);
  CHECK(measured_in_gemm(m, OpKind::read) == 7 * 2 * 64);
  CHECK(measured_in_gemm(m, OpKind::write) == 7 * 64);
}
