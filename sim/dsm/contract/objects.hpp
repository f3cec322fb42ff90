#pragma once
// The objects that programs have allocated: identity and size. Engines keep their own state beside
// it, by ObjectId.

#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

class ObjectTable {
 public:
  ObjectId add(Bytes size) {
    sizes_.push_back(size);
    return ObjectId(sizes_.size() - 1);
  }
  /// Throws std::out_of_range if there never was such an object.
  Bytes size(ObjectId object) const { return sizes_.at(object.index()); }
  std::size_t count() const { return sizes_.size(); }

 private:
  std::vector<Bytes> sizes_;
};

}  // namespace dsmsim
