#include "sim/base/random.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace dsmsim;

TEST_CASE("SplitMix64 gives the published sequence of seed 1234567") {
  SplitMix64 generator(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
        16408922859458223821U}) {
    CHECK(generator.next() == expected);
  }
}

TEST_CASE("A stream repeats itself for the same seed, name and index") {
  RandomStream a(42, "keys", 3), b(42, "keys", 3);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(a.next() == b.next());
  }
}

TEST_CASE("Streams of another seed, name or index differ") {
  const std::uint64_t first = RandomStream(42, "keys", 3).next();
  CHECK(first != RandomStream(43, "keys", 3).next());
  CHECK(first != RandomStream(42, "values", 3).next());
  CHECK(first != RandomStream(42, "keys", 4).next());
  CHECK(first != RandomStream(42, "keys").next());
}

TEST_CASE("Drawing below a bound gives every value about equally often") {
  RandomStream random(1, "dice");
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) {
    ++counts.at(random.below(6));
  }
  for (const int count : counts) {
    CHECK(count == Approx(10'000).margin(400));
  }
}

TEST_CASE("Uniform draws lie between 0 and 1 with mean one half") {
  RandomStream random(1, "uniform");
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = random.uniform();
    REQUIRE((x >= 0 && x < 1));
    sum += x;
  }
  CHECK(sum / 100'000 == Approx(0.5).margin(0.005));
}

TEST_CASE("The numbers of a stream are the same on every machine") {
  RandomStream random(2024, "golden", 1);
  CHECK(random.next() == 13975084659577729059U);
  CHECK(random.next() == 6206090077048166666U);
  CHECK(random.next() == 12445291665912096020U);
}
