#pragma once
// The locks of one block on one server, by exact byte address (gam/src/cache.cc, directory.cc: a
// map from address to count, 255 standing for exclusive). Distinct addresses of a block lock
// independently within a server; for other servers the block as a whole is read- or write-locked.

#include <boost/container/small_vector.hpp>
#include <cstdint>

namespace dsmsim::gam {

class LockTable {
 public:
  static constexpr std::uint8_t kMostShared = 254;
  static constexpr std::uint8_t kExclusive = 255;

  bool empty() const { return locks_.empty(); }
  bool exclusive() const {
    for (const Lock& lock : locks_) {
      if (lock.count == kExclusive) {
        return true;
      }
    }
    return false;
  }
  bool can_share(std::uint32_t offset) const {
    const Lock* lock = find(offset);
    return lock == nullptr || lock->count < kMostShared;
  }
  bool can_own(std::uint32_t offset) const { return find(offset) == nullptr; }
  bool holds(std::uint32_t offset) const { return find(offset) != nullptr; }

  /// Calls visit(offset, count), in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Lock& lock : locks_) {
      visit(lock.offset, lock.count);
    }
  }

  /// Only if can_share().
  void share(std::uint32_t offset) {
    if (Lock* lock = find(offset)) {
      ++lock->count;
    } else {
      locks_.push_back({static_cast<std::uint16_t>(offset), 1});
    }
  }
  /// Only if can_own().
  void own(std::uint32_t offset) {
    locks_.push_back({static_cast<std::uint16_t>(offset), kExclusive});
  }
  /// Only if holds().
  void release(std::uint32_t offset) {
    Lock* lock = find(offset);
    if (lock->count == kExclusive || lock->count == 1) {
      *lock = locks_.back();
      locks_.pop_back();
    } else {
      --lock->count;
    }
  }

 private:
  struct Lock {
    std::uint16_t offset;
    std::uint8_t count;
  };
  const Lock* find(std::uint32_t offset) const {
    for (const Lock& lock : locks_) {
      if (lock.offset == offset) {
        return &lock;
      }
    }
    return nullptr;
  }
  Lock* find(std::uint32_t offset) {
    return const_cast<Lock*>(static_cast<const LockTable*>(this)->find(offset));
  }

  boost::container::small_vector<Lock, 2> locks_;
};

}  // namespace dsmsim::gam
