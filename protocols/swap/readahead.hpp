#pragma once
// How many pages a fault reads (Linux 5.4, mm/swap_state.c:473-515, __swapin_nr_pages;
// page_cluster, mm/swap.c:1080): more while pages that were read ahead are asked for, fewer when
// they are not.

#include <algorithm>
#include <cstdint>

#include "protocols/paging/page.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::swap {

class Readahead {
 public:
  explicit Readahead(std::uint32_t largest) : largest_(largest) {}

  /// A page that was read ahead is asked for.
  void hit() { ++hits_; }
  /// A power of two: the size of the aligned block of pages around the fault.
  std::uint32_t window(paging::PageNumber fault) {
    const std::uint64_t offset = fault.value();
    std::uint32_t pages = hits_ + 2;
    if (hits_ == 0 && offset != previous_ + 1 && offset + 1 != previous_) {
      pages = 1;
    } else {
      std::uint32_t rounded = 4;
      while (rounded < pages) {
        rounded *= 2;
      }
      pages = rounded;
    }
    hits_ = 0;
    previous_ = offset;
    pages = std::max(std::min(pages, largest_), window_ / 2);
    window_ = pages;
    return pages;
  }
  void fingerprint(Fingerprint& into) const {
    const auto& [largest, hits, window, previous] = *this;
    into.add(hits, window, previous);
  }

 private:
  std::uint32_t largest_;
  std::uint32_t hits_ = 0;
  std::uint32_t window_ = 0;
  std::uint64_t previous_ = 0;
};

}  // namespace dsmsim::swap
