#pragma once
// IVY on small pages, so that scenarios and random programs meet evictions.

#include "protocols/ivy/engine.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {

/// Pages of 512 bytes; room for `pages` pages of other servers.
inline IvyOptions small_ivy(std::uint32_t pages) {
  IvyOptions options;
  options.page = Bytes(512);
  options.cache = options.page * pages;
  options.ways = pages;
  return options;
}

}  // namespace dsmsim::testing
