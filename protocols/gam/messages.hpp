#pragma once
// Every message of the protocol, with its verb and its payload (gam/src/workrequest.cc:13-143
// serialises them unaligned; section 4 and figures 3-5 of Cai et al. show who sends what to whom).
//
// H is the home of a block, R the server that asks, O the owner of a dirty copy, S a sharer.
// Requests, forwards, invalidations and replies without data are SENDs; data goes by one-sided
// WRITE straight to its final address, with an immediate that carries the request's number when the
// receiver has to be told; acknowledgements are such WRITEs of no bytes.

#include "protocols/gam/addresses.hpp"
#include "sim/dsm/kit/messages.hpp"

namespace dsmsim::gam {

/// Whose transaction Message::id is: of an answer, the receiver's, and of what kind that must be.
enum class Number : std::uint8_t {
  none,
  sender,
  requester,  ///< the receiver's, who has asked a home for a block
  home,       ///< the receiver's, who has turned to an owner or to sharers
  asked,      ///< either of the two
  write_back,
  allocation,
};
/// In whose cache the line is that Message::buffer means.
enum class Buffer : std::uint8_t { none, sender, receiver, requester };

struct MessageShape : MessageRow {
  std::uint32_t bytes;  ///< payload; kBlock: one block
  Number number;
  Buffer buffer;
};
inline constexpr std::uint32_t kBlock = ~std::uint32_t{0};

constexpr MessageShape text(std::string_view name, std::uint32_t bytes, Number number,
                            Buffer buffer = Buffer::none) {
  return {{name, Verb::send, Purpose::control}, bytes, number, buffer};
}
constexpr MessageShape request(std::string_view name, std::uint32_t bytes) {
  return text(name, bytes, Number::sender, Buffer::sender);
}
constexpr MessageShape order(std::string_view name, std::uint32_t bytes, Buffer buffer) {
  return text(name, bytes, Number::sender, buffer);
}
/// An immediate carries the number; without one no software sees that the block has come.
constexpr MessageShape block(std::string_view name, Purpose purpose, Number number,
                             Buffer buffer = Buffer::none) {
  const Verb verb = number == Number::none ? Verb::write : Verb::write_imm;
  return {{name, verb, purpose}, kBlock, number, buffer};
}
constexpr MessageShape acknowledgement(std::string_view name, Number number) {
  return {{name, Verb::write_imm, Purpose::control}, 0, number, Buffer::none};
}

// WRITE_PERMISSION_ONLY comes from a server that has a shared copy. WRITE_REPLY grants, or says
// that the lock could not be had; READ_REPLY always says that. GRANT_DATA goes before a WRITE_REPLY
// and WRITE_BACK_DATA before a WRITE_BACK on the same queue pair. FETCHED_DATA is for a home that
// wants the block itself, HOME_COPY goes beside the data for a reader. FORWARD_ACK: ownership has
// been handed over; OWNERSHIP_ACK: home knows the new owner. ACTIVE_INVALIDATE: a clean line was
// evicted; WRITE_BACK: a dirty one. The last three are of allocations.
// clang-format off
#define GAM_MESSAGES(MESSAGE)                                                                                \
  /* R->H   */ MESSAGE(read, request("READ", 40))                                                            \
  /* H->O   */ MESSAGE(fetch_and_shared, order("FETCH_AND_SHARED", 40, Buffer::none))                        \
  /* H->O   */ MESSAGE(fetch_and_invalidate, order("FETCH_AND_INVALIDATE", 40, Buffer::none))                \
  /* H->S   */ MESSAGE(invalidate, order("INVALIDATE", 40, Buffer::receiver))                                \
  /* H->O   */ MESSAGE(read_forward, order("READ_FORWARD", 48, Buffer::requester))                           \
  /* H->O   */ MESSAGE(write_forward, order("WRITE_FORWARD", 48, Buffer::requester))                         \
  /* H->S   */ MESSAGE(invalidate_forward, order("INVALIDATE_FORWARD", 48, Buffer::receiver))                \
  /* R->H   */ MESSAGE(write, request("WRITE", 52))                                                          \
  /* R->H   */ MESSAGE(write_permission_only, request("WRITE_PERMISSION_ONLY", 52))                          \
  /* *->R,H */ MESSAGE(write_reply, text("WRITE_REPLY", 20, Number::asked))                                  \
  /* *->R,H */ MESSAGE(read_reply, text("READ_REPLY", 16, Number::asked))                                    \
  /* H->R   */ MESSAGE(grant_data, block("GRANT_DATA", Purpose::fetch, Number::none, Buffer::receiver))      \
  /* H,O->R */ MESSAGE(data_reply, block("DATA_REPLY", Purpose::fetch, Number::requester, Buffer::receiver)) \
  /* O->H   */ MESSAGE(fetched_data, block("FETCHED_DATA", Purpose::fetch, Number::home))                    \
  /* O->H   */ MESSAGE(home_copy, block("HOME_COPY", Purpose::write_back, Number::home))                     \
  /* S->H   */ MESSAGE(invalidate_ack, acknowledgement("INVALIDATE_ACK", Number::home))                      \
  /* O->H   */ MESSAGE(forward_ack, acknowledgement("FORWARD_ACK", Number::home))                            \
  /* H->R   */ MESSAGE(ownership_ack, acknowledgement("OWNERSHIP_ACK", Number::requester))                   \
  /* R->H   */ MESSAGE(active_invalidate, text("ACTIVE_INVALIDATE", 28, Number::none, Buffer::sender))       \
  /* R->H   */ MESSAGE(write_back_data, block("WRITE_BACK_DATA", Purpose::write_back, Number::none))         \
  /* R->H   */ MESSAGE(write_back, request("WRITE_BACK", 28))                                                \
  /* H->R   */ MESSAGE(write_back_ack, acknowledgement("WRITE_BACK_ACK", Number::write_back))                \
  /*        */ MESSAGE(malloc, text("MALLOC", 24, Number::sender))                                           \
  /*        */ MESSAGE(malloc_reply, text("MALLOC_REPLY", 24, Number::allocation))                           \
  /*        */ MESSAGE(free, text("FREE", 20, Number::none))
// clang-format on
DSMSIM_MESSAGES(MessageKind, MessageShape, GAM_MESSAGES);
using MessageTypes = dsmsim::MessageTypes<MessageKind>;

/// Of a server to a home, for a block.
constexpr bool is_request(MessageKind kind) {
  return kind == MessageKind::read || kind == MessageKind::write ||
         kind == MessageKind::write_permission_only;
}
/// Of a home to a sharer.
constexpr bool is_invalidation(MessageKind kind) {
  return kind == MessageKind::invalidate || kind == MessageKind::invalidate_forward;
}
/// Of a home to an owner, who is to give its block to another server.
constexpr bool is_forward(MessageKind kind) {
  return kind == MessageKind::read_forward || kind == MessageKind::write_forward;
}
/// Of a home to an owner, who may keep a shared copy.
constexpr bool leaves_a_copy(MessageKind kind) {
  return kind == MessageKind::fetch_and_shared || kind == MessageKind::read_forward;
}
/// Of a home to a sharer or an owner.
constexpr bool is_order(MessageKind kind) {
  return is_invalidation(kind) || is_forward(kind) || leaves_a_copy(kind) ||
         kind == MessageKind::fetch_and_invalidate;
}

/// What a message says. A real WRITE_WITH_IMM carries `id` alone; `buffer` and `block` of one stand
/// for the address that it writes to.
struct Message {
  MessageKind kind = MessageKind::read;
  bool lock = false;               ///< for a lock, not for a plain access
  bool try_lock = false;           ///< answer LOCK_FAILED rather than wait for a lock
  bool failed = false;             ///< LOCK_FAILED
  NodeId requester = {};           ///< forwards: who gets the data (pwid)
  std::uint32_t id = 0;            ///< the sender's transaction, echoed in the answer
  std::uint32_t requester_id = 0;  ///< forwards: the requester's transaction (pid)
  BufferId buffer = {};            ///< the line of the server that asks or evicts; invalidations:
                                   ///< the copy that is meant
  GlobalAddress block = {};        ///< MALLOC_REPLY, FREE: the object
  Bytes size = {};                 ///< MALLOC, FREE
};

/// For what the data are counted that a request, or an order for its sake, brings.
constexpr Cause cause_of(const Message& message) {
  const bool reads = message.kind == MessageKind::read || leaves_a_copy(message.kind);
  return message.lock ? Cause::none : reads ? Cause::read : Cause::write;
}

}  // namespace dsmsim::gam
