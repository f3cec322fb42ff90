// The generators against the numbers that YCSB's own give (zeta of 1e10 items is YCSB's constant).

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "workloads/generators/drivers.hpp"
#include "workloads/generators/fnv.hpp"
#include "workloads/generators/popularity.hpp"
#include "workloads/generators/zeta.hpp"
#include "workloads/generators/zipf.hpp"

using namespace dsmsim;

namespace {

/// The share of draws below 1, 10, 100, ... 1e6.
std::array<double, 7> cumulative_mass(const std::function<std::uint64_t(RandomStream&)>& rank) {
  constexpr int kDraws = 400'000;
  std::array<double, 7> mass{};
  RandomStream random(7, "mass");
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t r = rank(random);
    std::uint64_t top = 1;
    for (double& m : mass) {
      m += r < top ? 1.0 / kDraws : 0.0;
      top *= 10;
    }
  }
  return mass;
}

void check_mass(const std::array<double, 7>& mass, const std::array<double, 7>& expected,
                double margin) {
  for (std::size_t i = 0; i < mass.size(); ++i) {
    INFO("top 1e" << i);
    CHECK(mass.at(i) == Approx(expected.at(i)).margin(margin));
  }
}

constexpr std::array<double, 7> kMassOf1e8{.0481, .1421, .2545, .3715, .4915, .6143, .7399};
constexpr std::array<double, 7> kMassOf1e10{.0378, .1117, .2000, .2920, .3863, .4828, .5815};
constexpr double kSamplingError = 0.0025;  // three standard deviations of 400,000 draws

}  // namespace

TEST_CASE("FNV-64 gives YCSB's hashes") {
  CHECK(fnv64(0) == 6284781860667377211);
  CHECK(fnv64(1) == 8517097267634966620);
  CHECK(fnv64(2) == 1820151046732198393);
  CHECK(fnv64(3) == 4052466453699787802);
  CHECK(fnv64(12345) == 1792800413050876852);
}

