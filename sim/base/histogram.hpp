#pragma once
// Log-linear histogram of non-negative 64-bit values (picoseconds, mostly), as in HdrHistogram
// (Tene, 2012): 128 buckets per power of two, values below 256 exactly, so that a value read back
// is wrong by less than 0.4 %. Count, sum, minimum and maximum are exact.
//
// record() is on the path of every measured operation: no branch but one for growth, and no
// allocation once the largest value was seen. A histogram takes at most 58 KB.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/base/int128.hpp"

namespace dsmsim {

class Histogram {
 public:
  struct Bucket {
    std::int64_t low;   ///< the smallest value that belongs to it
    std::int64_t high;  ///< the largest one
    std::uint64_t count;
  };

  /// value >= 0; so many times.
  void record(std::int64_t value, std::uint64_t times = 1) {
    const std::size_t index = index_of(value);
    if (index >= counts_.size()) [[unlikely]] {
      counts_.resize(index + 1);
    }
    counts_[index] += times;
    count_ += times;
    sum_ += static_cast<Int128>(value) * static_cast<Int128>(times);
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  std::uint64_t count() const { return count_; }
  Int128 sum() const { return sum_; }
  std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  std::int64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  /// The value below or at which a share q of all values lies (nearest rank): 0 gives the minimum,
  /// 0.5 the median, 1 the maximum; these ends are exact. 0 when nothing was recorded.
  std::int64_t percentile(double q) const;

  /// As if everything that `other` recorded had been recorded here.
  void merge(const Histogram& other);
  void clear() { *this = Histogram(); }

  /// The buckets that hold anything, in ascending order.
  std::vector<Bucket> buckets() const;

 private:
  static constexpr int kBits = 7;

  static std::size_t index_of(std::int64_t value) {
    constexpr std::uint64_t kExact = (std::uint64_t{2} << kBits) - 1;
    const auto v = static_cast<std::uint64_t>(value);
    const int shift = static_cast<int>(std::bit_width(v | kExact)) - (kBits + 1);
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(v >> shift);
  }
  static Bucket bucket(std::size_t index, std::uint64_t count);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  Int128 sum_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ = 0;
};

}  // namespace dsmsim
