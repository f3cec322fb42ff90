#pragma once
// The protocol on one server: its part of the directory, its cache, and what they do when a thread
// accesses a block or a message comes.
//
// Every step is a plain function over explicit state that runs to its end at one moment: it looks
// at the block, changes its state, posts messages, and says how much CPU time that took (Step).
// What cannot go on is put into the block's queue and tried again when the transaction that it
// waits for has ended (section 4.1 of Cai et al.; gam/src/{local,remote}_request_cache.cc,
// pending_request.cc, cache.cc). requester.cpp and eviction.cpp are this server asking other
// homes, home.cpp and home_local.cpp are this server as a home, sharer.cpp is this server as owner
// or sharer of others' blocks, locks.cpp what locks add, witness.cpp what those are told who watch
// the data.
//
// fingerprint.cpp adds a node's state to a fingerprint; invariants.hpp is what holds at any time.
//
// Called by the engine for the threads of this server, and by its worker for messages; never from
// another node's step.

#include <memory>

#include "protocols/gam/cache.hpp"
#include "protocols/gam/directory.hpp"
#include "protocols/gam/mutants.hpp"
#include "protocols/gam/options.hpp"
#include "protocols/gam/transactions.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "sim/dsm/kit/worker_pool.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::gam {

class Node;
class Placement;

/// What all nodes of one engine share.
struct System {
  Simulation& simulation;
  Fabric* fabric;    ///< null in a cluster of one
  Traffic* traffic;  ///< the same
  const GamOptions& options;
  MessageTypes types;
  Placement& memory;
  Witness* witness;  ///< null: nobody watches the data
  Mutant mutant;
  Duration post;  ///< CPU time to post a request
  std::vector<std::unique_ptr<Node>> nodes;
  /// The values of words that atomic operations work on. A write permission is exclusive, so copies
  /// need not carry them.
  tsl::robin_map<GlobalAddress, std::uint64_t, AddressHash> words;
  Time last_ended;  ///< access that took a message or waited
  Time settled;     ///< the last write that nobody waited for took effect

  GlobalAddress block_of(GlobalAddress address) const { return address.block(options.block); }
};

/// One piece of work of a thread or of a worker, at one moment, and the CPU time that it takes,
/// spinning for locks included.
struct Step {
  Duration spent;
  Duration list_hold;  ///< how long the lock of an LRU list is held in it
  std::uint32_t new_lines = 0;
  std::uint32_t evicted = 0;
};

/// What an access costs by itself.
enum class Path : std::uint8_t { read, write, lock, unlock };
Path path_of(AccessKind kind);

struct Outcome {
  enum Kind : std::uint8_t { done, failed, pending } kind;
  std::uint64_t version = 0;
};

struct Counters {
  /// Blocks accessed: [home elsewhere][write][hit]
  std::uint64_t accesses[2][2][2] = {};
  std::uint64_t evicted_clean = 0;
  std::uint64_t evicted_dirty = 0;
  std::uint64_t invalidated = 0;  ///< copies given up for others
  std::uint64_t queued_local = 0;
  std::uint64_t queued_remote = 0;
  std::uint64_t reruns = 0;
  std::uint64_t lock_failures = 0;
  std::uint64_t late_evictions = 0;  ///< news of an eviction that home had overtaken

  void add(const Counters& other);
};

class Node : private MessageHandler {
 public:
  Node(System& system, NodeId id, std::uint64_t cache_limit);
  /// Of this machine's memory, what one of so many takes before anything happens.
  static Bytes table_size(std::size_t servers);

  NodeId id() const { return id_; }

