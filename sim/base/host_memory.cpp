#include "sim/base/host_memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "sim/base/error.hpp"

namespace dsmsim {

Bytes host_memory() {
  const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const auto page = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
  rlimit limit = {};
  const bool limited = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return Bytes(limited ? std::min<std::uint64_t>(pages * page, limit.rlim_cur) : pages * page);
}

Bytes saturated_product(std::uint64_t count, Bytes each) {
  std::uint64_t product = 0;
  return Bytes(__builtin_mul_overflow(count, each.count(), &product)
                   ? std::numeric_limits<std::uint64_t>::max()
                   : product);
}

namespace {

std::string in_gib(Bytes bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes.count()) / (std::uint64_t{1} << 30));
}

}  // namespace

void check_host_memory(Bytes needed, const std::string& pointer, const std::string& what) {
  if (const Bytes there = host_memory(); needed > there) {
    throw Misfit(pointer, fmt::format("{} would take {} of the memory of the machine that "
                                      "simulates, which has {}",
                                      what, in_gib(needed), in_gib(there)));
  }
}

}  // namespace dsmsim