TEST_CASE("Zeta is right to nine digits, term by term and beyond a million terms") {
  CHECK(zeta(2, .99) == Approx(1.5034777750).margin(1e-9));
  CHECK(zeta(1'000, .99) == Approx(7.7289532173).margin(1e-9));
  CHECK(zeta(1'000'000, .99) == Approx(15.3918497460).margin(1e-9));
  CHECK(zeta(1 << 24, .99) == Approx(18.6757532004).margin(1e-9));
  CHECK(zeta(100'000'000, .99) == Approx(20.8029304900).margin(1e-9));
  CHECK(zeta(10'000'000'000, .99) == Approx(26.4690282018).margin(1e-9));
}

TEST_CASE("Zeta beyond a million terms continues the sum, whatever theta") {
  for (const double theta : {0.0, 0.5, 1.0, 1.2}) {
    double sum = zeta(1'000'000, theta);
    for (std::uint64_t i = 1'000'001; i <= 1'003'000; ++i) {
      sum += std::pow(static_cast<double>(i), -theta);
    }
    CHECK(zeta(1'003'000, theta) == Approx(sum).epsilon(1e-12));
  }
}

TEST_CASE("The constant eta of Gray's formula is that of YCSB") {
  CHECK(GrayZipf(1'000, .99).eta() == Approx(.074806087).margin(1e-9));
  CHECK(GrayZipf(1'000'000, .99).eta() == Approx(.136291333).margin(1e-9));
  CHECK(GrayZipf(1 << 24, .99).eta() == Approx(.160267310).margin(1e-9));
  CHECK(GrayZipf(100'000'000, .99).eta() == Approx(.175106200).margin(1e-9));
  CHECK(GrayZipf(10'000'000'000, .99).eta() == Approx(.212200034).margin(1e-9));
}

TEST_CASE("The exact sampler puts the right mass on the top ranks") {
  const ExactZipf zipf(100'000'000, .99);
  check_mass(cumulative_mass([&](RandomStream& r) { return zipf.rank(r); }), kMassOf1e8,
             kSamplingError);
  const ExactZipf large(10'000'000'000, .99);
  check_mass(cumulative_mass([&](RandomStream& r) { return large.rank(r); }), kMassOf1e10,
             kSamplingError);
}

TEST_CASE("Gray's sampler is exact for the first rank and within 1.5 percentage points elsewhere") {
  const GrayZipf zipf(100'000'000, .99);
  const auto mass = cumulative_mass([&](RandomStream& r) { return zipf.rank(r); });
  CHECK(mass[0] == Approx(kMassOf1e8[0]).margin(kSamplingError));
  check_mass(mass, kMassOf1e8, 0.015);
}

TEST_CASE("A range that has grown item by item is the range made at once") {
  GrayZipf grown(10, .99);
  grown.grow(11);
  grown.grow(1'000);
  const GrayZipf made(1'000, .99);
  CHECK(grown.zeta_of_items() == Approx(made.zeta_of_items()).epsilon(1e-12));
  CHECK(grown.eta() == Approx(made.eta()).epsilon(1e-12));
}

TEST_CASE("Small ranges stay in their bounds") {
  RandomStream random(1, "small");
  for (const std::uint64_t items : {1, 2, 3}) {
    for (const Distribution d :
         {Distribution::uniform, Distribution::zipf, Distribution::zipf_exact,
          Distribution::ycsb_zipfian, Distribution::hotspot}) {
      const auto generator = make_generator({.distribution = d}, items);
      std::map<std::uint64_t, int> seen;
      for (int i = 0; i < 2'000; ++i) {
        ++seen[generator->next(random)];
      }
      CHECK(seen.rbegin()->first < items);
      CHECK(seen.size() == items);
    }
  }
}

TEST_CASE("YCSB's zipfian gives its most popular key 3.78 % however few keys there are") {
  for (const std::uint64_t items : {1'000, 1'000'000}) {
    const auto generator = make_generator({.distribution = Distribution::ycsb_zipfian}, items);
    const std::uint64_t top = fnv64(0) % items;
    RandomStream random(3, "scrambled");
    int hits = 0;
    for (int i = 0; i < 200'000; ++i) {
      hits += generator->next(random) == top ? 1 : 0;
    }
    // with 1,000 keys the tail adds about a thousandth to every key
    CHECK(hits / 200'000.0 == Approx(.0378 + 0.9 / static_cast<double>(items)).margin(.0015));
  }
}

TEST_CASE("Plain zipf of 1e8 keys gives key 0 4.81 %") {
  const auto generator = make_generator({}, 100'000'000);
  RandomStream random(3, "plain");
  int hits = 0;
  for (int i = 0; i < 200'000; ++i) {
    hits += generator->next(random) == 0 ? 1 : 0;
  }
  CHECK(hits / 200'000.0 == Approx(.0481).margin(.0015));
}

TEST_CASE("A hotspot gets its share of the operations") {
  const auto generator = make_generator({.distribution = Distribution::hotspot}, 1'000);
  RandomStream random(5, "hotspot");
  int hot = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t item = generator->next(random);
    REQUIRE(item < 1'000);
    hot += item < 200 ? 1 : 0;
  }
  CHECK(hot / 100'000.0 == Approx(.8).margin(.005));
}

TEST_CASE(
    "The exponential distribution puts 95 % on six sevenths of the items and their successors") {
  const auto generator =
      make_generator({.distribution = Distribution::exponential}, 7'000, 100'000);
  RandomStream random(5, "exponential");
  int inside = 0;
  for (int i = 0; i < 100'000; ++i) {
    inside += generator->next(random) < 6'000 ? 1 : 0;
  }
  CHECK(inside / 100'000.0 == Approx(.95).margin(.003));
}

TEST_CASE("The exponential distribution draws items only, however flat it is") {
  for (const auto& [percentile, share] :
       {std::pair{1.0, 0.857}, {95.0, 0.857}, {1.0, 1e6}, {99.999, 1e-6}}) {
    const auto generator = make_generator({.distribution = Distribution::exponential,
                                           .exponential_percentile = percentile,
                                           .exponential_items = share},
                                          1'000);
    RandomStream random(5, "exponential");
    int lower = 0;
    for (int i = 0; i < 10'000; ++i) {
      const std::uint64_t item = generator->next(random);
      REQUIRE(item < 1'000);
      lower += item < 500 ? 1 : 0;
    }
    CHECK(lower >= 4'800);  // at the flattest, half of them
  }
}

TEST_CASE("Numbers count as acknowledged once all before them are") {
  AcknowledgedCounter counter(100);
  const std::uint64_t a = counter.take(), b = counter.take(), c = counter.take();
  CHECK(a == 100);
  CHECK(c == 102);
  counter.acknowledge(b);
  CHECK(counter.acknowledged() == 100);
  counter.acknowledge(a);
  CHECK(counter.acknowledged() == 102);
  counter.acknowledge(c);
  CHECK(counter.acknowledged() == 103);
}

TEST_CASE("Latest prefers the newest item and follows it") {
  AcknowledgedCounter counter(1'000);
  const auto generator = make_latest_generator(counter, .99);
  RandomStream random(9, "latest");
  const auto share_of_newest = [&] {
    int hits = 0;
    for (int i = 0; i < 100'000; ++i) {
      const std::uint64_t item = generator->next(random);
      REQUIRE(item >= 1);
      REQUIRE(item < counter.acknowledged());
      hits += item == counter.acknowledged() - 1 ? 1 : 0;
    }
    return hits / 100'000.0;
  };
  CHECK(share_of_newest() == Approx(.1294).margin(.004));
  for (int i = 0; i < 500; ++i) {
    counter.acknowledge(counter.take());
  }
  CHECK(share_of_newest() == Approx(1 / zeta(1'499, .99)).margin(.004));
}

TEST_CASE("A total is divided evenly and completely") {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < 7; ++i) {
    const std::uint64_t share = share_of(100, 7, i);
    CHECK((share == 14 || share == 15));
    sum += share;
  }
  CHECK(sum == 100);
}
