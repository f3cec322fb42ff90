#pragma once
// The kinds of operations that a program may ask of a DSM: the contract's vocabulary, the unit of
// measurement and the trace record.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/enumeration.hpp"
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
  tie,         ///< the object goes wherever its owner() goes, which has an affinity pointer to it;
               ///< wherever this thread goes if there is none
  lock,        ///< exclusive lock of the object (of its byte range, where the engine locks ranges)
  rlock,       ///< shared lock
  try_lock,    ///< as lock, but gives up at once: `result` is 1 if it was taken, else 0
  try_rlock,
  unlock,
  atomic_add,  ///< adds operand() to the 8 bytes at `offset`; `result` is the old value
  atomic_cas,  ///< stores operand() there if it holds expected(); `result` is the old value
  fence,  ///< all earlier writes of this thread are visible to everybody before its next operation
  file_read,   ///< bytes [offset, offset + length) of `file`; all files there can be exist, have
               ///< no end, and are zeros where nobody has written
  file_write,  ///< the same; the program overwrites them
  file_sync,   ///< what has been written to `file` so far is on the storage server
  write_ef,    ///< waits until the word, the 8 bytes at `offset`, is empty, as all are at first;
               ///< puts operand() there and makes it full
  write_xf,    ///< the same without waiting
  read_fe,     ///< waits until the word is full, and makes it empty; `result` is what it holds
  read_ff,     ///< waits until it is full, and leaves it so
  call_read,  ///< a critical section at the data, in one piece: work() of CPU time where the object
              ///< is, and bytes [offset, offset + length) of it are the answer (Thread::call_read)
  call_write,  ///< the same; the bytes are overwritten
  send,        ///< a message of `length` bytes with content() in it goes into `channel`, with the
               ///< Boxes of its parcel()
  receive,    ///< the next message of `channel`: `length` is its size, `result` what content() was;
              ///< the Boxes in it are in parcel(), if takes_boxes()
  start,      ///< the thread that is launch() (launch.hpp); `result`: its ThreadId
  join,       ///< waits for the end of joined(); `result` is 1 if it was lost in a crash
  migrate,    ///< no program asks for it: its runtime has moved a thread between two operations
  end_phase,  ///< of a thread's work: what its engine had put off until then (Thread::end_phase)
};
inline constexpr std::size_t kOpKinds = kEnumerators<OpKind>;

/// What operations have in common: what answers them in the same way can switch over these. A
/// switch over them, or over OpKind, lists all cases: whoever adds one is told by the compiler
/// where it needs an answer.
enum class OpFamily : std::uint8_t {
  lifetime,   ///< objects begin and end
  data,       ///< bytes of an object are read or written
  reference,  ///< ownership and borrows: nothing to an engine that ignores them
  lock,       ///< a lock is asked for
  unlock,
  atomic,
  fence,
  file,
  word,     ///< on a word with a full/empty bit
  call,     ///< critical sections that go to the data
  channel,  ///< between threads
  launch,   ///< of threads
  runtime,  ///< measured as an operation, but no program asks for it
};

/// Who answers an operation.
enum class Answerer : std::uint8_t {
  every_engine,
  some_engines,  ///< those that say so (Engine::offers)
  channels,      ///< channels.hpp
  launcher,      ///< launcher.hpp
  nobody,
};

struct OpTraits {
  OpKind kind;
  OpFamily family;
  Cause cause = Cause::none;  ///< what its bytes move for
  bool takes_token = false;   ///< its contents have names that a witness gives: Op::token()
  bool shared = false;        ///< of locks: with other readers
  bool tries = false;         ///< of locks: gives up at once
};

inline constexpr auto kOps = std::to_array<OpTraits>({
    {.kind = OpKind::allocate, .family = OpFamily::lifetime, .takes_token = true},
    {.kind = OpKind::release, .family = OpFamily::lifetime},
    {.kind = OpKind::read, .family = OpFamily::data, .cause = Cause::read, .takes_token = true},
    {.kind = OpKind::write, .family = OpFamily::data, .cause = Cause::write, .takes_token = true},
    {.kind = OpKind::borrow, .family = OpFamily::reference},
    {.kind = OpKind::borrow_mut, .family = OpFamily::reference},
    {.kind = OpKind::give_back, .family = OpFamily::reference},
    {.kind = OpKind::transfer, .family = OpFamily::reference},
    {.kind = OpKind::tie, .family = OpFamily::reference},
    {.kind = OpKind::lock, .family = OpFamily::lock},
    {.kind = OpKind::rlock, .family = OpFamily::lock, .shared = true},
    {.kind = OpKind::try_lock, .family = OpFamily::lock, .tries = true},
    {.kind = OpKind::try_rlock, .family = OpFamily::lock, .shared = true, .tries = true},
    {.kind = OpKind::unlock, .family = OpFamily::unlock},
    {.kind = OpKind::atomic_add, .family = OpFamily::atomic, .cause = Cause::write},
    {.kind = OpKind::atomic_cas, .family = OpFamily::atomic, .cause = Cause::write},
    {.kind = OpKind::fence, .family = OpFamily::fence},
    {.kind = OpKind::file_read,
     .family = OpFamily::file,
     .cause = Cause::read,
     .takes_token = true},
    {.kind = OpKind::file_write,
     .family = OpFamily::file,
     .cause = Cause::write,
     .takes_token = true},
    {.kind = OpKind::file_sync, .family = OpFamily::file},
    {.kind = OpKind::write_ef, .family = OpFamily::word, .cause = Cause::write},
    {.kind = OpKind::write_xf, .family = OpFamily::word, .cause = Cause::write},
    {.kind = OpKind::read_fe, .family = OpFamily::word, .cause = Cause::read},
    {.kind = OpKind::read_ff, .family = OpFamily::word, .cause = Cause::read},
    {.kind = OpKind::call_read,
     .family = OpFamily::call,
     .cause = Cause::read,
     .takes_token = true},
    {.kind = OpKind::call_write,
     .family = OpFamily::call,
     .cause = Cause::write,
     .takes_token = true},
    {.kind = OpKind::send, .family = OpFamily::channel},
    {.kind = OpKind::receive, .family = OpFamily::channel},
    {.kind = OpKind::start, .family = OpFamily::launch},
    {.kind = OpKind::join, .family = OpFamily::launch},
    {.kind = OpKind::migrate, .family = OpFamily::runtime},
    {.kind = OpKind::end_phase, .family = OpFamily::runtime},
});
static_assert(is_table_of(kOps, &OpTraits::kind), "an operation without a row in kOps");

