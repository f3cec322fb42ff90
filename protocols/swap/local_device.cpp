#include "protocols/swap/local_device.hpp"

namespace dsmsim::swap {

Task<Device::Found> LocalDevice::read(paging::PageNumber page, Cause, Tally* tally) {
  Task<std::uint64_t> reading = disk_.read(page);
  const std::uint64_t contents = co_await reading;
  charge(tally, spins() ? Category::copy : Category::fault, queue_.now());
  co_return Found{contents};
}

void LocalDevice::report(CounterReport& report) const { report.add(disk_.counters()); }

}  // namespace dsmsim::swap
