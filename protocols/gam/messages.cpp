#include "protocols/gam/messages.hpp"

#include <string>

namespace dsmsim::gam {
namespace {

constexpr std::array<MessageShape, kMessageKinds> kShapes = {{
    {"READ", Verb::send, 40, Purpose::control},
    {"FETCH_AND_SHARED", Verb::send, 40, Purpose::control},
    {"FETCH_AND_INVALIDATE", Verb::send, 40, Purpose::control},
    {"INVALIDATE", Verb::send, 40, Purpose::control},
    {"READ_FORWARD", Verb::send, 48, Purpose::control},
    {"WRITE_FORWARD", Verb::send, 48, Purpose::control},
    {"INVALIDATE_FORWARD", Verb::send, 48, Purpose::control},
    {"WRITE", Verb::send, 52, Purpose::control},
    {"WRITE_PERMISSION_ONLY", Verb::send, 52, Purpose::control},
    {"WRITE_REPLY", Verb::send, 20, Purpose::control},
    {"READ_REPLY", Verb::send, 16, Purpose::control},
    {"GRANT_DATA", Verb::write, kBlock, Purpose::fetch},
    {"DATA_REPLY", Verb::write_imm, kBlock, Purpose::fetch},
    {"FETCHED_DATA", Verb::write_imm, kBlock, Purpose::fetch},
    {"HOME_COPY", Verb::write_imm, kBlock, Purpose::write_back},
    {"INVALIDATE_ACK", Verb::write_imm, 0, Purpose::control},
    {"FORWARD_ACK", Verb::write_imm, 0, Purpose::control},
    {"OWNERSHIP_ACK", Verb::write_imm, 0, Purpose::control},
    {"ACTIVE_INVALIDATE", Verb::send, 28, Purpose::control},
    {"WRITE_BACK_DATA", Verb::write, kBlock, Purpose::write_back},
    {"WRITE_BACK", Verb::send, 28, Purpose::control},
    {"WRITE_BACK_ACK", Verb::write_imm, 0, Purpose::control},
    {"MALLOC", Verb::send, 24, Purpose::control},
    {"MALLOC_REPLY", Verb::send, 24, Purpose::control},
    {"FREE", Verb::send, 20, Purpose::control},
}};

}  // namespace

const MessageShape& shape(MessageKind kind) { return kShapes[static_cast<std::size_t>(kind)]; }

MessageTypes::MessageTypes(Ledger& ledger) {
  for (std::size_t i = 0; i < kMessageKinds; ++i) {
    ids_[i] = ledger.declare(std::string(kShapes[i].name), kShapes[i].verb, kShapes[i].purpose);
  }
}

}  // namespace dsmsim::gam
