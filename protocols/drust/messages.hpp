#pragma once
// Every message of DRust, once: its verb, what it is for, and what a control message carries
// (README.md has the table).
//
// One-sided requests move the object's own bytes, 8 bytes of a pointer or a lock, or 16 bytes of a
// Box. Two-sided ones are control messages of DrustOptions::control bytes: the paper gives no
// format; an operation, an address and a size fit into about 32 bytes.

#include <type_traits>

#include "protocols/drust/pointer.hpp"
#include "sim/dsm/kit/messages.hpp"
#include "sim/fabric/message.hpp"

namespace dsmsim::drust {

inline constexpr Bytes kPointer(8);  ///< word 0 of a Box; a lock word; an atomic
inline constexpr Bytes kBox(16);

constexpr MessageRow one_sided(std::string_view name, Verb verb,
                               Purpose purpose = Purpose::control) {
  return {name, verb, purpose};
}
constexpr MessageRow control(std::string_view name) { return {name, Verb::send, Purpose::control}; }

// Moved bytes count as written ones (docs/metrics.md): only a write moves an object.
// clang-format off
#define DRUST_MESSAGES(MESSAGE)                                                                                                                                 \
  /* ---- one-sided */                                                                                                                                          \
  MESSAGE(copy, one_sided("copy", Verb::read, Purpose::fetch))                            /* the object, into the reader's cache */                             \
  MESSAGE(move, one_sided("move", Verb::read, Purpose::write_back))                       /* the object, into the writer's partition */                         \
  MESSAGE(owner_update, one_sided("owner_update", Verb::write))                           /* a dropped MutRef's address, into the owner's Box */                \
  MESSAGE(part_read, one_sided("part_read", Verb::read, Purpose::fetch))                  /* the borrowed part of an object */                                  \
  MESSAGE(part_write, one_sided("part_write", Verb::write, Purpose::write_back))          /* the same, back to its place */                                     \
  MESSAGE(part_colour, one_sided("part_colour", Verb::fetch_add))                         /* the colour in the owner's Box */                                   \
  MESSAGE(lock, one_sided("lock", Verb::compare_swap))                                    /* the lock word */                                                   \
  MESSAGE(unlock, one_sided("unlock", Verb::write))                                       /* the lock word, of a writer */                                      \
  MESSAGE(runlock, one_sided("runlock", Verb::fetch_add))                                 /* the same, of a reader */                                           \
  MESSAGE(guarded_read, one_sided("guarded_read", Verb::read, Purpose::fetch))            /* bytes behind a mutex */                                            \
  MESSAGE(guarded_write, one_sided("guarded_write", Verb::write, Purpose::write_back))    /* the same */                                                        \
  MESSAGE(unsafe_read, one_sided("unsafe_read", Verb::read, Purpose::fetch))              /* bytes of an object of unsafe code */                               \
  MESSAGE(unsafe_write, one_sided("unsafe_write", Verb::write, Purpose::write_back))      /* the same */                                                        \
  MESSAGE(mutex_pointer, one_sided("mutex_pointer", Verb::read))                          /* the Box in a mutex */                                              \
  MESSAGE(in_place_read, one_sided("in_place_read", Verb::read, Purpose::fetch))          /* bytes of an object that there is no room for here */               \
  MESSAGE(in_place_write, one_sided("in_place_write", Verb::write, Purpose::write_back))  /* the same */                                                        \
  MESSAGE(atomic_add, one_sided("atomic_add", Verb::fetch_add, Purpose::write_back))                                                                            \
  MESSAGE(atomic_cas, one_sided("atomic_cas", Verb::compare_swap, Purpose::write_back))                                                                         \
  /* ---- of the released code (artifact.cpp, leases.cpp) */                                                                                                    \
  MESSAGE(flag, one_sided("flag", Verb::read))                                            /* behind every other one-sided request */                            \
  MESSAGE(lease_end, one_sided("lease_end", Verb::write))                                 /* a mutex back to its home */                                        \
  MESSAGE(update, control("update"))                                                      /* to the Box's server: a dropped MutRef's address */                 \
  MESSAGE(called, control("called"))                                                      /* answer of a call that nobody waits for */                          \
  /* ---- control */                                                                                                                                            \
  MESSAGE(deallocate, control("deallocate"))                                              /* to the host of an address that is given up */                      \
  MESSAGE(invalidate, control("invalidate"))                                              /* to a holder of copies of such an address */                        \
  MESSAGE(invalidated, control("invalidated"))                                            /* its acknowledgement */                                             \
  MESSAGE(reset, control("reset"))                                                        /* to an object's host: all copies of it have to go */                \
  MESSAGE(reset_done, control("reset_done"))                                              /* its answer: they have gone */                                      \
  MESSAGE(transfer, control("transfer"))                                                  /* a Box on its way to its new owner */                               \
  MESSAGE(allocate, control("allocate"))                                                  /* to the server where an object is wanted */                         \
  MESSAGE(allocated, control("allocated"))                                                /* its answer: the address */                                         \
  MESSAGE(atomic_request, MessageRow{"atomic_request", Verb::send, Purpose::write_back})  /* to the host of an atomic */                                        \
  MESSAGE(atomic_reply, control("atomic_reply"))                                          /* its answer: the old value */                                       \
  /* ---- threads (scheduling.cpp) */                                                                                                                            \
  MESSAGE(stack, one_sided("stack", Verb::write))                                         /* the stack of a thread that moves */                                \
  MESSAGE(resume, control("resume"))                                                      /* to its new server: the thread may go on */                         \
  /* ---- fault tolerance (replication.cpp, recovery.cpp) */                                                                                                    \
  MESSAGE(write_back, one_sided("write_back", Verb::write, Purpose::write_back))          /* what is in an object, to a backup of its partition */              \
  MESSAGE(back_up, one_sided("back_up", Verb::write))                                     /* a piece of a partition, to a new backup */                         \
  MESSAGE(promote, control("promote"))                                                    /* to a backup: it takes the place of a lost server */                \
  MESSAGE(promoted, control("promoted"))                                                  /* its answer: it has what it needs for that */                       \
  MESSAGE(held, control("held"))                                                          /* to such a backup: the locks and pointers to there of a survivor */ \
  MESSAGE(serves, control("serves"))                                                      /* to every survivor: from now on the backup has the place */         \
  MESSAGE(lost, control("lost"))                                                          /* to every survivor: a server is lost */                             \
  /* ---- of the controller (controller.cpp) */                                                                                                                 \
  MESSAGE(ping, control("ping"))                                                          /* to every server */                                                 \
  MESSAGE(pong, control("pong"))                                                          /* its answer */                                                      \
  MESSAGE(ask, control("ask"))                                                            /* to the controller: where is there room? */                         \
  MESSAGE(told, control("told"))                                                          /* its answer */                                                      \
  MESSAGE(order, control("order"))                                                        /* to a thread's server: it has to move */                            \
  MESSAGE(moved, control("moved"))                                                        /* to the controller: where the thread is */
// clang-format on
DSMSIM_MESSAGES(MessageKind, MessageRow, DRUST_MESSAGES);

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
