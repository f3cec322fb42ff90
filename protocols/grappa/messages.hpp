#pragma once
// The messages of Grappa, and the packets that carry them.
//
// On the wire a message is 8 bytes (destination core and deserializer) and the delegate's closure
// (uwsampa/grappa system/MessageBase.hpp:59-65; sizes of the closures of Delegate.hpp and
// DelegateBase.hpp). A packet is 24 bytes, 4 for each core of a server, and the messages
// (RDMABuffer.hpp:42-110).

#include <cstdint>

#include "protocols/grappa/addresses.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/dsm/kit/slots.hpp"

namespace dsmsim::grappa {

enum class Kind : std::uint8_t {
  read,
  write,
  add,
  cas,
  lock,
  rlock,
  try_lock,
  try_rlock,
  unlock,
  allocate,
  release,
  write_ef,
  write_xf,
  read_fe,
  read_ff,
  completion,  ///< asynchronous writes have ended
  // Of the global completion event (completion_event.cpp).
  enroll,  ///< a core has asynchronous writes under way
  start,   ///< some core has, for the first time
  leave,   ///< a core has none
  reset,   ///< no core has
  acknowledge,
  wake,
};
inline constexpr std::size_t kKinds = 22;
/// No message, packet or the like: the end of a list.
inline constexpr std::uint32_t kNone = kNoSlot;
/// Message::thread of one that is about no operation.
inline constexpr std::uint32_t kNobody = kNone - 1;
constexpr bool is_word(Kind kind) { return kind >= Kind::write_ef && kind <= Kind::read_ff; }
constexpr bool reads_word(Kind kind) { return kind == Kind::read_fe || kind == Kind::read_ff; }
const char* to_string(Kind kind);
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
  std::uint64_t operand = 0;  ///< of a reply: the result
  std::uint64_t expected = 0;
  Time ready = {};   ///< on its list since then
  Way request = {};  ///< of a reply: what its request took
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

/// What a packet's SEND delivers.
struct PacketBody {
  std::uint32_t packet;
};

constexpr Bytes aligned(Bytes bytes) { return Bytes((bytes.count() + 7) / 8 * 8); }

/// Bytes of a message in its packet.
constexpr Bytes wire_bytes(Kind kind, bool reply, Bytes length) {
  switch (kind) {
    case Kind::read:
      return reply ? Bytes(16) + aligned(length) : Bytes(24);
    case Kind::write:
      return reply ? Bytes(16) : Bytes(24) + aligned(length);
    case Kind::add:
      return reply ? Bytes(24) : Bytes(32);
    case Kind::write_ef:
    case Kind::write_xf:
      return reply ? Bytes(16) : Bytes(32);
    case Kind::cas:
      return reply ? Bytes(24) : Bytes(40);
    case Kind::try_lock:
    case Kind::try_rlock:
    case Kind::allocate:
    case Kind::read_fe:
    case Kind::read_ff:
    case Kind::completion:
    case Kind::enroll:
      return Bytes(24);
    case Kind::start:
      return reply ? Bytes(16) : Bytes(32);
    case Kind::leave:
    case Kind::reset:
    case Kind::acknowledge:
    case Kind::wake:
      return Bytes(16);
    case Kind::lock:
    case Kind::rlock:
    case Kind::unlock:
    case Kind::release:
      break;
  }
  return reply ? Bytes(16) : Bytes(24);
}
inline Bytes wire_bytes(const Message& message) {
  return wire_bytes(message.kind, message.reply, Bytes(message.length));
}

/// Data in it: what is read or written, without requests and acknowledgements. The old value that
/// an atomic gives back is no more of them.
DataBytes data_of(const Message& message);

/// Bytes of a packet before its messages.
constexpr Bytes header_bytes(std::uint32_t cores_per_server) {
  return Bytes(24) + Bytes(4) * cores_per_server;
}
/// The buffers of the original keep so much at their end (RDMABuffer.hpp).
inline constexpr Bytes kPacketTail = Bytes(32);

}  // namespace dsmsim::grappa
