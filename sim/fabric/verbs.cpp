#include "sim/fabric/verbs.hpp"

#include <array>

namespace dsmsim {
namespace {

constexpr std::uint64_t kReth = 16;
constexpr std::uint64_t kAeth = 4;
constexpr std::uint64_t kAtomicEth = 28;
constexpr std::uint64_t kAtomicAck = 8;
constexpr std::uint64_t kDeth = 8;
constexpr std::uint64_t kImmediate = 4;

std::uint64_t base(Framing framing) { return framing == Framing::infiniband ? 26 : 62 + 20; }

std::uint64_t packets(Bytes payload, Bytes mtu) {
  return payload.count() == 0 ? 1 : (payload.count() + mtu.count() - 1) / mtu.count();
}

}  // namespace

std::string_view to_string(Verb verb) {
  static constexpr auto names = std::to_array<std::string_view>(
      {"READ", "WRITE", "WRITE_WITH_IMM", "SEND", "SEND_UD", "FETCH_AND_ADD", "CMP_AND_SWP"});
  static_assert(names.size() == kVerbs);
  return names[static_cast<std::size_t>(verb)];
}

Bytes packet_header(Framing framing) { return Bytes(base(framing)); }

Bytes request_wire_bytes(Framing framing, Verb verb, Bytes payload, Bytes mtu) {
  const std::uint64_t header = base(framing);
  switch (verb) {
    case Verb::read:
      return Bytes(header + kReth);
    case Verb::fetch_add:
    case Verb::compare_swap:
      return Bytes(header + kAtomicEth);
    case Verb::write:
      return payload + Bytes(packets(payload, mtu) * header + kReth);
    case Verb::write_imm:
      return payload + Bytes(packets(payload, mtu) * header + kReth + kImmediate);
    case Verb::send:
      return payload + Bytes(packets(payload, mtu) * header);
    case Verb::send_ud:
      return payload + Bytes(header + kDeth);
  }
  return Bytes(0);
}

Bytes response_wire_bytes(Framing framing, Verb verb, Bytes payload, Bytes mtu) {
  const std::uint64_t header = base(framing);
  if (verb == Verb::read) {
    const std::uint64_t count = packets(payload, mtu);
    return payload + Bytes(count * header + (count > 1 ? 2 : 1) * kAeth);
  }
  if (is_atomic(verb)) {
    return Bytes(header + kAeth + kAtomicAck);
  }
  return verb == Verb::send_ud ? Bytes(0) : Bytes(header + kAeth);
}

}  // namespace dsmsim
