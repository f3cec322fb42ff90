#pragma once
// Every message of the protocol, with its verb and its payload (include/lego/struct_p2m.h,
// struct_m2mm.h and the handlers of WukLab/LegoOS at 1f4da865).
//
// P is the pComponent, M a memory server, H the home of the process, G the global memory manager.
// All go through FIT: a request is a WRITE_WITH_IMM into the sender's ring at the receiver and
// carries kFitHeader bytes of FIT's own (net/lego/fit.h:351), which are in the payloads below; a
// reply is a WRITE_WITH_IMM to the caller's buffer, for a page the ExCache line itself.

#include "protocols/legoos/options.hpp"
#include "protocols/paging/page.hpp"
#include "sim/dsm/kit/messages.hpp"

namespace dsmsim::legoos {

/// Who works on a message. A reply is for a caller, and nobody works on it.
enum class Party : std::uint8_t { caller, memory, manager, storage };

inline constexpr std::uint32_t kFitHeader = 32;
/// A page in a log: what it is, and what it contains (memory/replica).
inline constexpr std::uint32_t kLogEntry = 32 + 4096;

/// Data in the payload: pages, and what is read from files or written to them.
enum class Load : std::uint8_t {
  none,
  page,
  log,   ///< a page for each entry
  file,  ///< all that it has more than the least
};

struct MessageShape : MessageRow {
  std::uint32_t bytes;  ///< payload of the least that the kind says
  Party to;
  Load load = Load::none;
  /// CPU times of a memory server that works on it.
  LegoosService LegoosCosts::*service = &LegoosCosts::small;
};
/// A request without data, of which a memory server needs no more than to look something up.
constexpr MessageShape request(std::string_view name, std::uint32_t bytes, Party to) {
  return {{name, Verb::write_imm, Purpose::control}, bytes + kFitHeader, to};
}
/// A request of which the data are written somewhere.
constexpr MessageShape bringing(std::string_view name, std::uint32_t bytes, Party to, Load load) {
  return {{name, Verb::write_imm, Purpose::write_back}, bytes + kFitHeader, to, load};
}
/// The same request with CPU times of its own.
constexpr MessageShape served(MessageShape request, LegoosService LegoosCosts::*service) {
  request.service = service;
  return request;
}
constexpr MessageShape reply(std::string_view name, std::uint32_t bytes) {
  return {{name, Verb::write_imm, Purpose::control}, bytes, Party::caller};
}
constexpr MessageShape reply_with(std::string_view name, std::uint32_t bytes, Load load) {
  return {{name, Verb::write_imm, Purpose::fetch}, bytes, Party::caller, load};
}

// M' is the secondary of a memory server, S the storage server. MISS_FLUSH is a miss and the dirty
// line that it displaces. An allocation is MMAP, CONSULT, its reply, MAP, its reply, MMAP_REPLY;
// VMA_LOG tells storage of it. REPORT goes now and then. REPLICA is a dirty line for the log of M',
// whose reply may be awaited by nobody, and LOG_FLUSH a whole log. RECOVER: M' is to replace a
// server that has crashed, which its reply ends with the new map of vRegions; REPLAY brings a part
// of what was stored. FILE and STORE are about a part of a file; ZERO_FILL says that a page has
// been filled with zeros at its first touch.
// clang-format off
#define LEGOOS_MESSAGES(MESSAGE)                                                                                              \
  /* P->M   */ MESSAGE(miss, served(request("MISS", 40, Party::memory), &LegoosCosts::miss))                                  \
  /* P->M   */ MESSAGE(miss_flush, served(bringing("MISS_FLUSH", 4168, Party::memory, Load::page), &LegoosCosts::miss_flush)) \
  /* M->P   */ MESSAGE(miss_reply, reply_with("MISS_REPLY", 4096, Load::page))                                                \
  /* P->M   */ MESSAGE(flush, served(bringing("FLUSH", 4128, Party::memory, Load::page), &LegoosCosts::flush))                \
  /* M->P   */ MESSAGE(flush_reply, reply("FLUSH_REPLY", 4))                                                                  \
  /* P->H   */ MESSAGE(mmap, request("MMAP", 320, Party::memory))                                                             \
  /* H->P   */ MESSAGE(mmap_reply, reply("MMAP_REPLY", 16))                                                                   \
  /* H->G   */ MESSAGE(consult, request("CONSULT", 48, Party::manager))                                                       \
  /* G->H   */ MESSAGE(consult_reply, reply("CONSULT_REPLY", 8))                                                              \
  /* H->M   */ MESSAGE(map, request("MAP", 336, Party::memory))                                                               \
  /* M->H   */ MESSAGE(map_reply, reply("MAP_REPLY", 16))                                                                     \
  /* M->G   */ MESSAGE(report, request("REPORT", 48, Party::manager))                                                         \
  /* G->M   */ MESSAGE(report_reply, reply("REPORT_REPLY", 4))                                                                \
  /* P->M'  */ MESSAGE(replica, bringing("REPLICA", 4144, Party::memory, Load::page))                                         \
  /* M'->P  */ MESSAGE(replica_reply, reply("REPLICA_REPLY", 4))                                                              \
  /* M'->S  */ MESSAGE(log_flush, bringing("LOG_FLUSH", 8, Party::storage, Load::log))                                        \
  /* S->M'  */ MESSAGE(log_flush_reply, reply("LOG_FLUSH_REPLY", 4))                                                          \
  /* H->S   */ MESSAGE(vma_log, request("VMA_LOG", 56, Party::storage))                                                       \
  /* S->H   */ MESSAGE(vma_log_reply, reply("VMA_LOG_REPLY", 4))                                                              \
  /* P->M'  */ MESSAGE(recover, request("RECOVER", 40, Party::memory))                                                        \
  /* M'->P  */ MESSAGE(recover_reply, reply("RECOVER_REPLY", 24))                                                             \
  /* M'->S  */ MESSAGE(replay, request("REPLAY", 40, Party::storage))                                                         \
  /* S->M'  */ MESSAGE(replay_reply, reply_with("REPLAY_REPLY", 8, Load::log))                                                \
  /* P->M   */ MESSAGE(file_read, request("FILE_READ", 320, Party::memory))                                                   \
  /* M->P   */ MESSAGE(file_read_reply, reply_with("FILE_READ_REPLY", 8, Load::file))                                         \
  /* P->M   */ MESSAGE(file_write, bringing("FILE_WRITE", 320, Party::memory, Load::file))                                    \
  /* M->P   */ MESSAGE(file_write_reply, reply("FILE_WRITE_REPLY", 8))                                                        \
  /* P->M   */ MESSAGE(file_sync, request("FILE_SYNC", 320, Party::memory))                                                   \
  /* M->P   */ MESSAGE(file_sync_reply, reply("FILE_SYNC_REPLY", 8))                                                          \
  /* M->S   */ MESSAGE(store_read, request("STORE_READ", 284, Party::storage))                                                \
  /* S->M   */ MESSAGE(store_read_reply, reply_with("STORE_READ_REPLY", 8, Load::file))                                       \
  /* M->S   */ MESSAGE(store_write, bringing("STORE_WRITE", 284, Party::storage, Load::file))                                 \
  /* S->M   */ MESSAGE(store_write_reply, reply("STORE_WRITE_REPLY", 8))                                                      \
  /* P->M   */ MESSAGE(zero_fill, request("ZERO_FILL", 40, Party::memory))                                                    \
  /* M->P   */ MESSAGE(zero_fill_reply, reply("ZERO_FILL_REPLY", 4))
// clang-format on
DSMSIM_MESSAGES(MessageKind, MessageShape, LEGOOS_MESSAGES);
using MessageTypes = dsmsim::MessageTypes<MessageKind>;

constexpr bool is_reply(MessageKind kind) { return row_of(kind).to == Party::caller; }

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

/// Data in the payload of a message that has so many bytes more than the least.
Bytes data_in(const Message& message, Bytes more);

}  // namespace dsmsim::legoos
