#include "sim/base/host_memory.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <new>
#include <string>

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

#ifndef __SANITIZE_ADDRESS__  // its allocator ends the process instead of throwing
TEST_CASE("Within a limit of memory what goes beyond is refused, and afterwards it is not") {
  constexpr std::size_t much = std::size_t{256} << 20;
  {
    const MemoryLimit limit(Bytes(std::uint64_t{64} << 20));
    CHECK_NOTHROW(std::string(much / 16, 'x'));
    CHECK_THROWS_AS(std::string(much, 'x'), std::bad_alloc);
    CHECK(host_memory() < Bytes(std::uint64_t{1} << 40));
  }
  CHECK_NOTHROW(std::string(much, 'x'));
}

TEST_CASE("What a limit has no room for is a limit reached, not a mistake of the input") {
  const MemoryLimit limit(Bytes(std::uint64_t{64} << 20));
  try {
    check_host_memory(host_memory() + Bytes(1), "/cache", "a cache");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::limit);
    CHECK_THAT(error.what(), Catch::Contains("(limits.memory)"));
  }
}

TEST_CASE("A limit within a limit does not lift it") {
  const MemoryLimit outer(Bytes(std::uint64_t{64} << 20));
  const MemoryLimit inner(Bytes(std::uint64_t{1} << 40));
  CHECK_THROWS_AS(std::string(std::size_t{256} << 20, 'x'), std::bad_alloc);
}
#endif
