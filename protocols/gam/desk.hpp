#pragma once
// The desk of one server's threads: the paths that they run through the blocks, whether what they
// asked for was there, the news that it has come, and the memory that they want of others.
//
// Owns the locks of the buckets of the hash table of blocks, which the code holds through an
// access, and the allocator's. Knows neither directory nor cache.

#include "protocols/gam/port.hpp"
#include "protocols/gam/underway.hpp"

namespace dsmsim::gam {

class Desk {
 public:
  Desk(System& system, NodeId id, Port& port, Underway& underway, Counters& counters);
  /// What its locks take of this machine's memory.
  static Bytes table_size() { return Bytes(kBlockLocks * sizeof(BlockLock)); }

  /// Whether the block and its bookkeeping are in the cache of the thread's core.
  bool is_warm(GlobalAddress block, const ThreadContext& thread) const {
    return thread.used == block && lock_of(block).user == thread.id;
  }
  /// The thread is about to run an access; how long it holds the lock of an LRU list if it hits.
  Duration list_hold(bool warm) const { return warm ? warm_list_hold_ : costs().list_lock; }
  /// When the other threads have done with the block's lock.
  Time lock_free_at(GlobalAddress block) const { return lock_of(block).lock.free_at; }
  /// The thread runs its path through the block, under the block's lock.
  void run(Path path, GlobalAddress block, ThreadContext& thread, Step& step) {
    run(block, cost_of(path, is_home(block), is_warm(block, thread)), thread, step);
  }
  void run(GlobalAddress block, Duration work, ThreadContext& thread, Step& step);
  /// Of an access to a block that is here.
  Duration work_of(const Access& access, bool warm) const {
    return cost_of(path_of(access.kind), is_home(access.block), warm);
  }
  /// Of one that is to take a line, if it begins at `start`; with what it spins for the allocator.
  Duration work_of_miss(Time start);

  void count(const Access& access, bool hit) {
    ++counters_.accesses[is_home(access.block) ? 0 : 1][access.is_write() ? 1 : 0][hit ? 1 : 0];
  }
  void count_miss(const Access& access) {
    if (!access.counted) {
      count(access, false);
    }
  }
  /// An access that somebody waits for, or that is counted as pending, has ended.
  void finish(const Access& access, Outcome outcome, const Step& step);

  /// A chunk is taken from the slabs, or given back.
  void allocate(Step& step) { hold(allocator_, costs().allocate, system_.now(), step); }
  void ask_for_memory(NodeId server, Bytes size, const Access& access, Step& step);
  void free_elsewhere(GlobalAddress object, Bytes size, Step& step);
  /// MALLOC_REPLY
  void on_memory(Transaction& transaction, const Message& reply, const Step& step);

 private:
  struct BlockLock {
    FifoServer lock;
    ThreadId user;  ///< who has had it last, of the threads
  };
  /// The code has 2^21 buckets a table; two blocks share one as good as never, and seldom here.
  static constexpr std::size_t kBlockLocks = 1024;
  BlockLock& lock_of(GlobalAddress block) {
    return block_locks_[AddressHash()(block) % kBlockLocks];
  }
  const BlockLock& lock_of(GlobalAddress block) const {
    return block_locks_[AddressHash()(block) % kBlockLocks];
  }
  Duration cost_of(Path path, bool home, bool warm) const;
  bool is_home(GlobalAddress block) const { return block.home() == id_; }
  const GamCosts& costs() const { return system_.options.costs; }

  System& system_;
  NodeId id_;
  Port& port_;
  Underway& underway_;
  Counters& counters_;
  FifoServer allocator_;
  std::vector<BlockLock> block_locks_;
  Duration warm_list_hold_;
};

}  // namespace dsmsim::gam
