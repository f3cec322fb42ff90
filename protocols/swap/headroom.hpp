#pragma once
// When a memory server takes slabs back, and when it lends more (SymbioticLab/Infiniswap da7c14b,
// infiniswap_daemon/rdma-common.h:39-81; Gu et al., NSDI 2017, section 4.4).
//
// Once a period the free memory is filtered, 0.7 of what it is and 0.3 of what it was. Below one
// threshold, once is enough, slabs go until the threshold is reached; above the other for some
// periods in a row, slabs are added down to it. Whole slabs, up to the threshold and not beyond.
// Plain arithmetic.

#include <cstdint>

#include "protocols/swap/options.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::swap {

class Headroom {
 public:
  Headroom(Bytes evict_below, Bytes grow_above, std::uint32_t grow_after, Bytes free)
      : evict_below_(evict_below),
        grow_above_(grow_above),
        grow_after_(grow_after),
        filtered_(free) {}

  struct Change {
    std::uint64_t evict = 0;  ///< slabs
    std::uint64_t grow = 0;
  };
  Change look(Bytes free, Bytes slab) {
    filtered_ = Bytes((free.count() * 7 + filtered_.count() * 3) / 10);
    if (filtered_ < evict_below_) {
      hits_ = 0;
      const std::uint64_t missing = (evict_below_ - filtered_).count();
      return {.evict = (missing + slab.count() - 1) / slab.count()};
    }
    hits_ = filtered_ > grow_above_ ? hits_ + 1 : 0;
    if (hits_ < grow_after_) {
      return {};
    }
    hits_ = 0;
    return {.grow = (filtered_ - grow_above_).count() / slab.count()};
  }
  Bytes filtered() const { return filtered_; }
  void fingerprint(Fingerprint& into) const {
    const auto& [evict_below, grow_above, grow_after, filtered, hits] = *this;
    into.add(filtered, hits);
  }

 private:
  Bytes evict_below_;
  Bytes grow_above_;
  std::uint32_t grow_after_;
  Bytes filtered_;
  std::uint32_t hits_ = 0;
};

}  // namespace dsmsim::swap
