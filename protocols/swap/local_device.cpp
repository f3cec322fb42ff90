#include "protocols/swap/local_device.hpp"

#include <nlohmann/json.hpp>

namespace dsmsim::swap {

Task<Device::Found> LocalDevice::read(paging::PageNumber page, Cause, Tally* tally) {
  Task<std::uint64_t> reading = disk_.read(page);
  const std::uint64_t contents = co_await reading;
  charge(tally, spins() ? Category::copy : Category::fault, queue_.now());
  co_return Found{contents};
}

void LocalDevice::report(nlohmann::ordered_json& counters) const {
  counters["disk_reads"] = disk_.reads();
  counters["disk_writes"] = disk_.writes();
}

}  // namespace dsmsim::swap
