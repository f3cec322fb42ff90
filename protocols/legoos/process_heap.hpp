#pragma once
// The program's allocator, and the memory that it has got from the system so far, grant by grant.
// Its objects have offsets in the heap, and addresses where the grants are. Asks for nothing: who
// allocates sees to it that what is missing is mapped (allocation.cpp).

#include <optional>
#include <vector>

#include "protocols/paging/heap.hpp"

namespace dsmsim::legoos {

class ProcessHeap {
 public:
  /// `capacity`: of the address space.
  ProcessHeap(Bytes page, Bytes grant, Bytes capacity)
      : grant_(grant),
        classes_(paging::heap_classes(page, grant)),
        heap_(classes_, Bytes(0), capacity) {}
  ProcessHeap(const ProcessHeap&) = delete;
  ProcessHeap& operator=(const ProcessHeap&) = delete;

  Bytes used() const { return heap_.used(); }
  /// An offset; nothing, if there is no room.
  std::optional<Bytes> allocate(Bytes size) { return heap_.allocate(size); }
  void release(paging::VirtualAddress address, Bytes size);
  /// What has to be mapped before all that is allocated is there: whole grants.
  Bytes missing() const;
  /// So much is at that address.
  void map(paging::VirtualAddress address, Bytes length);
  paging::VirtualAddress address_of(Bytes offset) const {
    return grants_[offset.count() / grant_.count()] + Bytes(offset.count() % grant_.count());
  }
  void fingerprint(Fingerprint& into) const;

 private:
  Bytes grant_;
  SlabClasses classes_;
  paging::Heap heap_;
  std::vector<paging::VirtualAddress> grants_;  ///< where each grant of the heap is
  std::vector<std::uint32_t> granted_;          ///< by address: which grant is there
};

}  // namespace dsmsim::legoos
