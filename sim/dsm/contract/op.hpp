#pragma once
// The operations that a program may ask of a DSM: the contract's vocabulary, the unit of
// measurement and the trace record.

#include <cstdint>
#include <limits>
#include <string_view>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"
#include "sim/fabric/traffic.hpp"

namespace dsmsim {

enum class OpKind : std::uint8_t {
  allocate,    ///< a new object of `length` bytes; `object` is its identity, `node` where it is
               ///< wanted (invalid: here)
  release,     ///< the owner drops the object
  read,        ///< bytes [offset, offset + length) of the object, through `borrow` if valid;
               ///< `result` is the stamp of the write that was seen, where the engine keeps stamps
  write,       ///< the same; the program overwrites them
  borrow,      ///< an immutable reference; the engine sets `borrow`
  borrow_mut,  ///< a mutable reference; of bytes [offset, offset + length) if `length` is not zero
  give_back,   ///< ends `borrow`
  transfer,    ///< ownership of the object goes to a thread on server `node`
  tie,         ///< the object goes wherever the object with number `operand` goes, which has an
               ///< affinity pointer to it; wherever this thread goes with kTiedToStack
  lock,        ///< exclusive lock of the object (of its byte range, where the engine locks ranges)
  rlock,       ///< shared lock
  try_lock,    ///< as lock, but gives up at once: `result` is 1 if it was taken, else 0
  try_rlock,
  unlock,
  atomic_add,  ///< adds `operand` to the 8 bytes at `offset`; `result` is the old value
  atomic_cas,  ///< stores `operand` there if it holds `expected`; `result` is the old value
  fence,  ///< all earlier writes of this thread are visible to everybody before its next operation
  file_read,   ///< bytes [offset, offset + length) of `file`; all files there can be exist, have
               ///< no end, and are zeros where nobody has written
  file_write,  ///< the same; the program overwrites them
  file_sync,   ///< what has been written to `file` so far is on the storage server
  write_ef,    ///< waits until the word, the 8 bytes at `offset`, is empty, as all are at first;
               ///< puts `operand` there and makes it full
  write_xf,    ///< the same without waiting
  read_fe,     ///< waits until the word is full, and makes it empty; `result` is what it holds
  read_ff,     ///< waits until it is full, and leaves it so
  send,        ///< a message of `length` bytes with `operand` in it goes into `channel`; if
               ///< `expected` is not zero, with the Boxes of that parcel (channels.hpp)
  receive,    ///< the next message of `channel`: `length` is its size, `result` what `operand` was;
              ///< if `operand` is 1, `expected` is the parcel of the Boxes in it
  start,      ///< the thread that is Launch number `operand` (launch.hpp); `result`: its ThreadId
  join,       ///< waits for the end of thread `operand`; `result` is 1 if it was lost in a crash
  migrate,    ///< no program asks for it: its runtime has moved a thread between two operations
  end_phase,  ///< of a thread's work: what its engine had put off until then (Thread::end_phase)
};
inline constexpr std::size_t kOpKinds = 30;
constexpr bool is_file(OpKind kind) {
  return kind >= OpKind::file_read && kind <= OpKind::file_sync;
}
/// On a word with a full/empty bit.
constexpr bool is_word(OpKind kind) { return kind >= OpKind::write_ef && kind <= OpKind::read_ff; }
/// Of these, those that wait until the word is full.
constexpr bool reads_word(OpKind kind) {
  return kind == OpKind::read_fe || kind == OpKind::read_ff;
}
/// Only engines that say so have it (Engine::offers).
constexpr bool is_extra(OpKind kind) { return is_file(kind) || is_word(kind); }
/// Answered by Channels (channels.hpp) instead of the engine.
constexpr bool is_channel(OpKind kind) { return kind == OpKind::send || kind == OpKind::receive; }
/// Answered by the Launcher (launcher.hpp).
constexpr bool is_launch(OpKind kind) { return kind == OpKind::start || kind == OpKind::join; }
/// How long it takes is for other threads of the program to say, not for the system.
constexpr bool waits_for_program(OpKind kind) {
  return is_word(kind) || is_channel(kind) || is_launch(kind);
}
/// Its contents have names that a witness gives: Op::operand.
constexpr bool takes_token(OpKind kind) {
  return kind == OpKind::allocate || kind == OpKind::read || kind == OpKind::write ||
         kind == OpKind::file_read || kind == OpKind::file_write;
}
std::string_view to_string(OpKind);

/// A live reference of one thread, as the engine that gave it numbers it.
using BorrowId = Id<struct BorrowTag, std::uint32_t>;

/// See channels.hpp.
using ChannelId = Id<struct ChannelTag, std::uint32_t>;

struct Op {
  OpKind kind;
  ObjectId object = {};
  Bytes offset = {};
  Bytes length = {};
  BorrowId borrow = {};
  NodeId node = {};
  ChannelId channel = {};
  FileId file = {};
  std::uint64_t operand = 0;  ///< of what takes_token(): a witness's token (witness.hpp)
  std::uint64_t expected = 0;
  std::uint64_t result = 0;
  bool guarded = false;  ///< allocate: the object is the content of a mutex and is accessed under
                         ///< its lock only
  bool raw = false;  ///< allocate: unsafe code reads and writes the object where it lies, without
                     ///< borrows; what is read while it is written is the program's business
};

/// For what the data that the operation moves are counted (docs/metrics.md): nothing if it asks for
/// no bytes itself.
Cause cause_of(const Op& op);

/// Op::operand of a tie.
inline constexpr std::uint64_t kTiedToStack = std::numeric_limits<std::uint64_t>::max();

}  // namespace dsmsim
