#pragma once
// The RDMA verbs and what each puts on the wire.
//
// Wire formats: InfiniBand LRH 8 + BTH 12 + ICRC 4 + VCRC 2 = 26 B a packet, RoCEv2 Ethernet 14 +
// IPv4 20 + UDP 8 + BTH 12 + ICRC 4 + FCS 4 = 62 B plus 20 B preamble and gap; extensions RETH 16,
// AETH 4, AtomicETH 28, DETH 8, immediate 4 (InfiniBand Architecture Specification vol. 1, ch. 5,
// 9; RoCEv2 annex A17).

#include <string_view>

#include "sim/base/config/value.hpp"
#include "sim/base/enumeration.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

enum class Verb : unsigned char { read, write, write_imm, send, send_ud, fetch_add, compare_swap };
inline constexpr std::size_t kVerbs = kEnumerators<Verb>;
std::string_view to_string(Verb);

constexpr bool is_atomic(Verb v) { return v == Verb::fetch_add || v == Verb::compare_swap; }
/// The responder answers with data, and the request counts against max_rd_atomic.
constexpr bool returns_data(Verb v) { return v == Verb::read || is_atomic(v); }
/// Consumes a receive and gives the receiver's CPU something to do.
constexpr bool is_two_sided(Verb v) {
  return v == Verb::send || v == Verb::send_ud || v == Verb::write_imm;
}

enum class Framing : unsigned char { infiniband, rocev2 };
constexpr auto config_values(Framing) {
  using enum Framing;
  return std::to_array<config::Value<Framing>>({
      {infiniband, "infiniband", "26 bytes of headers a packet"},
      {rocev2, "rocev2", "82 bytes of headers a packet, those of Ethernet, IP and UDP among them"},
  });
}

/// Bytes on the wire of the request (headers and payload, in packets of `mtu`); READ and atomic
/// requests have no payload.
Bytes request_wire_bytes(Framing, Verb, Bytes payload, Bytes mtu);
/// Bytes of the READ response, of the atomic's answer, or of the acknowledgement of a reliable
/// write or send.
Bytes response_wire_bytes(Framing, Verb, Bytes payload, Bytes mtu);
/// Header bytes of a middle packet.
Bytes packet_header(Framing);

}  // namespace dsmsim
