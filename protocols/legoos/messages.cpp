#include "protocols/legoos/messages.hpp"

#include "protocols/legoos/address_space.hpp"

namespace dsmsim::legoos {

Bytes data_in(const Message& message, Bytes more) {
  switch (row_of(message.kind).load) {
    case Load::none:
      break;
    case Load::page:
      return kPage;
    case Load::log:
      return kPage * message.contents;
    case Load::file:
      return more;
  }
  return {};
}

}  // namespace dsmsim::legoos
