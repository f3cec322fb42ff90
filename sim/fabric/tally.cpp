#include "sim/fabric/tally.hpp"

namespace dsmsim {

std::string_view to_string(Category category) {
  static constexpr std::array<std::string_view, kCategories> names = {
      "cpu",           "run_queue", "nic_queue", "pcie",      "wire",  "switch_queue",
      "handler_queue", "handler",   "acks",      "lock_wait", "fault", "copy"};
  return names[static_cast<std::size_t>(category)];
}

}  // namespace dsmsim
