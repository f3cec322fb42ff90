// Records that are recycled and named by numbers.

#include "sim/dsm/kit/slots.hpp"

#include <catch2/catch.hpp>

namespace dsmsim {
namespace {

TEST_CASE("Records are numbered from zero, and the one freed last is taken first, as it was left") {
  Slots<int> slots;
  for (std::uint32_t i = 0; i < 10; ++i) {
    REQUIRE(slots.take() == i);
    slots[i] = 100 + static_cast<int>(i);
  }
  slots.give_back(3);
  slots.give_back(7);
  CHECK(slots.take() == 7);
  CHECK(slots.take() == 3);
  CHECK(slots[7] == 107);
  CHECK(slots.take() == 10);
}

TEST_CASE("Records stay where they are while others come") {
  Slots<int, 2> slots;
  int* const first = &slots[slots.take()];
  for (int i = 0; i < 100; ++i) {
    slots.take();
  }
  CHECK(first == &slots[0]);
}

TEST_CASE("Only records in use are counted and visited, by number") {
  Slots<int> slots;
  for (int i = 0; i < 6; ++i) {
    slots[slots.take()] = i;
  }
  slots.give_back(4);
  slots.give_back(0);
  std::vector<int> seen;
  slots.for_each([&seen](int record) { seen.push_back(record); });
  CHECK(seen == std::vector<int>{1, 2, 3, 5});
  CHECK(slots.in_use() == 4);
  CHECK(slots.is_in_use(5));
  CHECK(!slots.is_in_use(4));
  CHECK(!slots.is_in_use(1000));
}

}  // namespace
}  // namespace dsmsim
