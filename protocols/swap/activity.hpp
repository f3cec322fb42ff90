#pragma once
// How much in use a slab is, and whether that is enough for it to get a server: looked at once a
// period (SymbioticLab/Infiniswap da7c14b, infiniswap_bd/is_main.c:1243, infiniswap.h:569-572; Gu
// et al., NSDI 2017, section 4.2).
//
// As released, an operation weighs 50 and the filter is 80 times what was counted plus 20 times
// what it was before. The weights are percents that nobody divides by, so it grows while anything
// is counted, and since the threshold is 0 a slab is hot from its first operation on. In the paper
// it is an average of the page I/O a second, with weight 0.2 for the last period, and a slab is hot
// above 20. Plain arithmetic.

#include <algorithm>
#include <cstdint>

#include "protocols/swap/options.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::swap {

class Activity {
 public:
  void count() { ++operations_; }
  /// The period, so long, is over.
  void end_period(SlabRules rules, Duration period) {
    if (rules == SlabRules::released) {
      const std::uint64_t now = kOperation * operations_;
      released_ = std::min(kMost, kNow * now + kBefore * released_);
    } else {
      paper_ = kAlpha * static_cast<double>(operations_) / period.seconds() + (1 - kAlpha) * paper_;
    }
    operations_ = 0;
  }
  bool is_hot(SlabRules rules, double hot_slab) const {
    return rules == SlabRules::released ? released_ > 0 : paper_ > hot_slab;
  }
  /// For a daemon that asks; never 0, which means that there is no such slab.
  std::uint64_t level() const { return released_ + static_cast<std::uint64_t>(paper_) + 1; }
  double average() const { return paper_; }
  void fingerprint(Fingerprint& into) const {
    const auto& [operations, released, paper] = *this;
    into.add(operations, released, static_cast<std::uint64_t>(paper * 1e6));
  }

 private:
  static constexpr std::uint64_t kOperation = 50;
  static constexpr std::uint64_t kNow = 80;
  static constexpr std::uint64_t kBefore = 20;
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 48;  // where it would overflow
  static constexpr double kAlpha = 0.2;
  std::uint64_t operations_ = 0;  ///< in this period
  std::uint64_t released_ = 0;
  double paper_ = 0;
};

}  // namespace dsmsim::swap
