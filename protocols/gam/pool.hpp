#pragma once
// Recycled objects that never move: named by a small number in messages, pointed to by everything
// else. The most recently freed is taken first. T has two members that the pool sets,
// `std::uint32_t slot` and `bool in_use`; everything else of a recycled object is as it was left.

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
  T& operator[](std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const T& operator[](std::uint32_t slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
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
  static constexpr std::uint32_t kChunk = 64;
  std::size_t size() const { return chunks_.size() * kChunk; }
  void grow() {
    const auto first = static_cast<std::uint32_t>(chunks_.size()) * kChunk;
    chunks_.push_back(std::make_unique<T[]>(kChunk));
    for (std::uint32_t i = kChunk; i-- > 0;) {
      chunks_.back()[i].slot = first + i;
      free_.push_back(first + i);
    }
  }
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace dsmsim::gam
