#pragma once
// A disk or a ramdisk: pages, behind a queue that is served in order of arrival.
//
// A page occupies the device for 4 KiB / rate, and is answered for a latency after it has begun:
// n pages at once take (n - 1) * 4 KiB / rate + latency. So the latency of a request does not limit
// how many are answered a second.

#include "protocols/paging/page_map.hpp"
#include "protocols/swap/options.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/time/simulation.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::swap {

// clang-format off
#define DISK_COUNTERS(COUNTER)                                    \
  COUNTER(Count, reads, "disk_reads", "pages read from the disk") \
  COUNTER(Count, writes, "disk_writes", "pages written to it")
// clang-format on
DSMSIM_COUNTERS(DiskCounters, DISK_COUNTERS)

class Disk {
 public:
  Disk(EventQueue& queue, const DiskOptions& options) : queue_(queue), options_(options) {}

  /// Of a page that is being written, what is being written.
  Task<std::uint64_t> read(paging::PageNumber page) {
    ++counters_.reads;
    co_await queue_.until(answer(options_.read, options_.read_rate));
    co_return pages_.find(page);
  }
  /// The contents are the disk's from now on, for whoever reads after this write.
  Task<> write(paging::PageNumber page, std::uint64_t contents) {
    ++counters_.writes;
    pages_[page] = contents;
    co_await queue_.until(answer(options_.write, options_.write_rate));
  }
  std::uint64_t peek(paging::PageNumber page) const { return pages_.find(page); }
  const DiskCounters& counters() const { return counters_; }
  void reset_counters() { counters_ = {}; }
  void fingerprint(Fingerprint& into) const {
    const auto& [queue, options, device, pages, counters] = *this;  // device: until when it works
    pages.for_each(
        [&into](paging::PageNumber page, std::uint64_t contents) { into.add(page, contents); });
  }

 private:
  /// When a page that is asked for now is answered for.
  Time answer(Duration latency, Rate rate) {
    return device_.reserve(queue_.now(), kSwapPage / rate) + latency;
  }

  EventQueue& queue_;
  DiskOptions options_;
  FifoServer device_;
  paging::PageMap<std::uint64_t> pages_;
  DiskCounters counters_;
};

}  // namespace dsmsim::swap
