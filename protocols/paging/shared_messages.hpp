#pragma once
// Messages of shared pages beside the directory's: about memory, and about locks.

#include "protocols/paging/directory.hpp"
#include "sim/dsm/kit/calls.hpp"

namespace dsmsim::paging {

// clang-format off
#define SHARED_MESSAGES(MESSAGE)                                                   \
  /* of a thread to a home        */ MESSAGE(allocate, without_page("ALLOCATE"))   \
  /* its answer                   */ MESSAGE(allocated, without_page("ALLOCATED")) \
  /* of a thread to a home        */ MESSAGE(release, without_page("RELEASE"))     \
  /* to one who gets a lock       */ MESSAGE(wake, without_page("WAKE"))
// clang-format on
DSMSIM_MESSAGES(SharedMessageKind, PageMessageShape, SHARED_MESSAGES);

/// What threads wait for that have asked a home for memory: an address, or that it has no room.
using MemoryCalls = Calls<std::optional<VirtualAddress>>;

/// What all but WAKE say; that names the thread alone.
struct MemoryMessage {
  SharedMessageKind kind;
  ThreadId thread;
  MemoryCalls::Number call;  ///< of who waits for an answer
  Bytes size;
  std::optional<VirtualAddress> address;
};

}  // namespace dsmsim::paging
