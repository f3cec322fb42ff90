#pragma once
// What a message can meet: the situations that an exploration counts
// (sim/dsm/contract/inspection.hpp).

#include <string>
#include <vector>

#include "protocols/legoos/messages.hpp"

namespace dsmsim::legoos {

/// What a request finds at a memory server.
struct AtMemory {
  bool page = false;    ///< the page has memory there
  bool victim = false;  ///< so has the page that comes with the request
  bool operator==(const AtMemory&) const = default;
};
/// Who waits at the pComponent for what a reply ends.
enum class AtCore : std::uint8_t { nobody, line, lock, eviction };

const std::vector<std::string>& situations();
/// Indices into situations(); -1: none of interest.
int situation(MessageKind request, AtMemory found);
int situation(MessageKind reply, AtCore waits);

}  // namespace dsmsim::legoos
