#pragma once
// The program's own allocator: where in the address space its objects are.
//
// A page-based system does not know objects; a malloc in the program carves them out of memory that
// it gets from the system in pages. Here that is a slab allocator (sim/dsm/kit/slab_allocator.hpp)
// over a range of the address space [base, base + capacity). Its classes are powers of two and
// multiples of the page, so an object that is no larger than a page lies within one.

#include <algorithm>
#include <optional>

#include "protocols/paging/page.hpp"
#include "sim/dsm/kit/slab_allocator.hpp"

namespace dsmsim::paging {

/// The classes of a heap for pages of that size. `grant` is what a class takes at a time.
inline SlabClasses heap_classes(Bytes page, Bytes grant) {
  return SlabClasses({.first_class = Bytes(16),
                      .growth = 2,
                      .page = std::max(page, grant),
                      .alignment = Bytes(8),
                      .block = page});
}

class Heap {
 public:
  /// `classes` must outlive the heap.
  Heap(const SlabClasses& classes, VirtualAddress base, Bytes capacity)
      : slabs_(classes, capacity), base_(base) {}

  /// Nothing if there is no room.
  std::optional<VirtualAddress> allocate(Bytes size) {
    const std::optional<Bytes> offset = slabs_.allocate(size);
    if (!offset) {
      return std::nullopt;
    }
    end_ = std::max(end_, *offset + size);
    return base_ + *offset;
  }
  void release(VirtualAddress address, Bytes size) { slabs_.release(address - base_, size); }

  Bytes used() const { return slabs_.used(); }
  Bytes capacity() const { return slabs_.capacity(); }
  /// No object has ever reached beyond this many bytes of the range: what the program has to have
  /// got from the system.
  Bytes end() const { return end_; }
  /// Adds what later allocations depend on.
  void fingerprint(Fingerprint& into) const {
    const auto& [slabs, base, end] = *this;
    slabs.fingerprint(into, base.count());
    into.add(end.count());
  }

 private:
  SlabAllocator slabs_;
  VirtualAddress base_;
  Bytes end_;
};

}  // namespace dsmsim::paging
