#include "sim/base/enumeration.hpp"

#include <catch2/catch.hpp>
#include <cstdint>

namespace dsmsim {
namespace {

enum class Fruit : std::uint8_t { apple, pear, plum };

struct Row {
  Fruit fruit;
  int seeds;
};

constexpr auto kAll = std::to_array<Row>({{Fruit::apple, 10}, {Fruit::pear, 6}, {Fruit::plum, 1}});
constexpr auto kWithoutLast = std::to_array<Row>({{Fruit::apple, 10}, {Fruit::pear, 6}});
constexpr auto kSwapped =
    std::to_array<Row>({{Fruit::pear, 6}, {Fruit::apple, 10}, {Fruit::plum, 1}});

}  // namespace

TEST_CASE("An enumeration knows how many enumerators it has and what they are called") {
  STATIC_REQUIRE(kEnumerators<Fruit> == 3);
  CHECK(kEnumeratorNames<Fruit>[0] == "apple");
  CHECK(kEnumeratorNames<Fruit>[2] == "plum");
}

TEST_CASE("A table of an enumeration has a row for each value, in order") {
  STATIC_REQUIRE(is_table_of(kAll, &Row::fruit));
  STATIC_REQUIRE_FALSE(is_table_of(kWithoutLast, &Row::fruit));
  STATIC_REQUIRE_FALSE(is_table_of(kSwapped, &Row::fruit));
}

}  // namespace dsmsim
