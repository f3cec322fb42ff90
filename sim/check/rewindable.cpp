#include "sim/check/rewindable.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim {

Rewindable::Rewindable(const Scenario& scenario, const Specimen& specimen) {
  try {
    const Arena::Use use(arena_);
    const auto* const topology =
        new Topology(timeless_topology(std::max<std::size_t>(scenario.servers, 2)));
    execution_ = new Execution(scenario, specimen, *topology);
  } catch (const Error& error) {  // its text goes with the arena
    throw Error(error.code(), std::string(error.what()));
  }
}

void Rewindable::take(const Choice& choice) {
  const Arena::Use use(arena_);
  execution_->take(choice);
}

Outcome Rewindable::finish() {
  std::optional<Outcome> inside;  // its memory is the arena's
  {
    const Arena::Use use(arena_);
    inside = execution_->finish();
  }
  return Outcome(*inside);
}

}  // namespace dsmsim
