#pragma once
// The lock of each page of the page table (512 entries, 2 MiB), which a core has while it fills one
// of the entries.

#include "protocols/legoos/waits.hpp"
#include "protocols/paging/page_map.hpp"

namespace dsmsim::legoos {

class PageTableLocks {
 public:
  explicit PageTableLocks(Waits& waits) : waits_(waits) {}

  static std::uint64_t lock_of(paging::PageNumber page) {
    return page.value() / paging::PageMap<Line*>::kLeaf;
  }
  /// False: the core is to wait, and has the lock when it is woken.
  bool try_lock(Core& core) {
    const std::uint64_t which = lock_of(core.page);
    if (which >= holders_.size()) {
      holders_.resize(which + 1);
    }
    const bool free = holders_[which] == nullptr;
    holders_[which] = free ? &core : holders_[which];
    return free;
  }
  /// The first who waits has it now.
  void unlock(Core& core) {
    if (core.locked) {
      core.locked = false;
      const std::uint64_t which = lock_of(core.page);
      holders_[which] = waits_.wake_first(Wait::lock, which);
    }
  }
  bool has(const Core& core) const {
    const std::uint64_t which = lock_of(core.page);
    return which < holders_.size() && holders_[which] == &core;
  }

 private:
  Waits& waits_;
  std::vector<Core*> holders_;  ///< each says so itself (Core::locked)
};

}  // namespace dsmsim::legoos
