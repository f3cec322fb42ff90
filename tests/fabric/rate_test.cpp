// Message rates and bandwidths: what one queue pair gives, what a whole NIC gives, and what happens
// when its caches overflow.

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/fabric/rig.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::testing::FabricRig;
using dsmsim::testing::nic;
using dsmsim::testing::Request;
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

/// Million requests per second of one server at another on so many queue pairs, `depth` on each.
double many_queue_pairs(const std::string& name, Verb verb, std::uint32_t pairs,
                        std::uint64_t depth, std::uint64_t each) {
  FabricRig rig(nic(name), single_switch(name, 2), {.lanes = pairs});
  for (std::uint32_t lane = 0; lane < pairs; ++lane) {
    for (std::uint64_t i = 0; i < depth; ++i) {
      rig.closed_loop(verb, 64_B, each, 0, 1, lane);
    }
  }
  rig.run();
  return static_cast<double>(pairs * depth * each) / rig.now().since_start().us();
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

// The latency of 0.07 ns a byte occupied the port: 114 Gb/s up to 16 KiB.
TEST_CASE("Messages of 8 KiB fill the link of ConnectX-6, whose latency per byte is longer") {
  const double occupancy = 0.0407;  // ns/B; 197.3 Gb/s is published for one queue pair
  for (const Verb verb : {Verb::write, Verb::send, Verb::read}) {
    for (const Bytes size : {8_KiB, 16_KiB, 64_KiB}) {
      INFO(to_string(verb) << " " << size);
      CHECK(gigabits_per_second("cx6-ib200", verb, size) == Approx(8 / occupancy).epsilon(0.02));
    }
  }
  const double packets = 8 / (1 + 42.0 / 4096) / 0.04;  // the header of a WRITE of one packet
  FabricRig rig(nic("cx6-ib200"), single_switch("cx6-ib200", 2), {.lanes = 4});
  for (std::uint32_t lane = 0; lane < 4; ++lane) {
    for (int i = 0; i < 16; ++i) {
      rig.closed_loop(Verb::write, 4_KiB, 100, 0, 1, lane);
    }
  }
  rig.run();
  const double gigabits = 6400 * 4096 * 8e-3 / rig.now().since_start().us();
  CHECK(gigabits == Approx(std::min(packets, 8 / occupancy)).epsilon(0.02));
}

TEST_CASE("Two messages in a row are a port time apart, however long their bytes take to arrive") {
  const NicProfile p = nic("cx6-ib200");
  FabricRig rig(p, single_switch("cx6-ib200", 2), {.wire = WireModel::queue});
  const Request& first = rig.request(0_ns, Verb::write, 8_KiB);
  const Request& second = rig.request(0_ns, Verb::write, 8_KiB);
  rig.run();
  CHECK(second.effect - first.effect == p.occupancy * 8_KiB);
  CHECK(first.one_way() == p.post + p.dma_read + p.tx + rig.net_latency() + p.rx + p.dma_write +
                               p.first_packet * 4_KiB + p.per_byte * 4_KiB);
}

TEST_CASE("One queue pair executes an atomic in its own time, many in that of the NIC") {
  CHECK(queue_pair_rate("cx5-roce100", Verb::fetch_add, 8_B, 64) == Approx(2.17).epsilon(0.01));
  CHECK(queue_pair_rate("cx3-ib40", Verb::fetch_add, 8_B, 64) == Approx(2.45).epsilon(0.01));
  CHECK(queue_pair_rate("cx3-ib40", Verb::compare_swap, 8_B, 64) == Approx(2.45).epsilon(0.01));
  CHECK(many_queue_pairs("cx5-roce100", Verb::fetch_add, 8, 16, 50) == Approx(5.0).epsilon(0.01));
}

// Two ConnectX-6 with 32 threads: READ 83, 55, 42, 21 and WRITE 123, 121, 122, 111 M/s. The base
// rate was that of another source, with 96 queue pairs.
TEST_CASE("ConnectX-6 loses message rate with the number of queue pairs as half of two NICs did") {
  const std::vector<std::uint32_t> pairs = {32, 64, 512, 4096};
  const std::vector<double> read = {83, 55, 42, 21};
  const std::vector<double> write = {123, 121, 122, 111};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    INFO(pairs[i] << " queue pairs");
    const std::uint64_t each = pairs[i] < 100 ? 100 : 10;
    CHECK(many_queue_pairs("cx6-ib200", Verb::read, pairs[i], 16, each) ==
          Approx(read[i] / 2).epsilon(0.04));
    CHECK(many_queue_pairs("cx6-ib200", Verb::write, pairs[i], 16, each) ==
          Approx(write[i] / 2).epsilon(0.04));
  }
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
