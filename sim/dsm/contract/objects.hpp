#pragma once
// The objects that programs have allocated: identity and size. Engines keep their own state beside
// it, by ObjectId.
//
// Programs with millions of objects have them in one size, and every operation asks for it: where
// 4,096 neighbours are alike, their size is kept once, and stays in the processor's cache.

#include <stdexcept>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

class ObjectTable {
 public:
  ObjectId add(Bytes size) {
    const std::size_t place = count_ % kBlock;
    if (place == 0) {
      blocks_.push_back({size, {}});
    }
    Block& block = blocks_.back();
    if (block.sizes.empty() && size != block.size) {
      block.sizes.assign(place, block.size);
    }
    if (size != block.size || !block.sizes.empty()) {
      block.sizes.push_back(size);
    }
    return ObjectId(count_++);
  }
  /// Throws std::out_of_range if there never was such an object.
  Bytes size(ObjectId object) const {
    if (object.index() >= count_) [[unlikely]] {
      throw std::out_of_range("there is no such object");
    }
    const Block& block = blocks_[object.index() / kBlock];
    return block.sizes.empty() ? block.size : block.sizes[object.index() % kBlock];
  }
  std::size_t count() const { return count_; }

 private:
  static constexpr std::size_t kBlock = 4'096;
  struct Block {
    Bytes size;                ///< of all of them, if `sizes` is empty
    std::vector<Bytes> sizes;  ///< of each
  };
  std::vector<Block> blocks_;
  std::size_t count_ = 0;
};

}  // namespace dsmsim
