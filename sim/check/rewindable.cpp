#include "sim/check/rewindable.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim {

template <class Act>
void Rewindable::within(Act act) {
  try {
    const Arena::Use use(arena_);
    act();
  } catch (const Error& error) {
    throw Error(error.code(), std::string(error.what()));
  } catch (const std::logic_error& error) {
    throw std::logic_error(std::string(error.what()));
  }
}

Rewindable::Rewindable(const Scenario& scenario, const Specimen& specimen) {
  within([&] {
    const auto* const topology = new Topology(timeless_topology(specimen.servers(scenario)));
    execution_ = new Execution(scenario, specimen, *topology);
  });
}

void Rewindable::take(const Choice& choice) {
  within([&] { execution_->take(choice); });
}

void Rewindable::crash(NodeId server) {
  within([&] { execution_->crash(server); });
}

void Rewindable::notice_crash(NodeId server) {
  within([&] { execution_->notice_crash(server); });
}

Outcome Rewindable::finish() {
  std::optional<Outcome> inside;  // its memory is the arena's
  within([&] { inside = execution_->finish(); });
  return Outcome(*inside);
}

}  // namespace dsmsim
