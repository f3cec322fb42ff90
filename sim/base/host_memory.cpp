#include "sim/base/host_memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

/// What RLIMIT_... lets this process have; the largest number there is when it does not limit.
std::uint64_t limit_of(int resource) {
  rlimit limit = {};
  const bool limited = getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return limited ? limit.rlim_cur : std::numeric_limits<std::uint64_t>::max();
}

void set_data_limit(std::uint64_t soft) {
  rlimit limit = {};
  getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = soft;
  setrlimit(RLIMIT_DATA, &limit);
}

/// Of the control group that this process is in, if that is one of a container.
std::uint64_t container_limit() {
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t limit = 0;
    if (std::ifstream(path) >> limit) {  // "max" is no number
      return limit;
    }
  }
  return std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t page_size() {
  return static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
}

/// What the system holds against RLIMIT_DATA.
std::uint64_t data_size() {
  std::ifstream file("/proc/self/statm");  // in pages, it is the sixth
  std::uint64_t pages = 0;
  for (int i = 0; i < 6; ++i) {
    file >> pages;
  }
  return pages * page_size();
}

/// What the machine has for this process, whatever limit the process has set itself.
Bytes machine_memory() {
  const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  return Bytes(std::min({pages * page_size(), container_limit(), limit_of(RLIMIT_AS)}));
}

}  // namespace

Bytes host_memory() { return std::min(machine_memory(), Bytes(limit_of(RLIMIT_DATA))); }

Bytes default_memory_limit() { return Bytes(host_memory().count() / 8 * 7); }

MemoryLimit::MemoryLimit(Bytes more) : before_(limit_of(RLIMIT_DATA)) {
  std::uint64_t most = 0;
  if (!__builtin_add_overflow(data_size(), more.count(), &most) && most < before_) {
    set_data_limit(most);
  }
}

MemoryLimit::~MemoryLimit() { set_data_limit(before_); }

NoMemoryLimit::NoMemoryLimit() : before_(limit_of(RLIMIT_DATA)) {
  rlimit limit = {};
  getrlimit(RLIMIT_DATA, &limit);
  set_data_limit(limit.rlim_max);
}

NoMemoryLimit::~NoMemoryLimit() { set_data_limit(before_); }

void share_host_memory(std::size_t processes) {
  const std::uint64_t share = host_memory().count() / std::max<std::size_t>(1, processes);
  set_data_limit(std::min(limit_of(RLIMIT_DATA), data_size() + share));
}

Bytes saturated_product(std::uint64_t count, Bytes each) {
  std::uint64_t product = 0;
  return Bytes(__builtin_mul_overflow(count, each.count(), &product)
                   ? std::numeric_limits<std::uint64_t>::max()
                   : product);
}

std::string memory_text(Bytes bytes) {
  const double mebibytes = static_cast<double>(bytes.count()) / (1 << 20);
  return mebibytes < 1024 ? fmt::format("{:.0f} MiB", mebibytes)
                          : fmt::format("{:.1f} GiB", mebibytes / 1024);
}

void check_host_memory(Bytes needed, const std::string& pointer, const std::string& what) {
  const std::string wants = fmt::format(
      "{} would take {} of the memory of the machine that "
      "simulates, which ",
      what, memory_text(needed));
  if (const Bytes there = machine_memory(); needed > there) {
    throw Misfit(pointer, wants + "has " + memory_text(there));
  }
  if (const Bytes there = host_memory(); needed > there) {
    throw Error(ExitCode::limit, wants + "lets it have " + memory_text(there) + " (limits.memory)");
  }
}

}  // namespace dsmsim
