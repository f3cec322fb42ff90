#include "sim/base/histogram.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/random.hpp"

using namespace dsmsim;

namespace {

/// Values from nanoseconds to seconds, as many of each magnitude.
std::vector<std::int64_t> mixed_values(std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, "histogram");
  std::vector<std::int64_t> values(count);
  for (std::int64_t& value : values) {
    value = static_cast<std::int64_t>(std::pow(10.0, 12 * random.uniform()));
  }
  return values;
}

Histogram histogram_of(const std::vector<std::int64_t>& values) {
  Histogram histogram;
  for (const std::int64_t value : values) {
    histogram.record(value);
  }
  return histogram;
}

}  // namespace

TEST_CASE("An empty histogram answers zero") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.min() == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.mean() == 0);
  CHECK(histogram.percentile(0.5) == 0);
  CHECK(histogram.buckets().empty());
}

TEST_CASE("Count, sum, minimum and maximum are exact") {
  const std::vector<std::int64_t> values = mixed_values(10'000, 1);
  const Histogram histogram = histogram_of(values);
  std::int64_t sum = 0;
  for (const std::int64_t value : values) {
    sum += value;
  }
  CHECK(histogram.count() == values.size());
  CHECK((histogram.sum() == sum));
  CHECK(histogram.min() == *std::min_element(values.begin(), values.end()));
  CHECK(histogram.max() == *std::max_element(values.begin(), values.end()));
}

TEST_CASE("A sum may exceed 64 bits") {
  Histogram histogram;
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  histogram.record(kLargest);
  histogram.record(kLargest);
  CHECK((histogram.sum() == Int128{kLargest} * 2));
  CHECK(histogram.mean() == Approx(static_cast<double>(kLargest)));
  CHECK(histogram.percentile(0.5) == Approx(static_cast<double>(kLargest)).epsilon(0.004));
}

TEST_CASE("Values below 256 are kept exactly") {
  for (std::int64_t value = 0; value < 256; ++value) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(255);
    REQUIRE(histogram.percentile(0.5) == value);
  }
}

TEST_CASE("Every value lies in its bucket, and buckets are narrower than one percent") {
  std::vector<std::int64_t> values = mixed_values(2000, 2);
  for (int power = 0; power < 63; ++power) {
    const std::int64_t at = std::int64_t{1} << power;
    values.insert(values.end(), {at - 1, at, at + 1});
  }
  for (const std::int64_t value : values) {
    Histogram histogram;
    histogram.record(value);
    const Histogram::Bucket bucket = histogram.buckets().at(0);
    REQUIRE((bucket.low <= value && value <= bucket.high));
    REQUIRE(static_cast<double>(bucket.high - bucket.low) < 0.01 * static_cast<double>(value) + 1);
  }
}

TEST_CASE("Buckets follow each other without gaps") {
  Histogram histogram;
  for (std::int64_t value = 0; value < 5000; ++value) {
    histogram.record(value);
  }
  std::int64_t next = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    REQUIRE(bucket.low == next);
    next = bucket.high + 1;
  }
}

TEST_CASE("Percentiles agree with the sorted values within half a percent") {
  std::vector<std::int64_t> values = mixed_values(20'000, 3);
  const Histogram histogram = histogram_of(values);
  std::sort(values.begin(), values.end());
  for (const double q : {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999}) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))) - 1;
    REQUIRE(static_cast<double>(histogram.percentile(q)) ==
            Approx(static_cast<double>(values[rank])).epsilon(0.005).margin(1));
  }
  CHECK(histogram.percentile(0) == values.front());
  CHECK(histogram.percentile(1) == values.back());
}

TEST_CASE("Merged histograms equal the histogram of all values") {
  std::vector<std::int64_t> values = mixed_values(1000, 4);
  const std::vector<std::int64_t> more = mixed_values(1500, 5);
  Histogram merged = histogram_of(values);
  merged.merge(histogram_of(more));
  values.insert(values.end(), more.begin(), more.end());
  const Histogram all = histogram_of(values);
  CHECK(merged.count() == all.count());
  CHECK((merged.sum() == all.sum()));
  CHECK(merged.min() == all.min());
  CHECK(merged.max() == all.max());
  CHECK(merged.percentile(0.9) == all.percentile(0.9));
  CHECK(merged.buckets().size() == all.buckets().size());
  Histogram empty;
  empty.merge(Histogram());
  CHECK(empty.min() == 0);
}

TEST_CASE("A cleared histogram is empty") {
  Histogram histogram;
  histogram.record(5);
  histogram.clear();
  CHECK(histogram.count() == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.buckets().empty());
}
