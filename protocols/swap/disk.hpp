#pragma once
// A disk or a ramdisk: pages, and so many channels that each work on one page at a time, in order
// of arrival.

#include <algorithm>
#include <vector>

#include "protocols/paging/page_map.hpp"
#include "protocols/swap/options.hpp"
#include "sim/time/simulation.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::swap {

class Disk {
 public:
  Disk(EventQueue& queue, const DiskOptions& options)
      : queue_(queue), options_(options), channels_(options.channels) {}

  /// Of a page that is being written, what is being written.
  Task<std::uint64_t> read(paging::PageNumber page) {
    ++reads_;
    co_await queue_.until(reserve(options_.read));
    co_return pages_.find(page);
  }
  /// The contents are the disk's from now on, for whoever reads after this write.
  Task<> write(paging::PageNumber page, std::uint64_t contents) {
    ++writes_;
    pages_[page] = contents;
    co_await queue_.until(reserve(options_.write));
  }
  std::uint64_t peek(paging::PageNumber page) const { return pages_.find(page); }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  void reset_counters() { reads_ = writes_ = 0; }
  void fingerprint(Fingerprint& into) const {
    pages_.for_each([&into](paging::PageNumber page, std::uint64_t contents) {
      into.add(page.value());
      into.add(contents);
    });
  }

 private:
  /// When a service that is asked for now ends.
  Time reserve(Duration service) {
    const auto next = std::min_element(
        channels_.begin(), channels_.end(),
        [](const FifoServer& a, const FifoServer& b) { return a.free_at < b.free_at; });
    return next->reserve(queue_.now(), service) + service;
  }

  EventQueue& queue_;
  DiskOptions options_;
  std::vector<FifoServer> channels_;
  paging::PageMap<std::uint64_t> pages_;
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
};

}  // namespace dsmsim::swap
