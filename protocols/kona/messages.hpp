#pragma once
// Every message of the protocol, with its verb and its payload.
//
// The compute node (C) fetches blocks from memory nodes (M) with one-sided READs, and writes dirty
// lines into the memory nodes' logs with one-sided WRITEs that a receiver thread there polls
// (Calciu et al., ASPLOS 2021, sections on the Caching Handler and the Eviction Handler). The rack
// controller (R) is asked for memory by SENDs. The sizes of the log's headers, of acknowledgements
// and of the controller's messages are not published: an entry's header is here a block number and
// its bitmap, as in KTracker's records (project-kona/KTracker at c8d57d6, scripts/read_bin.py).

#include "protocols/paging/page.hpp"
#include "sim/dsm/kit/messages.hpp"

namespace dsmsim::kona {

inline constexpr Bytes kLine = Bytes(64);

// clang-format off
#define KONA_MESSAGES(MESSAGE)                                                                                 \
  /* C->M, a block                      */ MESSAGE(fetch, "FETCH", Verb::read, Purpose::fetch)                 \
  /* C->M 64, the critical line         */ MESSAGE(fetch_line, "FETCH_LINE", Verb::read, Purpose::fetch)       \
  /* C->M, the block without it         */ MESSAGE(fetch_rest, "FETCH_REST", Verb::read, Purpose::fetch)       \
  /* C->M, a batch of log entries       */ MESSAGE(log, "LOG", Verb::write, Purpose::write_back)               \
  /* M->C 8, how far it is applied      */ MESSAGE(log_ack, "LOG_ACK", Verb::write, Purpose::control)          \
  /* C->M, a page (kona-vm)             */ MESSAGE(page_write, "PAGE_WRITE", Verb::write, Purpose::write_back) \
  /* C->R 16                            */ MESSAGE(slab_request, "SLAB_REQUEST", Verb::send, Purpose::control) \
  /* R->C 16, and 16 a copy of a slab   */ MESSAGE(slab_grant, "SLAB_GRANT", Verb::send, Purpose::control)
// clang-format on
DSMSIM_MESSAGES(MessageKind, MessageRow, KONA_MESSAGES);
using MessageTypes = dsmsim::MessageTypes<MessageKind>;

constexpr std::uint32_t lines_of(Bytes block) {
  return static_cast<std::uint32_t>(block.count() / kLine.count());
}
/// Of a log entry with so many dirty lines.
constexpr Bytes entry_size(Bytes block, std::uint32_t dirty) {
  return Bytes(8 + 8 * ((lines_of(block) + 63) / 64)) + kLine * dirty;
}
inline constexpr Bytes kAckSize = Bytes(8);
inline constexpr Bytes kRequestSize = Bytes(16);
constexpr Bytes grant_size(std::uint64_t slabs, std::uint32_t replicas) {
  return Bytes(16) + Bytes(16) * slabs * replicas;
}

/// What a message says. One-sided ones carry it for those only who look at messages under way.
struct Message {
  paging::PageNumber block = {};  ///< fetches, page_write
  std::uint64_t number = 0;       ///< log, log_ack: entries before this one; slabs: how many
};

}  // namespace dsmsim::kona
