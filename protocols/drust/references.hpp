#pragma once
// The live Refs and MutRefs, numbered as programs know them (BorrowId).

#include <vector>

#include "protocols/drust/pointer.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/dsm/kit/slots.hpp"

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
    const BorrowId id(table_.take());
    table_[id.value()] = reference;
    table_[id.value()].made = made_++;
    return id;
  }
  void remove(BorrowId id) {
    table_[id.value()] = Reference{};
    table_.give_back(id.value());
  }
  bool live(BorrowId id) const { return table_.is_in_use(id.value()); }
  Reference& operator[](BorrowId id) { return table_[id.value()]; }
  const Reference& operator[](BorrowId id) const { return table_[id.value()]; }

  /// Whether the thread holds any reference to the object. Looks at all of them.
  bool holds(ThreadId thread, ObjectId object) const {
    bool held = false;
    for_each([&](const Reference& reference) {
      held |= reference.object == object && reference.thread == thread;
    });
    return held;
  }
  /// The thread's mutable reference to the object, or an invalid id.
  BorrowId mutable_of(ThreadId thread, ObjectId object) const {
    BorrowId found;
    for_each_id([&](BorrowId id) {
      const Reference& reference = (*this)[id];
      if (reference.mut && reference.object == object && reference.thread == thread) {
        found = id;
      }
    });
    return found;
  }
  /// In order of number.
  std::vector<BorrowId> held_by(ThreadId thread) const {
    std::vector<BorrowId> held;
    for_each_id([&](BorrowId id) {
      if ((*this)[id].thread == thread) {
        held.push_back(id);
      }
    });
    return held;
  }
  std::size_t count() const { return table_.in_use(); }
  /// Calls tell(id) for every live one, in order of number.
  template <class Tell>
  void for_each_id(Tell tell) const {
    table_.for_each_slot([&](std::uint32_t slot, const Reference&) { tell(BorrowId(slot)); });
  }
  /// Calls tell(reference) for every live one, in order of number.
  template <class Tell>
  void for_each(Tell tell) const {
    table_.for_each(tell);
  }

 private:
  Slots<Reference, 16> table_;
  std::uint32_t made_ = 0;
};

}  // namespace dsmsim::drust