  // For threads. What attempt() cannot do at once, start() sends for or queues.
  /// Whether attempt() would do the access, or fail at it, rather than answer pending.
  bool answers(const Access& access) const;
  /// Does what needs no message and no waiting; changes nothing if it answers pending.
  Outcome attempt(const Access& access, Step& step);
  Outcome start(const Access& access, Step& step);
  /// Whether the block and its bookkeeping are in the cache of the thread's core.
  bool is_warm(GlobalAddress block, const ThreadContext& thread) const {
    return thread.used == block && lock_of(block).user == thread.id;
  }
  /// The thread is about to run an access; how long it holds the lock of an LRU list if it hits.
  Duration list_hold(bool warm) const { return warm ? warm_list_hold_ : costs().list_lock; }
  /// The thread runs its path through the block, under the block's lock.
  void run(Path path, GlobalAddress block, ThreadContext& thread, Step& step);
  /// The same for an access; one that is to take a line runs that path instead.
  void run(const Access& access, ThreadContext& thread, Step& step);
  /// When the other threads have done with the block's lock.
  Time lock_free_at(GlobalAddress block) const { return lock_of(block).lock.free_at; }
  /// A chunk is taken from the slabs, or given back.
  void allocate(Step& step) { hold(allocator_, costs().allocate, step); }
  bool holds_lock(GlobalAddress block, std::uint32_t offset) const;
  /// Whether unlocking the block takes a step: somebody waits at it, or it is not to stay.
  bool awaited(GlobalAddress block) const {
    return queues_.has(block) || (!system_.options.caching && !is_home(block));
  }
  void unlock(GlobalAddress block, std::uint32_t offset, Step& step);
  /// After a step that took lines: if it could not make room for all, the timer will.
  void arm_timer(const Step& step);
  void ask_for_memory(NodeId server, Bytes size, const Access& access, Step& step);
  void free_elsewhere(GlobalAddress object, Bytes size, Step& step);
  void count(const Access& access, bool hit) {
    ++counters_.accesses[is_home(access.block) ? 0 : 1][access.is_write() ? 1 : 0][hit ? 1 : 0];
  }

  // For reports, checks and tests.
  const Directory& directory() const { return directory_; }
  const HomeMemory& memory() const { return memory_; }
  const Cache& cache() const { return cache_; }
  const Counters& counters() const { return counters_; }
  const Transactions& transactions() const { return transactions_; }
  const Shipments& shipments() const { return shipments_; }
  const BlockQueues& queues() const { return queues_; }
  const WorkerPool* worker() const { return worker_.get(); }
  void reset_counters();
  void fingerprint(Fingerprint& into) const;

 private:
  /// The lock of a bucket of the hash table of blocks, which the code holds through an access.
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
  /// Work under a spin lock: who holds it already goes first.
  void hold(FifoServer& lock, Duration work, Step& step) {
    step.spent = lock.reserve(now() + step.spent, work) + work - now();
  }
  Duration cost_of(Path path, bool home, bool warm) const;
  /// Of an access, if it begins at `start`; with what it spins for the allocator.
  Duration work_of(const Access& access, bool warm, Time start);
  void run(GlobalAddress block, Duration work, ThreadContext& thread, Step& step);
  void count_miss(const Access& access) {
    if (!access.counted) {
      count(access, false);
    }
  }
  bool is_home(GlobalAddress block) const { return block.home() == id_; }
  const GamCosts& costs() const { return system_.options.costs; }
  Time now() const { return system_.simulation.now(); }
  bool mutated(std::string_view name) const { return system_.mutant.is(name); }

