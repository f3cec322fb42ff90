#pragma once
// Log-linear histogram of non-negative 64-bit values (latencies in picoseconds), in the manner of
// HdrHistogram: counts, sum, least and greatest are exact, and a value read back is off by less
// than 1/128 of itself.
//
// Values below 128 have a bucket each; above, every power of two is split into 128 buckets. The
// table grows to the greatest value seen and then allocates no more.

#include <bit>
#include <cstdint>
#include <vector>

namespace dsmsim {

class Histogram {
 public:
  void record(std::int64_t value) {
    const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(value));
    if (bucket >= counts_.size()) {
      counts_.resize(bucket + 1);
    }
    ++counts_[bucket];
    ++count_;
    sum_ += value;
    min_ = count_ == 1 || value < min_ ? value : min_;
    max_ = value > max_ ? value : max_;
  }
  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::int64_t sum() const { return sum_; }
  std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  std::int64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  /// The value below or at which the fraction `q` in [0, 1] of all values lies; 0 if there are
  /// none.
  std::int64_t percentile(double q) const;

  struct Bucket {
    std::int64_t from;  ///< least value of the bucket
    std::int64_t to;    ///< least value of the next
    std::uint64_t count;
  };
  /// The buckets that hold something, in order of value.
  std::vector<Bucket> buckets() const;

 private:
  static constexpr int kBits = 7;
  static constexpr std::uint64_t kLinear = std::uint64_t{1} << kBits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kLinear) {
      return static_cast<std::size_t>(value);
    }
    const int shift = std::bit_width(value) - 1 - kBits;
    return (static_cast<std::size_t>(shift + 1) << kBits) + ((value >> shift) - kLinear);
  }
  static std::int64_t lower_bound(std::size_t bucket);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace dsmsim
