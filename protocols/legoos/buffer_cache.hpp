#pragma once
// The cache of files on a memory server (managers/memory/pgcache: a hash of path and position,
// eviction.c). It knows what is in it and what may go; who brings and writes back blocks is the
// memory server (file_server.hpp), which calls this.
//
// Blocks that a program has written are dirty until the storage server has them; each file has a
// list of its dirty blocks, in the order in which they became so. A block is busy while the storage
// server is asked to read or to write it: nobody else may use it then.

#include <map>
#include <vector>

#include "protocols/legoos/file_blocks.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::legoos {

// clang-format off
#define LEGOOS_BLOCK_COUNTERS(COUNTER)                                                                           \
  COUNTER(Count, hits, "block_hits", "parts of requests for files that found their block")                       \
  COUNTER(Count, read, "blocks_read", "blocks that came from storage")                                           \
  COUNTER(Count, overwritten, "blocks_overwritten", "blocks that came into being by a write of the whole block") \
  COUNTER(Count, written, "blocks_written", "blocks that went to storage")                                       \
  COUNTER(Count, evicted, "blocks_evicted", "blocks that left the buffer cache")                                 \
  COUNTER(Count, waits, "waits_for_block", "waits for blocks that were busy")
// clang-format on
DSMSIM_COUNTERS(BlockCounters, LEGOOS_BLOCK_COUNTERS)

class BufferCache {
 public:
  struct Block {
    FileBlock contents = {};
    FileBlock sent = {};  ///< while it is written back, what is
    bool dirty = false;
    bool busy = false;
  };
  using Blocks = std::map<BlockId, Block>;

  /// LIR and HIR blocks are in the proportion of the released code, 15,872 to 512 (eviction.c:14).
  explicit BufferCache(Bytes size);

  const Blocks& blocks() const { return blocks_; }
  const Lirs& policy() const { return policy_; }
  BlockCounters& counters() { return counters_; }
  const BlockCounters& counters() const { return counters_; }

  /// Null: it is not here.
  Block* find(BlockId block);
  const Block* find(BlockId block) const;
  bool is_full() const { return policy_.is_full(); }
  /// The block that goes next; invalid: those that could are busy.
  BlockId victim() const;
  void use(BlockId block) { policy_.use(block); }
  /// A busy block with zeros in it.
  Block& admit(BlockId block);
  void evict(BlockId block);

  void soil(BlockId block);
  void clean(BlockId block);
  /// Of a file, the first to become dirty first.
  std::vector<BlockId> dirty_blocks(FileId file) const;
  std::vector<FileId> dirty_files() const;

  /// Throws Error(ExitCode::incoherent) unless dirty blocks and lists agree, and all blocks are
  /// known to the policy.
  void check() const;
  void fingerprint(Fingerprint& into) const;

 private:
  Lirs policy_;
  Blocks blocks_;
  std::map<FileId, std::vector<BlockId>> dirty_;  ///< files without dirty blocks are not in it
  BlockCounters counters_;
};

}  // namespace dsmsim::legoos
