#include "sim/base/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace dsmsim {

std::int64_t Histogram::lower_bound(std::size_t bucket) {
  if (bucket < kLinear) {
    return static_cast<std::int64_t>(bucket);
  }
  const std::size_t shift = (bucket >> kBits) - 1;
  return static_cast<std::int64_t>(((bucket & (kLinear - 1)) + kLinear) << shift);
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) {
    return;
  }
  counts_.resize(std::max(counts_.size(), other.counts_.size()));
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
  }
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  sum_ = min_ = max_ = 0;
}

std::int64_t Histogram::percentile(double q) const {
  if (count_ == 0) {
    return 0;
  }
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1)) {
      const std::int64_t middle = (lower_bound(i) + lower_bound(i + 1) - 1) / 2;
      return std::clamp(middle, min_, max_);
    }
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> result;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) {
      result.push_back({lower_bound(i), lower_bound(i + 1), counts_[i]});
    }
  }
  return result;
}

}  // namespace dsmsim
