#pragma once
// Memory for tables of millions of rows that are used in no order: on huge pages, where Linux has
// them for who asks (/sys/kernel/mm/transparent_hugepage/enabled: madvise or always). A table of
// 1 GB on pages of 4 KiB misses the TLB at every look, which takes longer than the look.

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace dsmsim {

/// For a container's allocator. Small tables are as they would be without it.
template <class T>
struct HugePages {
  using value_type = T;
  static constexpr std::size_t kPage = std::size_t{2} << 20;

  HugePages() = default;
  template <class Other>
  HugePages(const HugePages<Other>&) {}  // NOLINT(google-explicit-constructor): allocators convert

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kPage) {
      return static_cast<T*>(::operator new(bytes));
    }
    const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
    void* const memory = ::operator new(whole, std::align_val_t(kPage));
    madvise(memory, whole, MADV_HUGEPAGE);  // advice: where it is not taken, all is as before
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) {
    if (count * sizeof(T) < kPage) {
      ::operator delete(memory);
    } else {
      ::operator delete(memory, std::align_val_t(kPage));
    }
  }
  bool operator==(const HugePages&) const { return true; }
};

}  // namespace dsmsim