/// Who answers one of these families tells its kinds apart (docs/architecture.md, Adding an
/// operation, says where).
consteval bool is_known_to_answerers(OpFamily family, std::size_t kinds) {
  const auto is_of_it = [family](const OpTraits& op) { return op.family == family; };
  return std::count_if(kOps.begin(), kOps.end(), is_of_it) == static_cast<std::ptrdiff_t>(kinds);
}
static_assert(
    is_known_to_answerers(OpFamily::lifetime, 2) && is_known_to_answerers(OpFamily::data, 2) &&
        is_known_to_answerers(OpFamily::reference, 5) && is_known_to_answerers(OpFamily::lock, 4) &&
        is_known_to_answerers(OpFamily::unlock, 1) && is_known_to_answerers(OpFamily::atomic, 2) &&
        is_known_to_answerers(OpFamily::fence, 1) && is_known_to_answerers(OpFamily::file, 3) &&
        is_known_to_answerers(OpFamily::word, 4) && is_known_to_answerers(OpFamily::call, 2),
    "a kind more in a family: see to its answerers");

constexpr const OpTraits& traits_of(OpKind kind) { return kOps[static_cast<std::size_t>(kind)]; }
constexpr OpFamily family_of(OpKind kind) { return traits_of(kind).family; }
constexpr Answerer answerer_of(OpKind kind) {
  switch (family_of(kind)) {
    case OpFamily::lifetime:
    case OpFamily::data:
    case OpFamily::reference:
    case OpFamily::lock:
    case OpFamily::unlock:
    case OpFamily::atomic:
    case OpFamily::fence:
      return Answerer::every_engine;
    case OpFamily::file:
    case OpFamily::word:
    case OpFamily::call:
      return Answerer::some_engines;
    case OpFamily::channel:
      return Answerer::channels;
    case OpFamily::launch:
      return Answerer::launcher;
    case OpFamily::runtime:
      break;
  }
  return Answerer::nobody;
}

constexpr bool is_data(OpKind kind) { return family_of(kind) == OpFamily::data; }
constexpr bool is_lock(OpKind kind) { return family_of(kind) == OpFamily::lock; }
constexpr bool is_atomic(OpKind kind) { return family_of(kind) == OpFamily::atomic; }
constexpr bool is_file(OpKind kind) { return family_of(kind) == OpFamily::file; }
constexpr bool is_word(OpKind kind) { return family_of(kind) == OpFamily::word; }
constexpr bool is_call(OpKind kind) { return family_of(kind) == OpFamily::call; }
constexpr bool is_channel(OpKind kind) { return family_of(kind) == OpFamily::channel; }
/// Only engines that say so have it (Engine::offers).
constexpr bool is_extra(OpKind kind) { return answerer_of(kind) == Answerer::some_engines; }
constexpr bool is_shared(OpKind kind) { return traits_of(kind).shared; }
constexpr bool tries(OpKind kind) { return traits_of(kind).tries; }
constexpr bool takes_token(OpKind kind) { return traits_of(kind).takes_token; }
/// Of the operations on words, those that wait until the word is full.
constexpr bool reads_word(OpKind kind) {
  return is_word(kind) && traits_of(kind).cause == Cause::read;
}
/// How long it takes is for other threads of the program to say, not for the system.
constexpr bool waits_for_program(OpKind kind) {
  return is_word(kind) || is_channel(kind) || answerer_of(kind) == Answerer::launcher;
}
std::string_view to_string(OpKind);

/// An engine has been asked for an operation that is not for it: a defect of whoever asked. What a
/// switch over operations does with those that cannot come.
[[noreturn]] void not_for_engines(OpKind kind);

}  // namespace dsmsim
