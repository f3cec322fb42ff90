// For what the data that an operation moves are counted (docs/metrics.md).

#include <catch2/catch.hpp>

#include "sim/dsm/contract/op.hpp"

namespace dsmsim {
namespace {

using namespace literals;

Cause cause(OpKind kind, Bytes length = 8_B) {
  return cause_of(Op::on(kind, ObjectId(), Bytes(), length));
}

TEST_CASE("Reads of memory, files and words move data for reads") {
  for (const OpKind kind : {OpKind::read, OpKind::file_read, OpKind::read_fe, OpKind::read_ff}) {
    CHECK(cause(kind) == Cause::read);
  }
}

TEST_CASE("Writes, atomics and what fills a word move data for writes") {
  for (const OpKind kind : {OpKind::write, OpKind::file_write, OpKind::atomic_add,
                            OpKind::atomic_cas, OpKind::write_ef, OpKind::write_xf}) {
    CHECK(cause(kind) == Cause::write);
  }
}

TEST_CASE("Whatever asks for no bytes moves data for nobody") {
  for (const OpKind kind : {OpKind::lock, OpKind::borrow_mut, OpKind::unlock, OpKind::allocate,
                            OpKind::file_sync, OpKind::send, OpKind::start, OpKind::migrate}) {
    CHECK(cause(kind) == Cause::none);
  }
  CHECK(cause(OpKind::read, 0_B) == Cause::none);
  CHECK(cause(OpKind::write, 0_B) == Cause::none);
}

}  // namespace
}  // namespace dsmsim
