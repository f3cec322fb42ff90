#include "sim/check/standstills.hpp"

#include <utility>
#include <vector>

namespace dsmsim {

bool Standstills::is_of_program(const Execution& execution) {
  if (execution.has_ended()) {
    return false;
  }
  if (!known_) {
    known_ = standstills(scenario_);
  }
  std::vector<std::uint64_t> positions;
  for (std::size_t i = 0; i < scenario_.threads.size(); ++i) {
    positions.push_back(execution.position(i));
  }
  return known_->contains(standstill_at(scenario_, std::move(positions), execution.registers()));
}

}  // namespace dsmsim
