// The CPU caches of a server: where lines are found, and what is told when they leave.

#include "protocols/paging/cpu_caches.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sim/base/random.hpp"

namespace dsmsim::paging {
namespace {

using namespace literals;
using Level = CpuCaches::Level;

/// One set each: two lines in L1, four in L2, eight in L3.
CpuCacheOptions tiny() {
  return {.l1 = {128_B, 2, 2_ns}, .l2 = {256_B, 4, 11_ns}, .l3 = {512_B, 8, 37_ns}};
}

struct Tested {
  CpuCaches caches;
  std::vector<std::uint64_t> written_back;
  Level access(std::uint32_t core, std::uint64_t line, bool write = false) {
    return caches.access(core, line, write,
                         [this](std::uint64_t back) { written_back.push_back(back); });
  }
  std::set<std::uint64_t> lines() const {
    std::set<std::uint64_t> all;
    caches.for_each([&all](std::uint64_t line) { all.insert(line); });
    return all;
  }
};

TEST_CASE("A line is found in the nearest cache that still has it, the least used leaves first") {
  Tested t{CpuCaches(tiny(), 1), {}};
  for (std::uint64_t line = 0; line < 8; ++line) {
    CHECK(t.access(0, line) == Level::memory);
  }
  CHECK(t.access(0, 7) == Level::l1);
  CHECK(t.access(0, 5) == Level::l2);
  CHECK(t.access(0, 0) == Level::l3);
  CHECK(t.access(0, 0) == Level::l1);
  CHECK(t.access(0, 8) == Level::memory);
  CHECK(t.access(0, 0) == Level::l1);
  CHECK(t.lines() == std::set<std::uint64_t>{0, 2, 3, 4, 5, 6, 7, 8});
  CHECK(t.written_back.empty());
  CHECK(t.caches.counters().hits[0] == std::array<std::uint64_t, 4>{3, 1, 1, 9});
}

TEST_CASE("What leaves all caches modified is written back, once") {
  Tested t{CpuCaches(tiny(), 1), {}};
  t.access(0, 0, true);
  t.access(0, 0, true);
  for (std::uint64_t line = 1; line < 9; ++line) {
    t.access(0, line);
  }
  CHECK(t.written_back == std::vector<std::uint64_t>{0});
  CHECK(t.access(0, 0) == Level::memory);
  for (std::uint64_t line = 1; line < 20; ++line) {
    t.access(0, line);
  }
  CHECK(t.written_back.size() == 1);
}

TEST_CASE("A core that writes takes the line from the others, and a reader gets it through L3") {
  Tested t{CpuCaches(tiny(), 3), {}};
  CHECK(t.access(0, 1) == Level::memory);
  CHECK(t.access(1, 1) == Level::l3);
  CHECK(t.access(1, 1, true) == Level::l3);  // it is shared: the others must be told
  CHECK(t.access(1, 1, true) == Level::l1);
  CHECK(t.access(0, 1) == Level::l3);
  CHECK(t.access(1, 1) == Level::l1);
  CHECK(t.access(1, 1, true) == Level::l3);
  t.caches.drop(0, 64, [&t](std::uint64_t line) { t.written_back.push_back(line); });
  CHECK(t.written_back == std::vector<std::uint64_t>{1});
  CHECK(t.lines().empty());
  CHECK(t.access(1, 1) == Level::memory);
}

TEST_CASE("Every modified line is written back or dropped as modified, whoever modified it") {
  CpuCacheOptions options = tiny();
  options.l1 = {256_B, 2, 2_ns};
  options.l2 = {512_B, 4, 11_ns};
  options.l3 = {2048_B, 8, 37_ns};
  Tested t{CpuCaches(options, 4), {}};
  RandomStream random(1, "test");
  std::set<std::uint64_t> modified;
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t line = random.below(48);
    const bool write = random.chance(0.3);
    t.access(static_cast<std::uint32_t>(random.below(4)), line, write);
    for (const std::uint64_t back : t.written_back) {
      CHECK(modified.erase(back) == 1);
    }
    t.written_back.clear();
    if (write) {
      modified.insert(line);
    }
    CHECK(t.lines().contains(line));
    if (random.chance(0.01)) {
      const std::uint64_t page = random.below(6) * 8;
      t.caches.drop(page, 8, [&](std::uint64_t back) { CHECK(modified.erase(back) == 1); });
      for (std::uint64_t gone = page; gone < page + 8; ++gone) {
        REQUIRE_FALSE(modified.contains(gone));
        REQUIRE_FALSE(t.lines().contains(gone));
      }
    }
  }
}

TEST_CASE("More ways of the same sets never miss more") {
  std::uint64_t before = ~std::uint64_t{0};
  for (const std::uint32_t ways : {8, 16, 32}) {
    CpuCacheOptions options = tiny();
    options.l3 = {Bytes(64 * ways), ways, 37_ns};
    Tested t{CpuCaches(options, 1), {}};
    RandomStream random(2, "test");
    for (int i = 0; i < 5000; ++i) {
      t.access(0, random.below(40));
    }
    CHECK(t.caches.counters().hits[0][3] <= before);
    before = t.caches.counters().hits[0][3];
  }
}

}  // namespace
}  // namespace dsmsim::paging
