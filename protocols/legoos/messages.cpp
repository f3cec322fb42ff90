#include "protocols/legoos/messages.hpp"

#include <string>

#include "protocols/legoos/address_space.hpp"

namespace dsmsim::legoos {
namespace {

constexpr std::array<MessageShape, kMessageKinds> kShapes = {{
    {"MISS", 40 + kFitHeader, Purpose::control},
    {"MISS_FLUSH", 4168 + kFitHeader, Purpose::write_back},
    {"MISS_REPLY", 4096, Purpose::fetch},
    {"FLUSH", 4128 + kFitHeader, Purpose::write_back},
    {"FLUSH_REPLY", 4, Purpose::control},
    {"MMAP", 320 + kFitHeader, Purpose::control},
    {"MMAP_REPLY", 16, Purpose::control},
    {"CONSULT", 48 + kFitHeader, Purpose::control},
    {"CONSULT_REPLY", 8, Purpose::control},
    {"MAP", 336 + kFitHeader, Purpose::control},
    {"MAP_REPLY", 16, Purpose::control},
    {"REPORT", 48 + kFitHeader, Purpose::control},
    {"REPORT_REPLY", 4, Purpose::control},
    {"REPLICA", 4144 + kFitHeader, Purpose::write_back},
    {"REPLICA_REPLY", 4, Purpose::control},
    {"LOG_FLUSH", 8 + kFitHeader, Purpose::write_back},
    {"LOG_FLUSH_REPLY", 4, Purpose::control},
    {"VMA_LOG", 56 + kFitHeader, Purpose::control},
    {"VMA_LOG_REPLY", 4, Purpose::control},
    {"RECOVER", 40 + kFitHeader, Purpose::control},
    {"RECOVER_REPLY", 24, Purpose::control},
    {"REPLAY", 40 + kFitHeader, Purpose::control},
    {"REPLAY_REPLY", 8, Purpose::fetch},
    {"FILE_READ", 320 + kFitHeader, Purpose::control},
    {"FILE_READ_REPLY", 8, Purpose::fetch},
    {"FILE_WRITE", 320 + kFitHeader, Purpose::write_back},
    {"FILE_WRITE_REPLY", 8, Purpose::control},
    {"FILE_SYNC", 320 + kFitHeader, Purpose::control},
    {"FILE_SYNC_REPLY", 8, Purpose::control},
    {"STORE_READ", 284 + kFitHeader, Purpose::control},
    {"STORE_READ_REPLY", 8, Purpose::fetch},
    {"STORE_WRITE", 284 + kFitHeader, Purpose::write_back},
    {"STORE_WRITE_REPLY", 8, Purpose::control},
    {"ZERO_FILL", 40 + kFitHeader, Purpose::control},
    {"ZERO_FILL_REPLY", 4, Purpose::control},
}};

}  // namespace

const MessageShape& shape(MessageKind kind) { return kShapes[static_cast<std::size_t>(kind)]; }

Bytes data_in(const Message& message, Bytes more) {
  switch (message.kind) {
    case MessageKind::miss_flush:
    case MessageKind::miss_reply:
    case MessageKind::flush:
    case MessageKind::replica:
      return kPage;
    case MessageKind::log_flush:
    case MessageKind::replay_reply:
      return kPage * message.contents;
    default:  // of the others, only what carries bytes of files has any more and is not control
      return shape(message.kind).purpose == Purpose::control ? Bytes() : more;
  }
}

MessageTypes::MessageTypes(Ledger& ledger) {
  for (std::size_t i = 0; i < kMessageKinds; ++i) {
    ids_[i] = ledger.declare(std::string(kShapes[i].name), Verb::write_imm, kShapes[i].purpose);
  }
}

}  // namespace dsmsim::legoos
