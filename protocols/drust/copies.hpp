#pragma once
// H: the cached copies of one server, by coloured address, each with the number of references that
// use it (Ma et al., OSDI'24, section 4.1.1 and Appendix B.2, Alg. 4).
//
// A copy whose count is zero stays until it is evicted or invalidated; the table keeps those in the
// order in which they were left. Copies of the same object under older colours are stale and
// unreachable, but take memory until then: they hang behind the newest one, so that finding the
// copies of an address needs no search. The table knows nothing of time or memory: the engine
// charges and frees.

#include <tsl/robin_map.h>

#include "protocols/drust/pointer.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::drust {

class Heap;

struct Copy {
  ColouredAddress key;
  GlobalAddress local;      ///< where its bytes lie, in this server's partition
  ObjectId object;          ///< what it is a copy of
  std::uint64_t stamp = 0;  ///< the write that it holds
  Gate* arrives = nullptr;  ///< opens when the bytes have come; null: they are there
  std::uint32_t count = 0;  ///< references that use it
  CopyId newer = {};        ///< neighbours among the copies of the address
  CopyId older = {};
  CopyId left_before = {};  ///< neighbours among the copies with count zero
  CopyId left_after = {};
};

class CopyTable {
 public:
  /// The copy with that key, or an invalid id.
  CopyId find(ColouredAddress key) const {
    CopyId id = newest(key.address());
    while (id.valid() && copies_[id.value()].key != key) {
      id = copies_[id.value()].older;
    }
    return id;
  }
  /// The newest copy of the address, or an invalid id; Copy::older leads on.
  CopyId newest(GlobalAddress address) const {
    const auto found = newest_.find(address.value());
    return found == newest_.end() ? CopyId() : found->second;
  }
  /// A new copy, the newest of its address.
  CopyId insert(const Copy& copy);
  /// Forgets a copy that no reference uses.
  void remove(CopyId id);

  Copy& operator[](CopyId id) { return copies_[id.value()]; }
  const Copy& operator[](CopyId id) const { return copies_[id.value()]; }

  /// One more, or one less, reference uses the copy.
  void take(CopyId id) {
    if (copies_[id.value()].count++ == 0) {
      unlink(id);
    }
  }
  void drop(CopyId id) {
    if (--copies_[id.value()].count == 0) {
      link(id);
    }
  }
  /// The copy that has been without references for longest, or an invalid id.
  CopyId least_recently_left() const { return oldest_left_; }

  std::size_t count() const { return copies_.in_use(); }
  bool live(CopyId id) const { return copies_.is_in_use(id.value()); }
  /// Calls tell(id, copy) for every copy, in order of id.
  template <class Tell>
  void for_each(Tell tell) const {
    copies_.for_each_slot([&](std::uint32_t slot, const Copy& copy) { tell(CopyId(slot), copy); });
  }
  /// Adds all copies, known by their keys.
  void fingerprint(Fingerprint& into, const Heap& heap) const;

 private:
  // Addresses are multiples of the allocator's alignment: spread them over the buckets.
  struct Hash {
    std::size_t operator()(std::uint64_t address) const {
      return (address * 0x9E3779B97F4A7C15ULL) >> 20;
    }
  };

  void link(CopyId id);
  void unlink(CopyId id);

  tsl::robin_map<std::uint64_t, CopyId, Hash> newest_;
  Slots<Copy, 16> copies_;
  CopyId oldest_left_;
  CopyId newest_left_;
};

}  // namespace dsmsim::drust
