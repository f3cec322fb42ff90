#pragma once
// A table by page number: two levels, as the last two of a page table. A leaf covers 512 pages, 2
// MiB of pages of 4 KiB, and comes into being with the first of them.

#include <array>
#include <memory>
#include <vector>

#include "protocols/paging/page.hpp"

namespace dsmsim::paging {

template <class T>
class PageMap {
 public:
  static constexpr std::uint64_t kLeaf = 512;

  /// A default T where nothing was stored.
  T find(PageNumber page) const {
    const T* const found = get(page);
    return found == nullptr ? T() : *found;
  }
  /// Null where nothing was stored near.
  const T* get(PageNumber page) const {
    const std::uint64_t leaf = page.value() / kLeaf;
    if (leaf >= leaves_.size() || !leaves_[leaf]) {
      return nullptr;
    }
    return &(*leaves_[leaf])[page.value() % kLeaf];
  }
  T& operator[](PageNumber page) {
    const std::uint64_t leaf = page.value() / kLeaf;
    if (leaf >= leaves_.size()) {
      leaves_.resize(leaf + 1);
    }
    if (!leaves_[leaf]) {
      leaves_[leaf] = std::make_unique<Leaf>();
    }
    return (*leaves_[leaf])[page.value() % kLeaf];
  }
  /// Calls visit(page, value) by page number, for every value that is not a default T.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t leaf = 0; leaf < leaves_.size(); ++leaf) {
      for (std::size_t i = 0; leaves_[leaf] && i < kLeaf; ++i) {
        if (!((*leaves_[leaf])[i] == T())) {
          visit(PageNumber(leaf * kLeaf + i), (*leaves_[leaf])[i]);
        }
      }
    }
  }

 private:
  using Leaf = std::array<T, kLeaf>;
  std::vector<std::unique_ptr<Leaf>> leaves_;
};

}  // namespace dsmsim::paging
