#pragma once
// Every message of DRust: its verb, and what a control message carries (README.md has the table).
//
// One-sided requests move the object's own bytes, 8 bytes of a pointer or a lock, or 16 bytes of a
// Box. Two-sided ones are control messages of DrustOptions::control bytes: the paper gives no
// format; an operation, an address and a size fit into about 32 bytes.

#include <type_traits>

#include "protocols/drust/pointer.hpp"
#include "sim/fabric/message.hpp"

namespace dsmsim::drust {

inline constexpr Bytes kPointer(8);  ///< word 0 of a Box; a lock word; an atomic
inline constexpr Bytes kBox(16);

struct MessageTypes {
  // one-sided
  MessageTypeId copy;            ///< READ: the object, into the reader's cache
  MessageTypeId move;            ///< READ: the object, into the writer's partition
  MessageTypeId owner_update;    ///< WRITE: a dropped MutRef's address, into the owner's Box
  MessageTypeId part_read;       ///< READ: the borrowed part of an object
  MessageTypeId part_write;      ///< WRITE: the same, back to its place
  MessageTypeId part_colour;     ///< FETCH_AND_ADD: the colour in the owner's Box
  MessageTypeId lock;            ///< CMP_AND_SWP: the lock word
  MessageTypeId unlock;          ///< WRITE: the lock word, of a writer
  MessageTypeId runlock;         ///< FETCH_AND_ADD: the same, of a reader
  MessageTypeId guarded_read;    ///< READ: bytes behind a mutex
  MessageTypeId guarded_write;   ///< WRITE: the same
  MessageTypeId unsafe_read;     ///< READ: bytes of an object of unsafe code
  MessageTypeId unsafe_write;    ///< WRITE: the same
  MessageTypeId mutex_pointer;   ///< READ: the Box in a mutex
  MessageTypeId in_place_read;   ///< READ: bytes of an object that there is no room for here
  MessageTypeId in_place_write;  ///< WRITE: the same
  MessageTypeId atomic_add;      ///< FETCH_AND_ADD
  MessageTypeId atomic_cas;      ///< CMP_AND_SWP
  // of the released code (artifact.cpp)
  MessageTypeId flag;       ///< READ: behind every other one-sided request
  MessageTypeId lease_end;  ///< WRITE: a mutex back to its home
  MessageTypeId update;     ///< to the Box's server: a dropped MutRef's address
  MessageTypeId called;     ///< answer of a call that nobody waits for
  // control
  MessageTypeId deallocate;      ///< to the host of an address that is given up
  MessageTypeId invalidate;      ///< to a holder of copies of such an address
  MessageTypeId invalidated;     ///< its acknowledgement
  MessageTypeId reset;           ///< to an object's host: all copies of it have to go
  MessageTypeId reset_done;      ///< its answer: they have gone
  MessageTypeId transfer;        ///< a Box on its way to its new owner
  MessageTypeId allocate;        ///< to the server where an object is wanted
  MessageTypeId allocated;       ///< its answer: the address
  MessageTypeId atomic_request;  ///< to the host of an atomic
  MessageTypeId atomic_reply;    ///< its answer: the old value
  // threads (migration.cpp)
  MessageTypeId stack;   ///< WRITE: the stack of a thread that moves
  MessageTypeId resume;  ///< to its new server: the thread may go on
  // fault tolerance (replication.cpp, recovery.cpp)
  MessageTypeId write_back;  ///< WRITE: what is in an object, to a backup of its partition
  MessageTypeId back_up;     ///< WRITE: a piece of a partition, to a new backup
  MessageTypeId promote;     ///< to a backup: it takes the place of a lost server
  MessageTypeId promoted;    ///< its answer: it has what it needs for that
  MessageTypeId held;        ///< to such a backup: the locks and pointers to there of a survivor
  MessageTypeId serves;      ///< to every survivor: from now on the backup has the place
  MessageTypeId lost;        ///< to every survivor: a server is lost
  // of the controller, in this order (controller.cpp)
  MessageTypeId ping;   ///< to every server
  MessageTypeId pong;   ///< its answer
  MessageTypeId ask;    ///< to the controller: where is there room?
  MessageTypeId told;   ///< its answer
  MessageTypeId order;  ///< to a thread's server: it has to move
  MessageTypeId moved;  ///< to the controller: where the thread is
};

MessageTypes declare_messages(Ledger& ledger);

/// Of deallocate, invalidate and invalidated: an address that is given up, and where its disposal
/// is kept (disposals.hpp). `acknowledge`: the sender of an invalidation waits for the answer.
struct DisposalBody {
  GlobalAddress address;
  std::uint32_t disposal;
  std::uint32_t acknowledge;
};
/// Of reset: `call` is where the asking thread waits.
struct ResetBody {
  std::uint64_t call;
  std::uint64_t disposal;
};
/// Of update: the coloured address, and the number of the object.
struct UpdateBody {
  std::uint64_t word;
  std::uint64_t object;
};
/// Of transfer; and of everything one-sided, for those who look at what is under way.
struct ObjectBody {
  ObjectId object;
};
/// Of allocate and atomic_request: `call` is where the asking thread waits.
struct AllocateBody {
  std::uint64_t call;
  Bytes size;
};
struct AtomicBody {
  std::uint64_t call;
  std::uint64_t compare;  ///< 1: compare and swap, 0: add
  ObjectId object;
  Bytes offset;
  std::uint64_t operand;
  std::uint64_t expected;
};
/// Of allocated, atomic_reply and reset_done; of resume, which answers the thread that it is about.
struct ReplyBody {
  std::uint64_t call;
  std::uint64_t value;
};
/// Of promote, promoted, held, serves and lost.
struct LossBody {
  NodeId server;
};
// Bodies are hashed as bytes: no padding.
static_assert(std::has_unique_object_representations_v<DisposalBody> &&
              std::has_unique_object_representations_v<AtomicBody>);

}  // namespace dsmsim::drust
