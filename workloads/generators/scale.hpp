#pragma once
// Programs at a smaller scale than the published one.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dsmsim {

/// So much of a number of things, rounded: one at least, if there are any.
inline std::uint64_t scaled_number(std::uint64_t number, double scale) {
  const auto product = std::llround(static_cast<double>(number) * scale);
  return std::max(static_cast<std::uint64_t>(product), std::min<std::uint64_t>(number, 1));
}

}  // namespace dsmsim
