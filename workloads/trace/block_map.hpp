#pragma once
// Numbers the blocks of an address space densely, in the order in which they are first touched.

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace dsmsim {

class BlockMap {
 public:
  /// The number of the block; the next free one if it was never asked for.
  std::uint64_t number(std::uint64_t block) {
    Recent& recent = recent_[block % kRecent];
    if (recent.block != block) {
      recent = {block, numbers_.emplace(block, numbers_.size()).first->second};
    }
    return recent.number;
  }
  std::uint64_t count() const { return numbers_.size(); }

 private:
  static constexpr std::size_t kRecent = 1 << 14;
  struct Recent {
    std::uint64_t block = static_cast<std::uint64_t>(-1);  // none has this number
    std::uint64_t number = 0;
  };
  std::unordered_map<std::uint64_t, std::uint64_t> numbers_;
  std::vector<Recent> recent_ = std::vector<Recent>(kRecent);
};

}  // namespace dsmsim
