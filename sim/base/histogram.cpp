#include "sim/base/histogram.hpp"

#include <cmath>

namespace dsmsim {

Histogram::Bucket Histogram::bucket(std::size_t index, std::uint64_t count) {
  constexpr std::size_t kPerPower = std::size_t{1} << kBits;
  const std::size_t shift = index < 2 * kPerPower ? 0 : index / kPerPower - 1;
  const std::uint64_t low = (index - shift * kPerPower) << shift;
  const std::uint64_t high = low + ((std::uint64_t{1} << shift) - 1);
  return {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high), count};
}

std::int64_t Histogram::percentile(double q) const {
  if (count_ == 0 || q <= 0) {
    return min();
  }
  const double wanted = std::ceil(q * static_cast<double>(count_));
  std::uint64_t below = 0;
  for (std::size_t i = 0; q < 1 && i < counts_.size(); ++i) {
    below += counts_[i];
    if (static_cast<double>(below) >= wanted) {
      const Bucket at = bucket(i, counts_[i]);
      return std::clamp(at.low + (at.high - at.low) / 2, min_, max_);
    }
  }
  return max_;
}

void Histogram::merge(const Histogram& other) {
  counts_.resize(std::max(counts_.size(), other.counts_.size()));
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) {
      filled.push_back(bucket(i, counts_[i]));
    }
  }
  return filled;
}

}  // namespace dsmsim
