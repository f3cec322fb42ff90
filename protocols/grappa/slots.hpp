#pragma once
// Recycled records, named by small numbers: the messages and packets of Grappa, of which millions
// live and die. Records never move; the one freed last is taken first, and is as it was left.

#include <cstdint>
#include <memory>
#include <vector>

namespace dsmsim::grappa {

/// No record: the end of a list.
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

template <class T>
class Slots {
 public:
  std::uint32_t take() {
    if (free_.empty()) {
      grow();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(std::uint32_t slot) { free_.push_back(slot); }
  T& operator[](std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const T& operator[](std::uint32_t slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  std::size_t in_use() const { return chunks_.size() * kChunk - free_.size(); }

  /// Every record, in use or not; by slot.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& chunk : chunks_) {
      for (std::uint32_t i = 0; i < kChunk; ++i) {
        visit(chunk[i]);
      }
    }
  }

 private:
  static constexpr std::uint32_t kChunk = 16;  // small: what is explored is copied often
  void grow() {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<T[]>(kChunk));
    for (std::uint32_t i = kChunk; i-- > 0;) {
      free_.push_back(first + i);
    }
  }
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace dsmsim::grappa
