#pragma once
// Every message of the protocol, with its verb and its payload (include/lego/struct_p2m.h,
// struct_m2mm.h and the handlers of WukLab/LegoOS at 1f4da865).
//
// P is the pComponent, M a memory server, H the home of the process, G the global memory manager.
// All go through FIT: a request is a WRITE_WITH_IMM into the sender's ring at the receiver and
// carries kFitHeader bytes of FIT's own (net/lego/fit.h:351), which are in the payloads below; a
// reply is a WRITE_WITH_IMM to the caller's buffer, for a page the ExCache line itself.

#include <array>
#include <string_view>

#include "protocols/paging/page.hpp"
#include "sim/fabric/ledger.hpp"

namespace dsmsim::legoos {

enum class MessageKind : std::uint8_t {
  miss,               ///< P->M
  miss_flush,         ///< P->M: a miss, and the dirty line that it displaces
  miss_reply,         ///< M->P: the page, to either
  flush,              ///< P->M: a dirty line
  flush_reply,        ///< M->P
  mmap,               ///< P->H (step 1 of an allocation)
  mmap_reply,         ///< H->P (step 6)
  consult,            ///< H->G (step 2)
  consult_reply,      ///< G->H (step 3)
  map,                ///< H->M, the owner (step 4)
  map_reply,          ///< M->H (step 5)
  report,             ///< M->G, now and then
  report_reply,       ///< G->M
  replica,            ///< P->M', the secondary: a dirty line for its log
  replica_reply,      ///< M'->P, if somebody waits for it
  log_flush,          ///< M'->S, the storage server: a whole log
  log_flush_reply,    ///< S->M'
  vma_log,            ///< H->S: memory has been mapped
  vma_log_reply,      ///< S->H
  recover,            ///< P->M': it is to replace a server that has crashed
  recover_reply,      ///< M'->P: the new map of vRegions
  replay,             ///< M'->S: a part of what was stored
  replay_reply,       ///< S->M'
  file_read,          ///< P->M: a part of a file is wanted
  file_read_reply,    ///< M->P
  file_write,         ///< P->M: a part of a file
  file_write_reply,   ///< M->P
  file_sync,          ///< P->M: what the cache has of a file is to go to storage
  file_sync_reply,    ///< M->P
  store_read,         ///< M->S: a part of a file is wanted
  store_read_reply,   ///< S->M
  store_write,        ///< M->S: a part of a file
  store_write_reply,  ///< S->M
  zero_fill,          ///< P->M: a page has been filled with zeros at its first touch
  zero_fill_reply,    ///< M->P
};
inline constexpr std::size_t kMessageKinds = 35;

/// To a caller; nobody works on it.
constexpr bool is_reply(MessageKind kind) {
  return kind == MessageKind::miss_reply || kind == MessageKind::flush_reply ||
         kind == MessageKind::mmap_reply || kind == MessageKind::consult_reply ||
         kind == MessageKind::map_reply || kind == MessageKind::report_reply ||
         kind == MessageKind::replica_reply || kind == MessageKind::log_flush_reply ||
         kind == MessageKind::vma_log_reply || kind == MessageKind::recover_reply ||
         kind == MessageKind::replay_reply || kind == MessageKind::file_read_reply ||
         kind == MessageKind::file_write_reply || kind == MessageKind::file_sync_reply ||
         kind == MessageKind::store_read_reply || kind == MessageKind::store_write_reply ||
         kind == MessageKind::zero_fill_reply;
}
/// For the global memory manager.
constexpr bool is_for_manager(MessageKind kind) {
  return kind == MessageKind::consult || kind == MessageKind::report;
}

/// For the storage server.
constexpr bool is_for_storage(MessageKind kind) {
  return kind == MessageKind::log_flush || kind == MessageKind::vma_log ||
         kind == MessageKind::replay || kind == MessageKind::store_read ||
         kind == MessageKind::store_write;
}

inline constexpr std::uint32_t kFitHeader = 32;
/// A page in a log: what it is, and what it contains (memory/replica).
inline constexpr std::uint32_t kLogEntry = 32 + 4096;

struct MessageShape {
  std::string_view name;
  std::uint32_t bytes;  ///< payload of the least that the kind says
  Purpose purpose;
};
const MessageShape& shape(MessageKind kind);

/// What a message says.
struct Message {
  MessageKind kind = MessageKind::miss;
  bool regions = false;                 ///< MMAP_REPLY: the map of vRegions has changed
  Cause cause = Cause::none;            ///< for what the data that go along are counted
  std::uint32_t caller = 0;             ///< at the server that asks; echoed in the reply
  NodeId owner = {};                    ///< CONSULT_REPLY: the choice; RECOVER: who has crashed
  FileId file = {};                     ///< FILE, STORE; invalid: the image of memory
  paging::PageNumber page = {};         ///< MISS: wanted; FLUSH: written back
  paging::PageNumber victim = {};       ///< MISS_FLUSH: written back
  std::uint64_t contents = 0;           ///< of what is written back, or of the page in a reply;
                                        ///< CONSULT, REPORT: requests so far; to and of the
                                        ///< storage server: pages of a log; FILE, STORE: the
                                        ///< operation's name, and what it has found
  paging::VirtualAddress address = {};  ///< MAP: of the vRegions; replies: of the memory; FILE,
                                        ///< STORE: in the file
  Bytes length = {};                    ///< MMAP, MAP, FILE, STORE; CONSULT, REPORT: memory left
  Bytes wanted = {};                    ///< CONSULT: to be mapped
};

/// Data in the payload of a message that has so many bytes more than the least: pages, and what is
/// read from files or written to them.
Bytes data_in(const Message& message, Bytes more);

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

}  // namespace dsmsim::legoos
