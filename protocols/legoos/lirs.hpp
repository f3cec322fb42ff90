#pragma once
// Which block of the buffer cache goes: LIRS (Jiang and Zhang, "LIRS: An Efficient Low
// Inter-reference Recency Set Replacement Policy to Improve Buffer Cache Performance", SIGMETRICS
// 2002, section 3).
//
// A block is worth keeping if few others were used between its last two uses. Those with the least
// of that are LIR blocks, and stay. The others are HIR blocks: few of them are in the cache, in a
// queue of which the front goes first, and of some that have gone it is remembered when they were
// used. The stack has blocks in the order of their last use, down to the LIR block that was not
// used for the longest time: an HIR block that is used while it is in there has a shorter
// inter-reference recency than that one, and takes its place.
//
// As in the paper, what the stack remembers of blocks that are gone has no limit of its own.

#include <list>
#include <map>

#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::legoos {

using BlockId = Id<struct BlockTag, std::uint64_t>;

class Lirs {
 public:
  /// How many blocks of each kind are in the cache; one at least.
  Lirs(std::size_t lir, std::size_t hir) : most_lir_(lir), most_(lir + hir) {}

  std::size_t resident() const { return resident_; }
  bool is_full() const { return resident_ == most_; }
  bool is_resident(BlockId block) const;
  bool is_lir(BlockId block) const;

  /// A block in the cache is used.
  void use(BlockId block);
  /// A block that is not in the cache is used, and comes. The cache must not be full.
  void admit(BlockId block);
  /// The first block to go of those that may, or an invalid one.
  template <class MayGo>
  BlockId victim(MayGo may_go) const {
    for (const BlockId block : queue_) {
      if (may_go(block)) {
        return block;
      }
    }
    return {};
  }
  /// A block that is in the cache, and is no LIR block, goes.
  void evict(BlockId block);

  /// All that is known of blocks; the first in the stack was used last.
  const std::list<BlockId>& stack() const { return stack_; }
  const std::list<BlockId>& queue() const { return queue_; }
  void fingerprint(Fingerprint& into) const;

 private:
  struct Known {
    bool lir = false;
    bool resident = false;
    bool stacked = false;
    std::list<BlockId>::iterator in_stack = {};
    std::list<BlockId>::iterator in_queue = {};  ///< of resident HIR blocks
  };
  void raise(BlockId block, Known& known);
  void promote(Known& known);
  void prune();

  std::size_t most_lir_;
  std::size_t most_;
  std::size_t lir_ = 0;
  std::size_t resident_ = 0;
  std::map<BlockId, Known> known_;
  std::list<BlockId> stack_;
  std::list<BlockId> queue_;
};

}  // namespace dsmsim::legoos
