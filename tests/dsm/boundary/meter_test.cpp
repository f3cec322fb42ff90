// Counts, percentiles and sums of what is measured at the boundary.

#include "sim/dsm/boundary/meter.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

Tally tally_of(Time start, Duration cpu, Duration wire) {
  Tally tally;
  tally.start(start);
  tally.charge(Category::cpu, start + cpu);
  tally.charge(Category::wire, start + cpu + wire);
  return tally;
}

}  // namespace

TEST_CASE("Every operation has a name of its own, and its meter") {
  const Meter meter;
  REQUIRE(meter.kinds().size() == kOpKinds);
  std::set<std::string> names;
  for (const KindMeter& kind : meter.kinds()) {
    CHECK_FALSE(kind.name.empty());
    names.insert(kind.name);
  }
  CHECK(names.size() == kOpKinds);
  CHECK(meter.kinds()[Meter::kind_of(OpKind::allocate).index()].name == "allocate");
  CHECK(meter.kinds()[Meter::kind_of(OpKind::fence).index()].name == "fence");
  CHECK(meter.kinds()[Meter::kind_of(OpKind::receive).index()].name == "receive");
}

TEST_CASE("A meter counts exactly and finds percentiles within one percent") {
  Meter meter;
  const KindId get = meter.define("get");
  for (int i = 1; i <= 1000; ++i) {
    meter.record_operation(get, 1_ns * i);
  }
  const KindMeter& kind = meter.kinds()[get.index()];
  CHECK(kind.name == "get");
  CHECK(kind.latency.count() == 1000);
  CHECK(meter.operations() == 1000);
  CHECK(kind.latency.mean() == Approx(500'500));
  CHECK(kind.latency.max() == 1'000'000);
  CHECK(static_cast<double>(kind.latency.percentile(0.5)) == Approx(500'000).epsilon(0.01));
  CHECK(static_cast<double>(kind.latency.percentile(0.99)) == Approx(990'000).epsilon(0.01));
}

TEST_CASE("What is answered locally is CPU time, what is not is spent as its tally says") {
  Meter meter;
  meter.record_local(OpKind::read, 10_ns);
  meter.record_local(OpKind::read, 30_ns);
  meter.record(Meter::kind_of(OpKind::read), 5_us, tally_of(Time::at(1_us), 1_us, 4_us));
  const KindMeter& read = meter.kinds()[Meter::kind_of(OpKind::read).index()];
  CHECK(read.latency.count() == 3);
  CHECK(meter.local_operations() == 2);
  CHECK(read.spent[static_cast<std::size_t>(Category::cpu)] == 1_us + 40_ns);
  CHECK(read.spent[static_cast<std::size_t>(Category::wire)] == 4_us);
  Duration sum;
  for (const Duration spent : read.spent) {
    sum += spent;
  }
  CHECK(sum.ps() == static_cast<std::int64_t>(read.latency.sum()));
}

TEST_CASE("A reset forgets what was measured, not the kinds") {
  Meter meter;
  const KindId put = meter.define("put");
  meter.record_operation(put, 1_us);
  meter.record_local(OpKind::write, 1_ns);
  meter.record(Meter::kind_of(OpKind::lock), 1_us, tally_of(Time(), 1_us, 0_ns));
  meter.reset();
  CHECK(meter.operations() == 0);
  CHECK(meter.local_operations() == 0);
  CHECK(meter.kinds().size() == kOpKinds + 1);
  for (const KindMeter& kind : meter.kinds()) {
    CHECK(kind.latency.count() == 0);
    for (const Duration spent : kind.spent) {
      CHECK(spent == 0_ns);
    }
  }
  meter.record_operation(put, 2_us);
  CHECK(meter.kinds()[put.index()].latency.max() == (2_us).ps());
}
