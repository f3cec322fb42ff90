#include "sim/base/random.hpp"

namespace dsmsim {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo): names are short, and the result must be the same on every
/// machine.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  const std::uint64_t of_seed = SplitMix64(seed).next();
  const std::uint64_t of_name = SplitMix64(of_seed ^ hash_name(name)).next();
  SplitMix64 state(SplitMix64(of_name ^ index).next());
  for (std::uint64_t& word : s_) {
    word = state.next();
  }
}

}  // namespace dsmsim
