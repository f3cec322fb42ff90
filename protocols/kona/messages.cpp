#include "protocols/kona/messages.hpp"

#include <string>
#include <string_view>

namespace dsmsim::kona {
namespace {

struct Shape {
  std::string_view name;
  Verb verb;
  Purpose purpose;
};
constexpr std::array<Shape, kMessageKinds> kShapes = {{
    {"FETCH", Verb::read, Purpose::fetch},
    {"FETCH_LINE", Verb::read, Purpose::fetch},
    {"FETCH_REST", Verb::read, Purpose::fetch},
    {"LOG", Verb::write, Purpose::write_back},
    {"LOG_ACK", Verb::write, Purpose::control},
    {"PAGE_WRITE", Verb::write, Purpose::write_back},
    {"SLAB_REQUEST", Verb::send, Purpose::control},
    {"SLAB_GRANT", Verb::send, Purpose::control},
}};

}  // namespace

MessageTypes::MessageTypes(Ledger& ledger) {
  for (std::size_t i = 0; i < kMessageKinds; ++i) {
    ids_[i] = ledger.declare(std::string(kShapes[i].name), kShapes[i].verb, kShapes[i].purpose);
  }
}

}  // namespace dsmsim::kona
