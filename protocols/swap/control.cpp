#include "protocols/swap/control.hpp"

#include <string>

namespace dsmsim::swap {

std::string_view to_string(ControlKind kind) {
  static constexpr std::array<std::string_view, kControlKinds> kNames = {
      "QUERY", "FREE_SIZE", "BIND_SINGLE", "INFO_SINGLE", "EVICT", "ACTIVITY", "STOP", "DONE"};
  return kNames[static_cast<std::size_t>(kind)];
}

ControlTypes::ControlTypes(Ledger& ledger) {
  for (std::size_t i = 0; i < kControlKinds; ++i) {
    ids_[i] = ledger.declare(std::string(to_string(static_cast<ControlKind>(i))), Verb::send,
                             Purpose::control);
  }
}

}  // namespace dsmsim::swap
