#pragma once
// The objects with their owner Boxes, and what is in them.
//
// What is in an object, a copy or a borrowed part is known by the stamp of the write, or the
// allocation, that made it. Under a witness stamps are its tokens, and it is told of each use.

#include <algorithm>
#include <utility>
#include <vector>

#include "protocols/drust/state.hpp"
#include "sim/base/huge_pages.hpp"
#include "sim/dsm/contract/objects.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::drust {

class Objects {
 public:
  /// `witness` may be null.
  Objects(const ObjectTable& sizes, Witness* witness) : sizes_(sizes), witness_(witness) {}

  ObjectState& operator[](ObjectId id) { return states_[id.index()]; }
  const ObjectState& operator[](ObjectId id) const { return states_[id.index()]; }
  /// In order of number, those that have been dropped among them.
  std::size_t count() const { return states_.size(); }
  auto begin() { return states_.begin(); }
  auto end() { return states_.end(); }
  auto begin() const { return states_.begin(); }
  auto end() const { return states_.end(); }
  void grow(std::size_t count) {
    if (count > states_.capacity()) {
      states_.reserve(std::max(2 * states_.size(), sizes_.count()));  // programs name many at once
    }
    states_.resize(count);
  }
  bool has(ObjectId id) const { return id.index() < states_.size(); }
  Bytes size(ObjectId id) const { return sizes_.size(id); }

  /// The object comes into being; gives its first stamp.
  std::uint64_t create(const Op& op) {
    const std::uint64_t stamp = stamp_of(op);
    if (witness_ != nullptr) {
      witness_->created(op.object.value(), stamp);
    }
    return stamp;
  }
  /// The operation writes, on top of `contents`, and it has taken effect; gives the new stamp.
  std::uint64_t write(const Op& op, std::uint64_t& contents) {
    const std::uint64_t base = std::exchange(contents, stamp_of(op));
    if (witness_ != nullptr) {
      witness_->wrote(contents, {op.object.value(), op.offset, op.length}, base);
    }
    return contents;
  }
  /// Whether a witness knows those contents as what the operation has written.
  bool has_written(const Op& op, std::uint64_t contents) const {
    return witness_ != nullptr && contents == op.token();
  }
  /// The operation reads those contents; gives them back.
  std::uint64_t read(const Op& op, std::uint64_t contents) const {
    if (witness_ != nullptr) {
      witness_->read(op.token(), {op.object.value(), op.offset, op.length}, contents);
    }
    return contents;
  }
  /// The object is what it was once more: all that was written since is lost with the server.
  void roll_back(ObjectId object, std::uint64_t contents, NodeId lost) {
    (*this)[object].stamp = contents;
    if (witness_ != nullptr) {
      witness_->rolled_back(object.value(), contents, lost);
    }
  }
  /// Threads of other servers may rely on what is in the object.
  void left(ObjectId object) const {
    if (witness_ != nullptr) {
      witness_->left(object.value());
    }
  }

 private:
  /// A stamp that no write had before.
  std::uint64_t stamp_of(const Op& op) { return witness_ != nullptr ? op.token() : ++last_stamp_; }

  const ObjectTable& sizes_;
  Witness* witness_;
  std::vector<ObjectState, HugePages<ObjectState>> states_;
  std::uint64_t last_stamp_ = 0;
};

}  // namespace dsmsim::drust