  // node.cpp: posting, the worker, queues
  Post make_post(NodeId to, const Message& message, Tally* tally, Step& step);
  void send(NodeId to, const Message& message, Tally* tally, Step& step);
  void send_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                  Tally* tally, Step& step);
  void ship_block(NodeId to, const Message& message, Line& line, Cause cause, Tally* tally,
                  Step& step);
  Task<> ship(Post post, std::uint32_t shipment);
  Post make_block_post(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                       Tally* tally, Step& step);
  Effect store(NodeId to, const Message& message, std::uint64_t version, Cause cause) const;
  Duration service_time(const Delivery& delivery) override;
  Duration handle(const Delivery& delivery) override;
  void receive(const Request& request, Step& step);
  Transaction& begin(Transaction::Role role, MessageKind sent, GlobalAddress block);
  Transaction& answered(const Message& message);
  void end(Transaction& transaction) { transactions_.give_back(transaction.slot); }
  Outcome wait(const Access& access);
  void wait(const Request& request);
  void finish(const Access& access, Outcome outcome, const Step& step);
  void drain(GlobalAddress block, Step& step);
  void rerun(GlobalAddress block, Step& step);
  void forget(GlobalAddress block, Step& step);

  // requester.cpp
  bool answers_at_cache(const Access& access) const;
  bool answers(const Access& access, const Line& line) const;
  Outcome attempt_at_cache(const Access& access, Step& step);
  Outcome start_at_cache(const Access& access, Step& step);
  Outcome read_line(const Access& access, Line& line);
  Outcome write_line(const Access& access, Line& line);
  void miss(const Access& access, Step& step);
  void send_for(const Access& access, Line& line, MessageKind kind, Step& step);
  void on_data(Transaction& transaction, Step& step);
  void on_home_agreed(Transaction& transaction, Step& step);
  void on_reply(Transaction& transaction, const Request& request, Step& step);
  void end_handover(Transaction& transaction, Step& step);
  void end_read(Transaction& transaction, Step& step);
  void end_write(Transaction& transaction, Step& step);
  void undo(Transaction& transaction, Step& step);

  // eviction.cpp
  Line* victim_for_new(const Step& step);
  void evict(Line& line, Step& step);
  void on_written_back(Transaction& transaction, Step& step);
  void on_shipped(std::uint32_t shipment, Step& step);
  void arm_timer();
  static void on_timer(void* argument);

  // home_local.cpp
  bool answers_at_home(const Access& access) const;
  bool memory_is_valid(const Access& read, const DirectoryEntry& entry) const;
  bool overtakes_own_write(const Access& read, std::uint32_t transaction) const;
  Outcome attempt_at_home(const Access& access);
  Outcome start_at_home(const Access& access, Step& step);
  Outcome write_home(const Access& access);
  /// An access at home, if a lock or a fetch of its own has brought data that nobody has used.
  void use_brought(const Access& access);
  void forget_brought(DirectoryEntry& entry);
  void fetch(const Access& access, DirectoryEntry& entry, Step& step);
  void invalidate_all(const Access& access, DirectoryEntry& entry, Step& step);
  void end_home_access(Transaction& transaction, DirectoryEntry& entry, Step& step);

  // home.cpp
  void on_request(const Request& request, Step& step);
  void on_read(const Request& request, DirectoryEntry* entry, Step& step);
  void on_write(const Request& request, DirectoryEntry* entry, Step& step);
  void invalidate_others(const Request& request, DirectoryEntry& entry, Step& step);
  void forward(const Request& request, DirectoryEntry& entry, MessageKind kind, Step& step);
  bool needs_data(const Request& request, const DirectoryEntry& entry) const;
  void grant(const Request& request, DirectoryEntry& entry, bool with_data, Step& step);
  void on_clean_eviction(const Request& request, DirectoryEntry* entry);
  void on_write_back(const Request& request, DirectoryEntry* entry, Step& step);
  void on_answer(Transaction& transaction, const Request& request, Step& step);
  void end_forward(Transaction& transaction, DirectoryEntry& entry, Step& step);
  void on_memory(const Request& request, Step& step);

  // sharer.cpp
  void on_order(const Request& request, Step& step);
  void obey(const Request& request, Line& line, Step& step);
  void invalidate_upgrade(const Request& request, Line& line, Step& step);
  void give(const Request& request, Line& line, bool signalled, Step& step);
  void acknowledge(const Request& request, Step& step);
  Task<> drop_late(Line& line);

  // locks.cpp
  static bool can_lock(const Access& access, const LockTable& locks);
  Outcome take_lock(const Access& access, LockTable& locks, std::uint64_t version);
  void refuse(const Request& request, Step& step);
  void apply_atomic(const Access& access);

  // witness.cpp: names of contents
  Outcome see(const Access& access, std::uint64_t version) const {
    if (system_.witness != nullptr) [[unlikely]] {
      tell_read(access, version);
    }
    return {Outcome::done, version};
  }
  Outcome see_upgrading(const Access& access, const Line& line) const;
  /// The only place where contents get a new name: that of block `access.block` once it has been
  /// written, at this moment, on top of `base`.
  std::uint64_t commit(const Access& access, std::uint64_t base) {
    apply_atomic(access);
    return system_.witness == nullptr ? base + 1 : tell_write(access, base);
  }
  void tell_read(const Access& access, std::uint64_t version) const;
  std::uint64_t tell_write(const Access& access, std::uint64_t base) const;
  void tell_early_read(const Access& access, const Line& line) const;

  System& system_;
  NodeId id_;
  Directory directory_;
  HomeMemory memory_;
  Cache cache_;
  Transactions transactions_;
  Shipments shipments_;
  BlockQueues queues_;
  Counters counters_;
  std::unique_ptr<WorkerPool> worker_;
  std::vector<FifoServer>
      send_locks_;  // of the queue pairs, by peer; they keep the order of posting
  FifoServer allocator_;
  std::vector<BlockLock> block_locks_;
  Duration warm_list_hold_;
  std::uint64_t brought_ = 0;  ///< entries with data that have been brought and not used
  bool timer_armed_ = false;
};

}  // namespace dsmsim::gam
