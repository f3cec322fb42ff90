#pragma once
// What is counted: for reports, and for the check that no message is lost.

#include <array>

#include "protocols/grappa/messages.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::grappa {

/// Groups by kind of message, of which each has only those that are not zero.
inline constexpr std::array<CounterRow, 4> kGroups = {{
    {"delegates", "1", "delegates executed, by kind"},
    {"short_circuits", "1", "of these, without a message"},
    {"requests", "1", "messages made, by kind"},
    {"replies", "1", "answers, by kind"},
}};
// clang-format off
#define GRAPPA_COUNTERS(COUNTER)                                                                     \
  COUNTER(Count, messages, "messages", "requests and replies")                                       \
  COUNTER(Count, packets, "packets", "that carried messages")                                        \
  COUNTER(double, messages_per_packet, "messages_per_packet", "mean number of messages in a packet") \
  COUNTER(double, bytes_per_packet, "bytes_per_packet", "mean bytes of messages in a packet")        \
  COUNTER(double, bytes_per_message, "bytes_per_message", "mean bytes of a message in a packet")     \
  COUNTER(Nanoseconds, mean_list_wait, "mean_list_wait_ns", "mean time of a message on its list")    \
  COUNTER(Count, flushes_timeout, "flushes.timeout", "lists sent because of their age")              \
  COUNTER(Count, flushes_size, "flushes.size", "lists sent because they were long")                  \
  COUNTER(Count, flushes_empty, "flushes.empty", "timeouts that found nothing")                      \
  COUNTER(Count, alone, "flushes.alone", "messages sent without aggregation")                        \
  COUNTER(Count, polls, "polls_with_messages", "polls that found lists of the own server")           \
  COUNTER(Count, parked, "parked", "delegates that had to wait")                                     \
  COUNTER(double, core_utilisation, "core_utilisation", "share of the measured time that cores were busy")
// clang-format on
DSMSIM_COUNTERS(PacketCounters, GRAPPA_COUNTERS)

struct Counters : PacketCounters {
  /// A delegate that needs no message.
  void short_circuit(Kind kind) {
    ++delegates[static_cast<std::size_t>(kind)];
    ++short_circuits[static_cast<std::size_t>(kind)];
  }
  void delegate(Kind kind) { ++delegates[static_cast<std::size_t>(kind)]; }

  using ByKind = std::array<std::uint64_t, kKinds>;
  ByKind delegates{};
  ByKind short_circuits{};
  ByKind requests{};
  ByKind replies{};
  std::uint64_t in_packets = 0;  ///< messages
  Bytes packet_bytes;
  Duration list_wait;  ///< of messages in packets
};

/// What must balance in the end; never reset.
struct Conservation {
  std::uint64_t enqueued = 0;
  std::uint64_t serialized = 0;
  std::uint64_t delivered_locally = 0;
  std::uint64_t deserialized = 0;
};

}  // namespace dsmsim::grappa
