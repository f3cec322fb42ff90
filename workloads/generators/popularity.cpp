#include "workloads/generators/popularity.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/generators/fnv.hpp"
#include "workloads/generators/zeta.hpp"
#include "workloads/generators/zipf.hpp"

namespace dsmsim {

namespace {

class Uniform final : public ItemGenerator {
 public:
  explicit Uniform(std::uint64_t items) : items_(items) {}
  std::uint64_t next(RandomStream& random) override { return random.below(items_); }

 private:
  std::uint64_t items_;
};

/// YCSB ScrambledZipfianGenerator.java; its constant spares the sum for the usual theta.
class Scrambled final : public ItemGenerator {
 public:
  Scrambled(std::uint64_t items, double theta)
      : zipf_(kRanks, theta, theta == 0.99 ? 26.46902820178302 : zeta(kRanks, theta)),
        items_(items) {}
  std::uint64_t next(RandomStream& random) override { return fnv64(zipf_.rank(random)) % items_; }

 private:
  static constexpr std::uint64_t kRanks = 10'000'000'001;
  GrayZipf zipf_;
  std::uint64_t items_;
};

/// YCSB HotspotIntegerGenerator.java.
class Hotspot final : public ItemGenerator {
 public:
  Hotspot(std::uint64_t items, double hot_items, double hot_operations)
      : hot_(static_cast<std::uint64_t>(static_cast<double>(items) * hot_items)),
        cold_(items - hot_),
        hot_operations_(hot_ == 0 ? 0 : hot_operations) {}
  std::uint64_t next(RandomStream& random) override {
    if (cold_ == 0 || random.chance(hot_operations_)) {
      return random.below(hot_);
    }
    return hot_ + random.below(cold_);
  }

 private:
  std::uint64_t hot_;
  std::uint64_t cold_;
  double hot_operations_;
};

/// YCSB ExponentialGenerator.java, of which the client draws again what is no item; here the same
/// distribution is drawn at once: below `items`, and on condition that it is.
class Exponential final : public ItemGenerator {
 public:
  Exponential(double range, double percentile, std::uint64_t items)
      : scale_(-range / std::log1p(-percentile / 100)),
        inside_(-std::expm1(-static_cast<double>(items) / scale_)),
        last_(items - 1) {}
  std::uint64_t next(RandomStream& random) override {
    const double item = -std::log1p(-random.uniform() * inside_) * scale_;
    return std::min(last_, static_cast<std::uint64_t>(item));  // which may be rounded up
  }

 private:
  double scale_;
  double inside_;  ///< probability that an item of the unlimited distribution is below `items`
  std::uint64_t last_;
};

/// YCSB SkewedLatestGenerator.java. As there, the very first item is never drawn.
class Latest final : public ItemGenerator {
 public:
  Latest(const AcknowledgedCounter& counter, double theta)
      : counter_(counter), zipf_(newest(), theta) {}
  std::uint64_t next(RandomStream& random) override {
    if (newest() > zipf_.items()) {
      zipf_.grow(newest());
    }
    return newest() - zipf_.rank(random);
  }

 private:
  std::uint64_t newest() const { return counter_.acknowledged() - 1; }
  const AcknowledgedCounter& counter_;
  GrayZipf zipf_;
};

}  // namespace

void describe_popularity(config::Fields& f, Popularity& p) {
  f.optional("distribution", p.distribution, "which keys are popular");
  f.optional("theta", p.theta, "skew of the Zipf distributions", config::positive());
  f.optional("hot_items", p.hot_items, "hotspot: the share of the keys that is hot",
             config::range(0.0, 1.0));
  f.optional("hot_operations", p.hot_operations,
             "hotspot: the share of the operations that goes to hot keys", config::range(0.0, 1.0));
  f.optional("exponential_percentile", p.exponential_percentile,
             "exponential: this percentage of the operations ...", config::range(1.0, 99.999));
  f.optional("exponential_items", p.exponential_items,
             "exponential: ... goes to this share of the keys", config::range(1e-6, 1e6));
  f.check(p.theta < 1 || p.distribution == Distribution::zipf_exact, "theta",
          "must be below 1, but for the distribution zipf-exact");
}

std::unique_ptr<ItemGenerator> make_generator(const Popularity& p, std::uint64_t items,
                                              std::uint64_t items_at_end) {
  switch (p.distribution) {
    case Distribution::zipf:
      return std::make_unique<ZipfGenerator<GrayZipf>>(items, p.theta);
    case Distribution::zipf_exact:
      return std::make_unique<ZipfGenerator<ExactZipf>>(items, p.theta);
    case Distribution::ycsb_zipfian:
      return std::make_unique<Scrambled>(items, p.theta);
    case Distribution::hotspot:
      return std::make_unique<Hotspot>(items, p.hot_items, p.hot_operations);
    case Distribution::exponential:
      return std::make_unique<Exponential>(static_cast<double>(items) * p.exponential_items,
                                           p.exponential_percentile, std::max(items, items_at_end));
    case Distribution::uniform:
      break;
  }
  return std::make_unique<Uniform>(items);
}

std::unique_ptr<ItemGenerator> make_latest_generator(const AcknowledgedCounter& counter,
                                                     double theta) {
  return std::make_unique<Latest>(counter, theta);
}

}  // namespace dsmsim
