// Critical sections that go to the data (Thread::call_read): one delegate each.

#include <catch2/catch.hpp>

#include "tests/protocols/grappa/fixture.hpp"

namespace dsmsim::testing {
namespace {

TEST_CASE("Grappa: a call is a request and a reply, and computes at its home") {
  GrappaBed bed(2);
  const ObjectId entry = bed.at(0).allocate(40_B);
  REQUIRE(bed.home(entry) == 1);
  Puppet& alice = bed.at(0);
  bed.dut.forget();
  alice.run(Op::call_read(entry, 0_B, 40_B, Duration()));
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 28_B + 32_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 16_B + 40_B}});
  bed.dut.forget();
  alice.run(Op::call_write(entry, 0_B, 40_B, 10_us));
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 28_B + 32_B + 40_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 16_B}});
  CHECK(bed.dut.breakdown_sums_to_latency());
  bed.dut.finish();
}

TEST_CASE("Grappa: a call at its own core costs a function call and its work") {
  GrappaBed bed(2);
  const ObjectId entry = bed.at(1).allocate(40_B);
  REQUIRE(bed.home(entry) == 1);
  Puppet& bob = bed.at(1);
  bob.run(Op::call_write(entry, 0_B, 40_B, Duration()));
  bed.dut.forget();
  const Duration idle = bob.run(Op::call_write(entry, 0_B, 40_B, Duration())).latency;
  CHECK(bob.run(Op::call_write(entry, 0_B, 40_B, 5_us)).latency == idle + 5_us);
  CHECK(bed.dut.sent().empty());
  bed.dut.finish();
}

TEST_CASE("Grappa: what lies at several cores is not reached by a call") {
  GrappaBed bed(2);
  const ObjectId small = bed.at(0).allocate(64_B);
  const ObjectId large = bed.at(0).allocate(65_B);
  CHECK(bed.engine().calls_at(small));
  CHECK_FALSE(bed.engine().calls_at(large));
}

}  // namespace
}  // namespace dsmsim::testing
