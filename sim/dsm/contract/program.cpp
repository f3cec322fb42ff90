#include "sim/dsm/contract/program.hpp"

#include <limits>

#include "sim/base/host_memory.hpp"

namespace dsmsim {

Demand& Demand::add(std::uint64_t count, Bytes size) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const auto sum = [](std::uint64_t a, std::uint64_t b) { return b > most - a ? most : a + b; };
  objects = sum(objects, count);
  bytes = Bytes(sum(bytes.count(), saturated_product(count, size).count()));
  return *this;
}

}  // namespace dsmsim
