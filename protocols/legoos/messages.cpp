#include "protocols/legoos/messages.hpp"

#include "protocols/legoos/address_space.hpp"

namespace dsmsim::legoos {

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
      return row_of(message.kind).purpose == Purpose::control ? Bytes() : more;
  }
}

}  // namespace dsmsim::legoos
