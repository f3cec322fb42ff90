// Message rates and bandwidths: what one queue pair gives, what a whole NIC gives, and what happens
// when its caches overflow.

#include <catch2/catch.hpp>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::single_switch;

namespace {

struct PublishedRate {
  Verb verb;
  Bytes size;
  double value;
};

/// Million messages per second of one queue pair with `outstanding` requests under way.
double queue_pair_rate(const std::string& name, Verb verb, Bytes size, std::uint64_t outstanding,
                       std::uint64_t each = 200) {
  FabricRig rig(nic(name), single_switch(name, 2));
  for (std::uint64_t i = 0; i < outstanding; ++i) {
    rig.closed_loop(verb, size, each);
  }
  rig.run();
  return static_cast<double>(outstanding * each) / rig.now().since_start().us();
}

double gigabits_per_second(const std::string& name, Verb verb, Bytes size) {
  return queue_pair_rate(name, verb, size, 64, 20) * static_cast<double>(size.count()) * 8e-3;
}

/// Million requests per second of seven servers at one, or of one at seven.
double nic_rate(Verb verb, Bytes size, bool inbound) {
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 8));
  constexpr std::uint64_t kEach = 100;
  constexpr std::uint64_t kLoops = 24;
  for (std::uint32_t other = 1; other < 8; ++other) {
    for (std::uint64_t i = 0; i < kLoops; ++i) {
      inbound ? rig.closed_loop(verb, size, kEach, other, 0)
              : rig.closed_loop(verb, size, kEach, 0, other);
    }
  }
  rig.run();
  return 7.0 * kLoops * kEach / rig.now().since_start().us();
}

}  // namespace

TEST_CASE("One queue pair of ConnectX-3 gives the published message rates within 6 %") {
  const std::vector<PublishedRate> points = {
      {Verb::read, 64_B, 6.28},   {Verb::read, 256_B, 6.11},  {Verb::read, 512_B, 4.45},
      {Verb::read, 1_KiB, 2.85},  {Verb::read, 2_KiB, 1.68},  {Verb::read, 4_KiB, 0.904},
      {Verb::read, 8_KiB, 0.469}, {Verb::write, 64_B, 7.3},   {Verb::write, 128_B, 7.3},
      {Verb::write, 256_B, 5.29}, {Verb::write, 512_B, 5.21}, {Verb::write, 1_KiB, 3.52},
      {Verb::write, 2_KiB, 1.82}, {Verb::write, 4_KiB, 0.925}};
  for (const PublishedRate& point : points) {
    INFO(to_string(point.verb) << " " << point.size);
    const std::uint64_t outstanding = point.verb == Verb::read ? 16 : 128;
    CHECK(queue_pair_rate("cx3-ib40", point.verb, point.size, outstanding) ==
          Approx(point.value).epsilon(0.06));
  }
}

TEST_CASE("A mebibyte at a time, ConnectX-3 moves 3,660 MiB a second") {
  for (const Verb verb : {Verb::read, Verb::write}) {
    const double mebibytes = queue_pair_rate("cx3-ib40", verb, 1_MiB, 4, 10) * 1e6;
    CHECK(mebibytes == Approx(3660).epsilon(0.01));
  }
}

TEST_CASE("The other NICs reach the published bandwidths within 3 %") {
  CHECK(gigabits_per_second("cx5-ib100", Verb::read, 64_KiB) == Approx(98.2).epsilon(0.03));
  CHECK(gigabits_per_second("cx5-roce100", Verb::write, 64_KiB) == Approx(92.5).epsilon(0.03));
  CHECK(gigabits_per_second("cx5-roce100", Verb::read, 64_KiB) == Approx(87.3).epsilon(0.03));
  CHECK(gigabits_per_second("cx6-ib200", Verb::write, 1_MiB) == Approx(195.4).epsilon(0.03));
  CHECK(gigabits_per_second("cx7-ib400", Verb::write, 64_KiB) == Approx(392.3).epsilon(0.03));
  CHECK(gigabits_per_second("cx7-ib400", Verb::read, 64_KiB) == Approx(328.6).epsilon(0.03));
}

TEST_CASE("A NIC serves a READ every 42 ns, and issues one every 45 ns, whatever the queue pairs") {
  CHECK(nic_rate(Verb::read, 8_B, true) == Approx(1 / 0.042).epsilon(0.02));
  CHECK(nic_rate(Verb::read, 8_B, false) == Approx(1 / 0.045).epsilon(0.02));
  CHECK(nic_rate(Verb::write, 8_B, true) == Approx(1 / 0.029).epsilon(0.02));
}

TEST_CASE("A NIC executes an atomic every 370 ns, whoever asks for whichever address") {
  CHECK(nic_rate(Verb::fetch_add, 8_B, true) == Approx(1 / 0.370).epsilon(0.02));
  CHECK(nic_rate(Verb::compare_swap, 8_B, true) == Approx(1 / 0.370).epsilon(0.02));
}

TEST_CASE("A window of one READ makes a queue pair as fast as its latency") {
  // DRust (rdma-common.c) and GAM (src/rdma.cc) set max_rd_atomic to 1.
  NicProfile p = nic("cx3-ib40");
  p.max_rd_atomic = 1;
  FabricRig rig(p, single_switch("cx3-ib40", 2));
  for (int i = 0; i < 16; ++i) {
    rig.closed_loop(Verb::read, 8_B, 50);
  }
  rig.run();
  const double rate = 16 * 50 / rig.now().since_start().us();
  CHECK(rate == Approx(1 / (1.99 - 0.3)).epsilon(0.01));  // posting overlaps with the wait
}

TEST_CASE("More queue pairs than the NIC can cache slow every READ down") {
  // The service times were computed once, when there was no queue pair.
  constexpr std::uint32_t kPairs = 512;
  FabricRig rig(nic("cx3-ib40"), single_switch("cx3-ib40", 2), {.lanes = kPairs});
  constexpr std::uint64_t kEach = 20;
  for (std::uint32_t lane = 0; lane < kPairs; ++lane) {
    rig.closed_loop(Verb::read, 8_B, kEach, 0, 1, lane);
  }
  rig.run();
  const double expected = 1 / (0.045 + 0.068 * (1 - 256.0 / kPairs));
  CHECK(kPairs * kEach / rig.now().since_start().us() == Approx(expected).epsilon(0.03));
}
