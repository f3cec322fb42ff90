#pragma once
// Every message of the protocol: pages between this server and the memory of others, by one-sided
// verbs; and Infiniswap's control messages between the owner of slabs (O, server 0) and the daemons
// of memory servers (D). Each of these is a SEND of the same struct, 32 addresses, 32 keys, a size
// and a type (SymbioticLab/Infiniswap da7c14b, infiniswap_bd/infiniswap.h, struct IS_rdma_info).

#include "protocols/paging/page.hpp"
#include "protocols/paging/remote_slabs.hpp"
#include "sim/dsm/kit/messages.hpp"

namespace dsmsim::swap {

// clang-format off
#define SWAP_PAGE_MESSAGES(MESSAGE)                                                     \
  /* a page comes, 4096 B */ MESSAGE(swap_in, "SWAP_IN", Verb::read, Purpose::fetch)    \
  /* a page goes, 4096 B  */ MESSAGE(swap_out, "SWAP_OUT", Verb::write, Purpose::write_back)
// clang-format on
DSMSIM_MESSAGES(PageKind, MessageRow, SWAP_PAGE_MESSAGES);
using PageTypes = MessageTypes<PageKind>;

/// What a page's verb is about, for checkers; nothing of it is sent.
struct PageMessage {
  paging::PageNumber page;
  std::uint64_t contents;  ///< of a write
};

constexpr MessageRow control(std::string_view name) { return {name, Verb::send, Purpose::control}; }
// clang-format off
#define SWAP_CONTROL_MESSAGES(MESSAGE)                                                       \
  /* O->D, how much is free there            */ MESSAGE(query, control("QUERY"))             \
  /* D->O, so many slabs                     */ MESSAGE(free_size, control("FREE_SIZE"))     \
  /* O->D, wants one of them                 */ MESSAGE(bind_single, control("BIND_SINGLE")) \
  /* D->O, its address, or that none is left */ MESSAGE(info_single, control("INFO_SINGLE")) \
  /* D->O, how much these slabs are in use   */ MESSAGE(evict, control("EVICT"))             \
  /* O->D, so much                           */ MESSAGE(activity, control("ACTIVITY"))       \
  /* D->O, leave these                       */ MESSAGE(stop, control("STOP"))               \
  /* O->D, they have been left               */ MESSAGE(done, control("DONE"))
// clang-format on
DSMSIM_MESSAGES(ControlKind, MessageRow, SWAP_CONTROL_MESSAGES);
using ControlTypes = MessageTypes<ControlKind>;

inline constexpr Bytes kControlSize = Bytes(392);
/// No message names more, so no server lends more (MAX_MR_SIZE_GB).
inline constexpr std::uint64_t kMostRegions = 32;

/// Lists of slabs are not here: they are in the one eviction of the daemon (daemon.hpp), which does
/// not change them while a message about them is under way.
struct ControlMessage {
  paging::SlabNumber slab = {};  ///< bind_single, info_single
  std::uint64_t number = 0;      ///< free_size: slabs; info_single: 0 if there is none
};

}  // namespace dsmsim::swap
