#pragma once
// Recycled objects that never move: named by a small number in messages, pointed to by everything
// else. The most recently freed is taken first. T has two members that the pool sets,
// `std::uint32_t slot` and `bool in_use`; everything else of a recycled object is as it was left.

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

namespace dsmsim::gam {

template <class T>
class Pool {
 public:
  T& take() {
    if (free_.empty()) {
      grow();
    }
    T& object = (*this)[free_.back()];
    free_.pop_back();
    object.in_use = true;
    return object;
  }
  void give_back(T& object) {
    object.in_use = false;
    free_.push_back(object.slot);
  }
  T& operator[](std::uint32_t slot) {
    const std::size_t chunk = chunk_of(slot);
    return chunks_[chunk][slot - first_of(chunk)];
  }
  const T& operator[](std::uint32_t slot) const {
    const std::size_t chunk = chunk_of(slot);
    return chunks_[chunk][slot - first_of(chunk)];
  }
  std::size_t in_use() const { return size() - free_.size(); }
  /// By slot.
  template <class Visit>
  void for_each(Visit visit) const {
    std::size_t left = in_use();
    for (std::uint32_t slot = 0; left > 0 && slot < size(); ++slot) {
      const T& object = (*this)[slot];
      if (object.in_use) {
        --left;
        visit(object);
      }
    }
  }

 private:
  // Chunks of 4, 8, 16, 32, 64, 64, ...: what is explored needs few and is copied often.
  static constexpr std::uint32_t kSmallest = 4;
  static constexpr std::uint32_t kLargest = 64;
  static constexpr std::uint32_t kGrowing = 4;  // chunks smaller than the largest
  static constexpr std::uint32_t kInGrowing = kLargest - kSmallest;
  static std::size_t chunk_of(std::uint32_t slot) {
    return slot < kInGrowing ? static_cast<std::size_t>(std::bit_width(slot / kSmallest + 1) - 1)
                             : kGrowing + (slot - kInGrowing) / kLargest;
  }
  static std::uint32_t first_of(std::size_t chunk) {
    const auto number = static_cast<std::uint32_t>(chunk);
    return number < kGrowing ? (kSmallest << number) - kSmallest
                             : kInGrowing + (number - kGrowing) * kLargest;
  }
  std::uint32_t size() const { return first_of(chunks_.size()); }
  void grow() {
    const std::uint32_t first = size();
    const std::uint32_t count = first_of(chunks_.size() + 1) - first;
    chunks_.push_back(std::make_unique<T[]>(count));
    for (std::uint32_t i = count; i-- > 0;) {
      chunks_.back()[i].slot = first + i;
      free_.push_back(first + i);
    }
  }
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace dsmsim::gam
