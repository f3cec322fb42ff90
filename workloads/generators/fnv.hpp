#pragma once
// YCSB's 64-bit FNV-1a hash (YCSB core/.../Utils.java fnvhash64): over the eight bytes of a number,
// lowest first, and then the absolute value as a signed number.

#include <cstdint>

namespace dsmsim {

constexpr std::uint64_t fnv64(std::uint64_t value) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (int byte = 0; byte < 8; ++byte) {
    hash = (hash ^ (value & 0xff)) * 1099511628211U;
    value >>= 8;
  }
  return static_cast<std::int64_t>(hash) < 0 ? std::uint64_t{0} - hash : hash;
}

}  // namespace dsmsim
