#pragma once
// Named random streams. Every purpose draws from a stream of its own, whose seed is a hash of
// (experiment seed, name, index): adding a stream, or drawing more from one, shifts no other. The
// generator is xoshiro256** 1.0 (Blackman and Vigna, 2018) seeded by SplitMix64, so results do not
// depend on a standard library's distributions.

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/int128.hpp"

namespace dsmsim {

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): turns any seed into well mixed state.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t state) : state_(state) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

  std::uint64_t next() {
    const std::uint64_t result = rotl(s_[1] * 5, 7) * 9;
    const std::uint64_t t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = rotl(s_[3], 45);
    return result;
  }
  /// Uniform in [0, bound), without bias worth noticing (128-bit multiply). bound > 0.
  std::uint64_t below(std::uint64_t bound) { return scale(next(), bound); }
  /// Of [0, 2^64) to [0, bound).
  static std::uint64_t scale(std::uint64_t number, std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<UInt128>(number) * bound) >> 64);
  }
  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return uniform() < probability; }

 private:
  static std::uint64_t rotl(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::array<std::uint64_t, 4> s_;
};

}  // namespace dsmsim
