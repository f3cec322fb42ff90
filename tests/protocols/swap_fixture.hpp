#pragma once
// Swapping with a few frames.

#include "harness.hpp"
#include "protocols/swap/engine.hpp"

namespace dsmsim::testing {

inline SwapOptions small_swap(std::uint32_t frames,
                              SwapDeviceKind device = SwapDeviceKind::infiniswap) {
  SwapOptions options;
  options.device = device;
  options.cache = kSwapPage * frames;
  options.slab = kSwapPage * 16;
  options.batch = frames / 2;
  options.readahead = 2;
  return options;
}

}  // namespace dsmsim::testing
