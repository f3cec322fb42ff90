#include "sim/base/host_memory.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "sim/base/error.hpp"

using namespace dsmsim;

TEST_CASE("A product of sizes that is too large for a number is the largest number") {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CHECK(saturated_product(3, Bytes(5)) == Bytes(15));
  CHECK(saturated_product(std::uint64_t{1} << 32, Bytes(std::uint64_t{1} << 32)) == Bytes(most));
  CHECK(saturated_product(0, Bytes(most)) == Bytes(0));
}

TEST_CASE("What this machine has no memory for is refused with the place of the option") {
  const Bytes all = host_memory();
  CHECK(all > Bytes(0));
  CHECK_NOTHROW(check_host_memory(all, "/cache", "a cache"));
  try {
    check_host_memory(all + Bytes(std::uint64_t{1} << 40), "/cache", "a cache");
    FAIL("nothing was thrown");
  } catch (const Misfit& misfit) {
    CHECK(misfit.pointer() == "/cache");
    CHECK_THAT(misfit.what(), Catch::StartsWith("a cache would take ") &&
                                  Catch::Contains(" GiB of the memory of the machine"));
  }
}
