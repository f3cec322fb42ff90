// H, the map of cached copies: keys with colours, counts, and the order in which unused copies go.

#include "protocols/drust/copies.hpp"

#include <catch2/catch.hpp>

namespace dsmsim::drust {
namespace {

ColouredAddress key(std::uint64_t address, Colour colour) {
  return {GlobalAddress(address), colour};
}

CopyId insert(CopyTable& copies, ColouredAddress at) {
  return copies.insert({.key = at, .local = GlobalAddress(1), .object = ObjectId(0), .count = 1});
}

TEST_CASE("A copy is found under its colour only") {
  CopyTable copies;
  const CopyId old = insert(copies, key(64, 0));
  const CopyId young = insert(copies, key(64, 1));
  CHECK(copies.find(key(64, 0)) == old);
  CHECK(copies.find(key(64, 1)) == young);
  CHECK_FALSE(copies.find(key(64, 2)).valid());
  CHECK_FALSE(copies.find(key(128, 0)).valid());
  CHECK(copies.newest(GlobalAddress(64)) == young);
  CHECK(copies[young].older == old);
}

TEST_CASE("A copy may be removed from anywhere among those of its address") {
  for (const std::size_t victim : {0, 1, 2}) {
    CopyTable copies;
    const std::vector<CopyId> ids = {insert(copies, key(64, 0)), insert(copies, key(64, 1)),
                                     insert(copies, key(64, 2))};
    copies.drop(ids[victim]);
    copies.remove(ids[victim]);
    CHECK(copies.count() == 2);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(copies.find(key(64, static_cast<Colour>(i))).valid() == (i != victim));
    }
  }
}

TEST_CASE("Unused copies go in the order in which they were left, and not once used again") {
  CopyTable copies;
  const CopyId a = insert(copies, key(64, 0));
  const CopyId b = insert(copies, key(128, 0));
  const CopyId c = insert(copies, key(192, 0));
  CHECK_FALSE(copies.least_recently_left().valid());
  for (const CopyId id : {b, a, c}) {
    copies.drop(id);
  }
  copies.take(a);
  CHECK(copies.least_recently_left() == b);
  copies.remove(b);
  CHECK(copies.least_recently_left() == c);
  copies.remove(c);
  CHECK_FALSE(copies.least_recently_left().valid());
  copies.drop(a);
  CHECK(copies.least_recently_left() == a);
}

}  // namespace
}  // namespace dsmsim::drust
