#pragma once
// Every message of the protocol, with its verb and its payload (gam/src/workrequest.cc:13-143
// serialises them unaligned; section 4 and figures 3-5 of Cai et al. show who sends what to whom).
//
// H is the home of a block, R the server that asks, O the owner of a dirty copy, S a sharer.
// Requests, forwards, invalidations and replies without data are SENDs; data goes by one-sided
// WRITE straight to its final address, with an immediate that carries the request's number when the
// receiver has to be told; acknowledgements are such WRITEs of no bytes.

#include <array>
#include <string_view>

#include "protocols/gam/addresses.hpp"
#include "sim/fabric/ledger.hpp"

namespace dsmsim::gam {

enum class MessageKind : std::uint8_t {
  read,                   ///< R->H
  fetch_and_shared,       ///< H->O
  fetch_and_invalidate,   ///< H->O
  invalidate,             ///< H->S
  read_forward,           ///< H->O
  write_forward,          ///< H->O
  invalidate_forward,     ///< H->S
  write,                  ///< R->H
  write_permission_only,  ///< R->H, which has a shared copy
  write_reply,            ///< H->R: granted, or H->R, O/S->H: the lock could not be had
  read_reply,             ///< the lock could not be had
  grant_data,             ///< H->R, before a WRITE_REPLY on the same queue pair
  data_reply,             ///< H->R, O->R
  fetched_data,           ///< O->H, which wants the block itself
  home_copy,              ///< O->H, beside the data that goes to a reader
  invalidate_ack,         ///< S->H
  forward_ack,            ///< O->H: ownership has been handed over
  ownership_ack,          ///< H->R: home knows the new owner
  active_invalidate,      ///< R->H: a clean line was evicted
  write_back_data,        ///< R->H, before a WRITE_BACK on the same queue pair
  write_back,             ///< R->H: a dirty line was evicted
  write_back_ack,         ///< H->R
  malloc,
  malloc_reply,
  free,
  shipped,  ///< not on the wire: completion of the signalled WRITE by which an owner gave its
            ///< block away (PENDING_INVALIDATE in the code)
};
inline constexpr std::size_t kMessageKinds = 25;  ///< on the wire

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

struct MessageShape {
  std::string_view name;
  Verb verb;
  std::uint32_t bytes;  ///< payload; kBlock: one block
  Purpose purpose;
};
inline constexpr std::uint32_t kBlock = ~std::uint32_t{0};
const MessageShape& shape(MessageKind kind);

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

/// The kinds as the ledger knows them.
class MessageTypes {
 public:
  explicit MessageTypes(Ledger& ledger);
  MessageTypeId operator[](MessageKind kind) const { return ids_[static_cast<std::size_t>(kind)]; }
  /// Whether a message is of this protocol.
  bool contain(MessageTypeId type) const { return ids_.front() <= type && type <= ids_.back(); }

 private:
  std::array<MessageTypeId, kMessageKinds> ids_{};
};

}  // namespace dsmsim::gam
