#pragma once
// The hash by which switches choose among equally short ways (ECMP). One key per flow; each switch
// draws its own choice from it, so that the choices of two switches on one route are unrelated.

#include <cstdint>

#include "sim/base/ids.hpp"

namespace dsmsim {

/// The SplitMix64 finaliser: every input bit moves every output bit.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

constexpr std::uint64_t flow_key(NodeId from, NodeId to, std::uint64_t flow) {
  return scramble(flow ^ scramble((std::uint64_t{from.value()} << 32) | to.value()));
}

/// The choice of the switch (or of the torus dimension) numbered `place` among `choices` ways.
constexpr std::uint64_t ecmp_choice(std::uint64_t key, std::uint64_t place, std::uint64_t choices) {
  return scramble(key ^ place) % choices;
}

}  // namespace dsmsim
