#pragma once
// What a remote procedure call costs: how its bytes travel, how many there are, and the CPU time of
// both ends. Data only: library::Rpc (sim/dsm/library/rpc.hpp) makes calls of it.

#include "sim/base/config/fields.hpp"
#include "sim/base/config/value.hpp"
#include "sim/base/units.hpp"
#include "sim/fabric/verbs.hpp"

namespace dsmsim {

/// How requests and replies reach another server.
enum class RpcTransport : unsigned char { ring, send, write_imm, tcp };
constexpr auto config_values(RpcTransport) {
  using enum RpcTransport;
  return std::to_array<config::Value<RpcTransport>>({
      {ring, "ring", "a one-sided WRITE into a ring of the receiver, which polls it"},
      {send, "send", "a two-sided SEND"},
      {write_imm, "write_imm", "a WRITE_WITH_IMM: one-sided data, two-sided word of it"},
      {tcp, "tcp", "bytes through the NIC; the kernel's work at both ends is CPU time"},
  });
}

struct RpcProfile {
  RpcTransport transport = RpcTransport::send;
  Bytes request_header;  ///< of every request, beside its payload
  Bytes reply_header;    ///< of every reply
  double expansion = 1;  ///< bytes on their way for each byte of payload
  Duration caller;       ///< CPU time of a call at who calls, beside posting; before it is sent
  Duration callee;       ///< CPU time at who answers, beside posting; before the handler runs
  PerByte encode;        ///< CPU time of who sends, for each byte of payload
  PerByte decode;        ///< CPU time of who gets it
  std::uint32_t threads = 0;  ///< of a server that handle calls; 0: as many as there are calls
  Duration timeout;           ///< a call is sent again that is not answered for so long; 0: never
  std::uint32_t retries = 0;  ///< so often, and then the run ends
  config::Sources sources;

  Bytes request(Bytes payload) const { return request_header + expanded(payload); }
  Bytes reply(Bytes payload) const { return reply_header + expanded(payload); }
  Verb verb() const;

 private:
  Bytes expanded(Bytes payload) const;
};

void describe(config::Fields& fields, RpcProfile& profile);

}  // namespace dsmsim
