#pragma once
// The cache of files on a memory server (managers/memory/pgcache: a hash of path and position,
// eviction.c). It knows what is in it and what may go; who brings and writes back blocks is the
// memory server (files.cpp), which calls this.
//
// Blocks that a program has written are dirty until the storage server has them; each file has a
// list of its dirty blocks, in the order in which they became so. A block is busy while the storage
// server is asked to read or to write it: nobody else may use it then.

#include <map>
#include <vector>

#include "protocols/legoos/file_blocks.hpp"

namespace dsmsim::legoos {

class BufferCache {
 public:
  struct Counters {
    std::uint64_t hits = 0;         ///< blocks that a request has found
    std::uint64_t read = 0;         ///< blocks that came from storage
    std::uint64_t overwritten = 0;  ///< blocks that came into being by a write of the whole block
    std::uint64_t written = 0;      ///< blocks that went to storage
    std::uint64_t evicted = 0;
    std::uint64_t waits = 0;  ///< for blocks that were busy
  };
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
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }

  /// Null: it is not here.
  Block* find(BlockId block);
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
  Counters counters_;
};

}  // namespace dsmsim::legoos
