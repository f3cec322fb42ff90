#pragma once
// The messages of Grappa, and the packets that carry them.
//
// On the wire a message is 8 bytes (destination core and deserializer) and the delegate's closure
// (uwsampa/grappa system/MessageBase.hpp:59-65; sizes of the closures of Delegate.hpp and
// DelegateBase.hpp). A packet is 24 bytes, 4 for each core of a server, and the messages
// (RDMABuffer.hpp:42-110).

#include <cstdint>
#include <string_view>

#include "protocols/grappa/addresses.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/dsm/kit/messages.hpp"
#include "sim/dsm/kit/slots.hpp"

namespace dsmsim::grappa {

/// What a delegate moves: in its request if it writes, in its answer if it reads.
enum class Data : std::uint8_t {
  none,
  word,  ///< a number, which is part of the closure
  any,   ///< so many bytes behind it
};

/// Messages go in packets, so they are none of the ledger's (sim/dsm/kit/messages.hpp).
struct MessageShape {
  std::string_view name;
  std::uint32_t request;  ///< bytes in a packet
  std::uint32_t answer;
  Cause cause;
  Data data;
};

// COMPLETION says that asynchronous writes have ended. The rest is of the global completion event
// (completion_event.cpp). ENROLL: a core has asynchronous writes under way; START: some core has,
// for the first time; LEAVE: a core has none; RESET: no core has.
// clang-format off
#define GRAPPA_MESSAGES(MESSAGE)                                       \
  MESSAGE(read, "read", 24, 16, Cause::read, Data::any)                \
  MESSAGE(write, "write", 24, 16, Cause::write, Data::any)             \
  MESSAGE(add, "atomic_add", 32, 24, Cause::write, Data::word)         \
  MESSAGE(cas, "atomic_cas", 40, 24, Cause::write, Data::word)         \
  MESSAGE(lock, "lock", 24, 16, Cause::none, Data::none)               \
  MESSAGE(rlock, "rlock", 24, 16, Cause::none, Data::none)             \
  MESSAGE(try_lock, "try_lock", 24, 24, Cause::none, Data::none)       \
  MESSAGE(try_rlock, "try_rlock", 24, 24, Cause::none, Data::none)     \
  MESSAGE(unlock, "unlock", 24, 16, Cause::none, Data::none)           \
  MESSAGE(allocate, "allocate", 24, 24, Cause::none, Data::none)       \
  MESSAGE(release, "release", 24, 16, Cause::none, Data::none)         \
  MESSAGE(write_ef, "write_ef", 32, 16, Cause::write, Data::word)      \
  MESSAGE(write_xf, "write_xf", 32, 16, Cause::write, Data::word)      \
  MESSAGE(read_fe, "read_fe", 24, 24, Cause::read, Data::word)         \
  MESSAGE(read_ff, "read_ff", 24, 24, Cause::read, Data::word)         \
  MESSAGE(call_read, "call_read", 32, 16, Cause::read, Data::any)      \
  MESSAGE(call_write, "call_write", 32, 16, Cause::write, Data::any)   \
  MESSAGE(completion, "completion", 24, 24, Cause::none, Data::none)   \
  MESSAGE(enroll, "enroll", 24, 24, Cause::none, Data::none)           \
  MESSAGE(start, "start", 32, 16, Cause::none, Data::none)             \
  MESSAGE(leave, "leave", 16, 16, Cause::none, Data::none)             \
  MESSAGE(reset, "reset", 16, 16, Cause::none, Data::none)             \
  MESSAGE(acknowledge, "acknowledge", 16, 16, Cause::none, Data::none) \
  MESSAGE(wake, "wake", 16, 16, Cause::none, Data::none)
// clang-format on
DSMSIM_MESSAGES(Kind, MessageShape, GRAPPA_MESSAGES);
inline constexpr std::size_t kKinds = message_count<Kind>();
/// No message, packet or the like: the end of a list.
inline constexpr std::uint32_t kNone = kNoSlot;
/// Message::thread of one that is about no operation.
inline constexpr std::uint32_t kNobody = kNone - 1;
constexpr bool reads_word(Kind kind) { return kind == Kind::read_fe || kind == Kind::read_ff; }
constexpr bool is_word(Kind kind) {
  return reads_word(kind) || kind == Kind::write_ef || kind == Kind::write_xf;
}
/// A closure that computes at its home, for Message::expected picoseconds.
constexpr bool is_call(Kind kind) { return kind == Kind::call_read || kind == Kind::call_write; }
constexpr std::string_view to_string(Kind kind) { return row_of(kind).name; }
/// Of an operation that is a delegate.
Kind kind_of(OpKind kind);

/// Where the time of a message went, from its list until it had been worked on.
struct Way {
  bool packed = false;  ///< it came in a packet: the next four mean something
  Time flushed = {};
  Time posted = {};
  Time sent = {};
  Time arrived = {};
  Time begun = {};
  Time ended = {};
};

/// A delegate on its way to its home core, or the answer on its way back, in the same record.
struct Message {
  Kind kind = Kind::read;
  bool reply = false;
  bool asynchronous = false;  ///< nobody waits for the answer
  bool charged = false;       ///< the only message of its operation: charges the task's tally
  std::uint16_t from = 0;     ///< cores
  std::uint16_t to = 0;
  std::uint32_t next = kNone;    ///< in the list or packet that it is in
  std::uint32_t others = kNone;  ///< of a completion: the other writes that have ended
  std::uint32_t packet = kNone;  ///< in which it has come
  std::uint32_t thread = kNone;  ///< whose operation it is
  std::uint32_t object = 0;
  std::uint32_t block = 0;   ///< of the object
  std::uint32_t offset = 0;  ///< in the block
  std::uint32_t length = 0;
  std::uint64_t operand = 0;   ///< of a reply: the result
  std::uint64_t expected = 0;  ///< of atomics; of calls: picoseconds of work
  Time ready = {};             ///< on its list since then
  Way request = {};            ///< of a reply: what its request took
};

struct Packet {
  CoreId from;  ///< that sends it for its server
  CoreId to;    ///< that receives it for its own
  std::uint32_t first = kNone;
  std::uint32_t last = kNone;
  std::uint32_t messages = 0;
  std::uint32_t left = 0;      ///< of them, not yet taken out
  std::uint32_t next = kNone;  ///< in the queue of the core that received it
  Bytes bytes = {};            ///< of the messages
  DataBytes data = {};         ///< in them
  Time flushed = {};
  Time posted = {};
  Time sent = {};  ///< by the card, which has others to send
  Time arrived = {};
};

using MessagePool = Slots<Message, 16>;
using PacketPool = Slots<Packet, 16>;

/// What a packet's SEND delivers.
struct PacketBody {
  std::uint32_t packet;
};

constexpr Bytes aligned(Bytes bytes) { return Bytes((bytes.count() + 7) / 8 * 8); }

/// Whether a message of the kind is the one that moves the data.
constexpr bool moves(const MessageShape& shape, bool reply) {
  return shape.data != Data::none && reply == (shape.cause == Cause::read);
}
/// Bytes of a message in its packet.
constexpr Bytes wire_bytes(Kind kind, bool reply, Bytes length) {
  const MessageShape& shape = row_of(kind);
  const Bytes closure(reply ? shape.answer : shape.request);
  return shape.data == Data::any && moves(shape, reply) ? closure + aligned(length) : closure;
}
inline Bytes wire_bytes(const Message& message) {
  return wire_bytes(message.kind, message.reply, Bytes(message.length));
}

/// Data in it: what is read or written, without requests and acknowledgements. The old value that
/// an atomic gives back is no more of them.
inline DataBytes data_of(const Message& message) {
  const MessageShape& shape = row_of(message.kind);
  return {shape.cause, moves(shape, message.reply) ? Bytes(message.length) : Bytes()};
}

/// Bytes of a packet before its messages.
constexpr Bytes header_bytes(std::uint32_t cores_per_server) {
  return Bytes(24) + Bytes(4) * cores_per_server;
}
/// The buffers of the original keep so much at their end (RDMABuffer.hpp).
inline constexpr Bytes kPacketTail = Bytes(32);

}  // namespace dsmsim::grappa
