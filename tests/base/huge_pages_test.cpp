#include "sim/base/huge_pages.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace dsmsim {

TEST_CASE("A table on huge pages keeps what is in it while it grows from small to large") {
  std::vector<std::uint64_t, HugePages<std::uint64_t>> table;
  const std::uint64_t rows = 3 * HugePages<std::uint64_t>::kPage / sizeof(std::uint64_t);
  for (std::uint64_t i = 0; i < rows; ++i) {
    table.push_back(i * i);
  }
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < rows; ++i) {
    wrong += table[i] == i * i ? 0 : 1;
  }
  CHECK(wrong == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(table.data()) % HugePages<std::uint64_t>::kPage == 0);
}

}  // namespace dsmsim
