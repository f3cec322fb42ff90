#include "sim/dsm/contract/op.hpp"

#include <catch2/catch.hpp>

namespace dsmsim {

TEST_CASE("Operations are called what results call them") {
  CHECK(to_string(OpKind::allocate) == "allocate");
  CHECK(to_string(OpKind::borrow_mut) == "borrow_mut");
  CHECK(to_string(OpKind::end_phase) == "end_phase");
}

TEST_CASE(
    "What an operation moves data for is nothing if it asks for no bytes, but words have theirs") {
  Op op = Op::read(ObjectId(), Bytes(), Bytes());
  CHECK(cause_of(op) == Cause::none);
  op.length = Bytes(1);
  CHECK(cause_of(op) == Cause::read);
  CHECK(cause_of(Op::write_ef(ObjectId(), Bytes(), 0)) == Cause::write);
  CHECK(cause_of(Op::read_ff(ObjectId(), Bytes())) == Cause::read);
  CHECK(cause_of(Op::lock(ObjectId(), Bytes(8))) == Cause::none);
}

TEST_CASE("Only locks are shared and give up at once, only what moves bytes has tokens") {
  for (const OpTraits& traits : kOps) {
    INFO(to_string(traits.kind));
    CHECK((is_lock(traits.kind) || !(traits.shared || traits.tries)));
    CHECK((!traits.takes_token || traits.cause != Cause::none || traits.kind == OpKind::allocate));
  }
}

TEST_CASE("What is for no engine is refused in words") {
  CHECK_THROWS_WITH(not_for_engines(OpKind::migrate), "migrate is for no engine");
}

}  // namespace dsmsim
