#include "sim/dsm/contract/objects.hpp"

#include <catch2/catch.hpp>

using namespace dsmsim;
using namespace dsmsim::literals;

TEST_CASE("Objects have the sizes they were added with, alike or not") {
  ObjectTable objects;
  const auto size_of = [](std::size_t i) {  // alike, then one that differs, then a mixture
    return i < 5'000 ? 40_B : i == 5'000 ? 48_B : Bytes(8 * (1 + i % 3));
  };
  for (std::size_t i = 0; i < 20'000; ++i) {
    REQUIRE(objects.add(size_of(i)) == ObjectId(i));
  }
  CHECK(objects.count() == 20'000);
  for (std::size_t i = 0; i < 20'000; ++i) {
    REQUIRE(objects.size(ObjectId(i)) == size_of(i));
  }
}

TEST_CASE("An object that there never was has no size") {
  ObjectTable objects;
  CHECK_THROWS_AS(objects.size(ObjectId(0)), std::out_of_range);
  objects.add(8_B);
  CHECK_THROWS_AS(objects.size(ObjectId(1)), std::out_of_range);
}
