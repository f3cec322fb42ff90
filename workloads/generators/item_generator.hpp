#pragma once
// What draws the items that a program touches: numbers from 0 on, the more popular the likelier.
//
// A generator belongs to a program and serves all of its threads; each thread brings a random
// stream of its own, so that what it draws depends on nothing else.

#include <cstdint>

#include "sim/base/random.hpp"

namespace dsmsim {

class ItemGenerator {
 public:
  virtual ~ItemGenerator() = default;
  virtual std::uint64_t next(RandomStream& random) = 0;
};

}  // namespace dsmsim
