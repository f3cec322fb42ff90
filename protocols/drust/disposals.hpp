#pragma once
// Addresses that were given up and are not free yet: what is known of each until its host may use
// it again. And addresses that stay in use and whose copies have to go (a reset of colours). A
// table of numbers that messages can carry.

#include <limits>
#include <vector>

#include "protocols/drust/state.hpp"
#include "sim/dsm/kit/slots.hpp"

namespace dsmsim::drust {

struct Disposal {
  static constexpr std::uint64_t kNobody = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint32_t kNone = kNoSlot;

  GlobalAddress address;
  Bytes size;
  NodeId by = {};                    ///< who gave it up, and has dropped its own copies already
  NodeId host = {};                  ///< who is to free it
  Colour colour = 0;                 ///< the last that the object had
  std::vector<NodeId> awaited = {};  ///< whose acknowledgements are still to come
  SharerLists::Index sharers = SharerLists::kNone;
  std::uint32_t next = kNone;  ///< of the same message
  /// Of a reset: the address stays in use, and who waits until its copies are gone.
  bool reset = false;
  std::uint64_t call = kNobody;
};

class Disposals {
 public:
  std::uint32_t add(const Disposal& disposal) {
    const std::uint32_t number = table_.take();
    table_[number] = disposal;
    return number;
  }
  void remove(std::uint32_t number) {
    table_[number] = Disposal{};
    table_.give_back(number);
  }
  Disposal& operator[](std::uint32_t number) { return table_[number]; }
  const Disposal& operator[](std::uint32_t number) const { return table_[number]; }
  /// How many are under way.
  std::size_t count() const { return table_.in_use(); }
  /// Calls tell(number, disposal) for every one under way, in order of number.
  template <class Tell>
  void for_each(Tell tell) const {
    table_.for_each_slot(tell);
  }

 private:
  Slots<Disposal> table_;
};

}  // namespace dsmsim::drust
