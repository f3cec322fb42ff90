#pragma once
// Every message of the protocol, with its verb and its payload.
//
// The compute node (C) fetches blocks from memory nodes (M) with one-sided READs, and writes dirty
// lines into the memory nodes' logs with one-sided WRITEs that a receiver thread there polls
// (Calciu et al., ASPLOS 2021, sections on the Caching Handler and the Eviction Handler). The rack
// controller (R) is asked for memory by SENDs. The sizes of the log's headers, of acknowledgements
// and of the controller's messages are not published: an entry's header is here a block number and
// its bitmap, as in KTracker's records (project-kona/KTracker at c8d57d6, scripts/read_bin.py).

#include <array>

#include "protocols/paging/page.hpp"
#include "sim/fabric/ledger.hpp"

namespace dsmsim::kona {

inline constexpr Bytes kLine = Bytes(64);

enum class MessageKind : std::uint8_t {
  fetch,         ///< C->M READ, a block
  fetch_line,    ///< C->M READ 64, the critical line
  fetch_rest,    ///< C->M READ, the block without it
  log,           ///< C->M WRITE, a batch of log entries
  log_ack,       ///< M->C WRITE 8: how far the log has been applied
  page_write,    ///< C->M WRITE, a page (kona-vm)
  slab_request,  ///< C->R SEND 16
  slab_grant,    ///< R->C SEND 16, and 16 for each copy of a slab
};
inline constexpr std::size_t kMessageKinds = 8;

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

/// The kinds as the ledger knows them.
class MessageTypes {
 public:
  explicit MessageTypes(Ledger& ledger);
  MessageTypeId operator[](MessageKind kind) const { return ids_[static_cast<std::size_t>(kind)]; }
  bool contain(MessageTypeId type) const { return ids_.front() <= type && type <= ids_.back(); }
  MessageKind kind(MessageTypeId type) const {
    return static_cast<MessageKind>(type.value() - ids_.front().value());
  }

 private:
  std::array<MessageTypeId, kMessageKinds> ids_{};
};

}  // namespace dsmsim::kona
