// Bytes on the wire, from the packet formats of InfiniBand and RoCEv2.

#include "sim/fabric/verbs.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

struct Row {
  Verb verb;
  Bytes payload;
  Bytes request;
  Bytes response;
};

void check(Framing framing, Bytes mtu, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(to_string(row.verb) << " of " << to_string(row.payload));
    CHECK(request_wire_bytes(framing, row.verb, row.payload, mtu).count() == row.request.count());
    CHECK(response_wire_bytes(framing, row.verb, row.payload, mtu).count() == row.response.count());
  }
}

}  // namespace

TEST_CASE("InfiniBand packets have 26 bytes of headers and what the verb adds") {
  check(Framing::infiniband, 2_KiB,
        {{Verb::read, 8_B, 42_B, 38_B},
         {Verb::read, 2048_B, 42_B, 2078_B},
         {Verb::read, 2049_B, 42_B, Bytes(2049 + 2 * 30)},         // first and last have an AETH,
         {Verb::read, 8_KiB, 42_B, Bytes(8192 + 4 * 26 + 2 * 4)},  // middle packets have none
         {Verb::write, 0_B, 42_B, 30_B},
         {Verb::write, 100_B, 142_B, 30_B},
         {Verb::write, 8_KiB, Bytes(8192 + 4 * 26 + 16), 30_B},
         {Verb::write_imm, 100_B, 146_B, 30_B},
         {Verb::send, 100_B, 126_B, 30_B},
         {Verb::send, 4096_B, Bytes(4096 + 2 * 26), 30_B},
         {Verb::send_ud, 100_B, 134_B, 0_B},
         {Verb::fetch_add, 8_B, 54_B, 38_B},
         {Verb::compare_swap, 8_B, 54_B, 38_B}});
  CHECK(packet_header(Framing::infiniband) == 26_B);
}

TEST_CASE("RoCEv2 packets have 62 bytes of headers, and 20 of preamble and gap") {
  // A WRITE of 29 bytes is 127 B on an Ethernet wire including 20 B of preamble and gap (Kong et
  // al., Husky, NSDI'23).
  check(Framing::rocev2, 1_KiB,
        {{Verb::write, 29_B, Bytes(29 + 62 + 16 + 20), Bytes(62 + 4 + 20)},
         {Verb::read, 8_B, 98_B, Bytes(8 + 66 + 20)},
         {Verb::read, 3_KiB, 98_B, Bytes(3072 + 3 * 82 + 8)},
         {Verb::send_ud, 8_B, Bytes(8 + 62 + 8 + 20), 0_B},
         {Verb::fetch_add, 8_B, Bytes(62 + 28 + 20), Bytes(62 + 12 + 20)}});
  CHECK(packet_header(Framing::rocev2) == 82_B);
}

TEST_CASE("Of full packets on 100 Gb/s Ethernet with an MTU of 1024, 92.6 Gb/s are payload") {
  const Bytes wire = request_wire_bytes(Framing::rocev2, Verb::write, 64_KiB, 1_KiB);
  CHECK(100.0 * 65536 / static_cast<double>(wire.count()) == Approx(92.6).epsilon(0.001));
}

TEST_CASE("Verbs have the names of the InfiniBand specification, and know what they are") {
  CHECK(to_string(Verb::write_imm) == "WRITE_WITH_IMM");
  CHECK(to_string(Verb::compare_swap) == "CMP_AND_SWP");
  CHECK(returns_data(Verb::read));
  CHECK(returns_data(Verb::fetch_add));
  CHECK_FALSE(returns_data(Verb::write));
  CHECK(is_two_sided(Verb::write_imm));
  CHECK_FALSE(is_two_sided(Verb::write));
  CHECK(is_atomic(Verb::compare_swap));
  CHECK_FALSE(is_atomic(Verb::read));
}
