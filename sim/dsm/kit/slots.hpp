#pragma once
// Recycled records, named by small numbers: what an engine has under way, of which millions live
// and die. Records never move; the one freed last is taken first, and is as it was left.
//
// For everything that a number can name in a message and a pointer in memory; what is used in turn,
// or found by its size, needs another list of free things.

#include <cstdint>
#include <memory>
#include <vector>

namespace dsmsim {

/// No record: the end of a list of them.
inline constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

/// Memory is taken for `Chunk` records at a time. Few by default: states that are explored have
/// few, and are copied often.
template <class T, std::uint32_t Chunk = 4>
class Slots {
 public:
  std::uint32_t take() {
    if (free_ == kNoSlot) {
      grow();
    }
    const std::uint32_t slot = free_;
    free_ = next_[slot];
    next_[slot] = kInUse;
    ++in_use_;
    return slot;
  }
  void give_back(std::uint32_t slot) {
    next_[slot] = free_;
    free_ = slot;
    --in_use_;
  }
  T& operator[](std::uint32_t slot) { return chunks_[slot / Chunk][slot % Chunk]; }
  const T& operator[](std::uint32_t slot) const { return chunks_[slot / Chunk][slot % Chunk]; }

  bool is_in_use(std::uint32_t slot) const { return slot < next_.size() && next_[slot] == kInUse; }
  std::size_t in_use() const { return in_use_; }
  /// Calls visit(record) for all that are in use, by number.
  template <class Visit>
  void for_each(Visit visit) const {
    for_each_slot([&](std::uint32_t, const T& record) { visit(record); });
  }
  /// The same with visit(number, record).
  template <class Visit>
  void for_each_slot(Visit visit) const {
    std::size_t left = in_use_;
    for (std::uint32_t slot = 0; left > 0; ++slot) {
      if (next_[slot] == kInUse) {
        --left;
        visit(slot, (*this)[slot]);
      }
    }
  }

 private:
  static constexpr std::uint32_t kInUse = kNoSlot - 1;

  void grow() {
    const auto first = static_cast<std::uint32_t>(next_.size());
    chunks_.push_back(std::make_unique<T[]>(Chunk));
    for (std::uint32_t slot = first + 1; slot <= first + Chunk; ++slot) {
      next_.push_back(slot);
    }
    next_.back() = kNoSlot;
    free_ = first;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> next_;  // of a free record the free one after it, else kInUse
  std::uint32_t free_ = kNoSlot;     // the first
  std::uint32_t in_use_ = 0;
};

}  // namespace dsmsim
