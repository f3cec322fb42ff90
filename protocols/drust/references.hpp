#pragma once
// The live Refs and MutRefs, numbered as programs know them (BorrowId).

#include <vector>

#include "protocols/drust/pointer.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/contract/op.hpp"

namespace dsmsim::drust {

struct Reference {
  ObjectId object;
  Pointer pointer = {};
  ThreadId thread;
  NodeId node;
  bool mut = false;
  // Of a mutable reference to a part of a remote object, which is copied and written back.
  bool dirty = false;             ///< the copied part has been written
  bool written_in_place = false;  ///< the part has been written where it lies
  std::uint32_t made = 0;         ///< after how many others; set by References
  Bytes offset = {};
  Bytes length = {};        ///< zero: the whole object
  GlobalAddress part = {};  ///< where the part has been copied to; null: nowhere yet
  std::uint64_t stamp = 0;  ///< of the copied part
  CachedData data = {};     ///< the same, for amplification

  bool partial() const { return length != Bytes(0); }
  /// Whether its end, or a move of its thread, has more to do with the part than to forget it.
  bool has_used_part() const { return part != GlobalAddress() || written_in_place; }
};

class References {
 public:
  BorrowId add(const Reference& reference) {
    if (free_.empty()) {
      free_.emplace_back(static_cast<std::uint32_t>(table_.size()));
      table_.emplace_back();
    }
    const BorrowId id = free_.back();
    free_.pop_back();
    table_[id.index()] = reference;
    table_[id.index()].made = made_++;
    return id;
  }
  void remove(BorrowId id) {
    table_[id.index()] = Reference{};
    free_.push_back(id);
  }
  bool live(BorrowId id) const {
    return id.index() < table_.size() && table_[id.index()].object.valid();
  }
  Reference& operator[](BorrowId id) { return table_[id.index()]; }
  const Reference& operator[](BorrowId id) const { return table_[id.index()]; }

  /// Whether the thread holds any reference to the object. Looks at all of them.
  bool holds(ThreadId thread, ObjectId object) const {
    for (const Reference& reference : table_) {
      if (reference.object == object && reference.thread == thread) {
        return true;
      }
    }
    return false;
  }
  /// The thread's mutable reference to the object, or an invalid id.
  BorrowId mutable_of(ThreadId thread, ObjectId object) const {
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      if (table_[i].mut && table_[i].object == object && table_[i].thread == thread) {
        return BorrowId(i);
      }
    }
    return {};
  }
  /// In order of number.
  std::vector<BorrowId> held_by(ThreadId thread) const {
    std::vector<BorrowId> held;
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      if (table_[i].object.valid() && table_[i].thread == thread) {
        held.emplace_back(i);
      }
    }
    return held;
  }
  /// Calls tell(id) for every live one, in order of number.
  template <class Tell>
  void for_each_id(Tell tell) const {
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      if (table_[i].object.valid()) {
        tell(BorrowId(i));
      }
    }
  }
  std::size_t count() const { return table_.size() - free_.size(); }
  /// Calls tell(reference) for every live one, in order of number.
  template <class Tell>
  void for_each(Tell tell) const {
    for (const Reference& reference : table_) {
      if (reference.object.valid()) {
        tell(reference);
      }
    }
  }

 private:
  std::vector<Reference> table_;
  std::vector<BorrowId> free_;
  std::uint32_t made_ = 0;
};

}  // namespace dsmsim::drust
