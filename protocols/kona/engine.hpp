#pragma once
// Kona: remote memory behind the cache coherence protocol of the CPU (Calciu et al., "Rethinking
// Software Runtimes for Disaggregated Memory", ASPLOS 2021). README.md is the protocol in one page.
//
// Server 0 computes; the others lend their memory, and one of them is the rack controller, too. An
// FPGA beside the CPU keeps blocks of remote memory in a set-associative cache (FMem) and sees
// which lines are modified; KLib evicts blocks by writing their dirty lines into a log at the
// memory nodes. Everything is in virtual addresses: a slab of them is kept at the same place by
// each of its memory nodes, so a block is known by its number everywhere.

#include <memory>
#include <vector>

#include "protocols/kona/log.hpp"
#include "protocols/kona/messages.hpp"
#include "protocols/kona/mutants.hpp"
#include "protocols/kona/options.hpp"
#include "protocols/paging/fault_handlers.hpp"
#include "protocols/paging/paged_engine.hpp"
#include "protocols/paging/remote_slabs.hpp"
#include "protocols/paging/set_cache.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/kit/worker_pool.hpp"

namespace dsmsim {

/// Since the measured part of the run began; what has to be looked at is set by report().
// clang-format off
#define KONA_COUNTERS(COUNTER)                                                                       \
  COUNTER(Count, fmem_blocks, "fmem_blocks", "frames of the cache")                                  \
  COUNTER(Count, misses, "misses", "blocks fetched")                                                 \
  COUNTER(Count, write_misses, "write_misses", "of these, for a store")                              \
  COUNTER(Count, merged, "merged_misses", "threads that joined a fetch")                             \
  COUNTER(Count, from_log, "fetches_from_log", "fetches that found lines of their block in the log") \
  COUNTER(Count, full_sets, "full_sets", "times a miss waited for a frame or a place for its fetch") \
  COUNTER(Count, evicted_clean, "evicted_clean", "blocks that left the cache clean")                 \
  COUNTER(Count, evicted_dirty, "evicted_dirty", "blocks that left it dirty")                        \
  COUNTER(Count, evicted_lines, "evicted_lines", "dirty lines of these")                             \
  COUNTER(Count, log_writes, "log_writes", "batches written to logs")                                \
  COUNTER(Count, stalls, "log_stalls", "times an evictor waited for room in a log")                  \
  COUNTER(Count, dirtied_blocks, "dirtied_blocks", "blocks that were or are dirty")                  \
  COUNTER(Count, dirtied_lines, "dirtied_lines", "lines that were or are dirty")                     \
  COUNTER(Count, page_faults, "page_faults", "kona-vm: of pages that were not mapped")               \
  COUNTER(Count, write_faults, "write_faults", "kona-vm: of pages that were mapped for reading")     \
  COUNTER(Count, shootdowns, "tlb_shootdowns", "kona-vm: pages unmapped on all cores")               \
  COUNTER(Count, slabs, "slabs", "of the memory nodes, in use")
// clang-format on
DSMSIM_COUNTERS(KonaCounters, KONA_COUNTERS)

class KonaEngine final : public paging::PagedEngine, private MessageHandler {
 public:
  /// Throws Error if the cluster has no memory nodes, or fewer than replicas.
  KonaEngine(EngineContext context, KonaOptions options);
  ~KonaEngine() override;

  std::size_t compute_servers() const override { return 1; }
  std::optional<Bytes> capacity() const override { return heap_.capacity(); }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void check_quiescent() const override;
  bool goes_on_without(NodeId server) override;

  const KonaOptions& options() const { return options_; }
  const KonaCounters& counters() const { return counters_; }
  /// Of blocks in FMem and of blocks evicted: pages with a dirty line, and dirty lines.
  std::uint64_t dirtied_blocks() const;
  std::uint64_t dirtied_lines() const;
  std::uint64_t frames() const { return cache_.frames(); }
  /// Null: none.
  const paging::CpuCaches* cpu_caches_of_programs() const { return cpu_caches(kCompute); }
  const kona::CacheLineLog& log_to(NodeId node) const { return *logs_[node.index()]; }

 private:
  using PageNumber = paging::PageNumber;
  using Permission = paging::Permission;
  using Contents = paging::Contents;
  using Frame = kona::FmemFrame;
  using Log = kona::CacheLineLog;
  using Image = paging::PageMap<Contents>;  ///< of a memory node's memory, by block

  // engine.cpp: from a miss to the mapped block.
  Task<> fault(Thread& thread, PageNumber block, Permission wanted) override;
  kona::Waiters* obstacle(PageNumber block);
  Task<> fetch(Thread& thread, PageNumber block, Permission wanted);
  Task<> fetch_rest(Frame& frame, PageNumber block, std::uint32_t line, Cause cause);
  std::optional<std::uint32_t> critical_line(const Thread& thread, PageNumber block) const;
  bool has_come(const paging::Frame& frame, Bytes offset, Bytes length) const override;
  Task<> read(kona::Fetch& fetch, Tally* tally);
  Task<> read_once(kona::Fetch& fetch, NodeId holder, Tally* tally, bool& failed);
  /// A mutant's.
  bool ignores_log(const Log& there, PageNumber block) const;
  void install(kona::Fetch& fetch);
  void install_rest(kona::Fetch& rest);
  void put_piece(Frame& frame, kona::Fetch& fetch) const;
  Bytes piece_size(kona::Piece piece) const;
  Task<> allow_writes(Thread& thread, PageNumber block);
  kona::Fetch* fetch_of(PageNumber block) const;
  Frame* leaving(PageNumber block) const;
  Frame* choose_frame(PageNumber block);
  static bool may_go(const Frame& frame) {
    return frame.use == kona::Use::resident && frame.page.valid() && frame.faults == 0;
  }
  Contents image_of(NodeId node, PageNumber block) const;

  // eviction.cpp: from a victim to its lines at the memory nodes.
  void expel(Frame& frame, PageNumber next);
  Task<> evict(Frame& frame);
  void snoop(Frame& frame) const;
  void written_back(NodeId server, paging::VirtualAddress line) override;
  Task<> log_lines(Frame& frame);
  Task<> write_page(Frame& frame);
  Task<> write_replica(Frame& frame, NodeId holder, Cause cause);
  void leave(Frame& frame);
  void append(Log& there, kona::LogEntry entry);
  void flush(Log& there);
  struct Timer {
    KonaEngine* engine;
    Log* log;
  };
  static void timeout(void* timer);
  void arm(Log& there);
  void acknowledge(Log& there, std::uint64_t end);

  // memory_node.cpp: the software of memory nodes and of the rack controller.
  Duration service_time(const Delivery& message) override;
  Duration handle(const Delivery& message) override;
  Duration apply(Log& there, std::uint64_t end);
  void put(NodeId node, const kona::LogEntry& entry);

  // allocation.cpp
  Task<> allocate(Thread& thread, Op& op) override;
  Task<> release(Thread& thread, Op& op, paging::VirtualAddress address, Bytes size) override;
  std::uint64_t slabs_in_use() const;
  void request_slabs(std::uint64_t count);
  Duration grant(std::uint64_t count);

  // fingerprint.cpp
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& post, Fingerprint& into) const override;
  void fingerprint_frames(Fingerprint& into) const;

  // inspection.cpp
  bool forgets(ThreadId) const override { return true; }
  void check_always() const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  void check_frames() const;
  void check_inclusion() const;
  void check_log(const Log& log) const;
  void check_images() const;
  bool is_lost_with(NodeId server, PageNumber block) const;

  // situations.cpp
  const std::vector<std::string>& situations() const override;
  int situation(const Post& post) const override;

  static constexpr NodeId kCompute = NodeId(0);
  static constexpr std::uint8_t kAllowing =
      1;  ///< stage of a fault: a first store is being allowed
  bool pages_fault() const { return options_.variant == KonaVariant::kona_vm; }
  bool mutated(std::string_view name) const { return mutant_.is(name); }
  std::span<const NodeId> holders(PageNumber block) const {
    return slabs_.holders(slabs_.slab_of(shape().start_of(block)));
  }
  Log& log_of(NodeId node) { return *logs_[node.index()]; }

  KonaOptions options_;
  Mutant mutant_;
  Fabric& fabric_;
  kona::MessageTypes types_;
  NodeId controller_;
  SlabClasses heap_classes_;
  paging::RemoteSlabs slabs_;  ///< the controller's table; KLib knows what it has been granted
  paging::Heap heap_;
  paging::SetCache<Frame> cache_;
  std::vector<kona::Fetch*> fetches_;  ///< under way
  std::vector<kona::Fetch*> rests_;    ///< the same: of blocks whose critical line comes first
  std::vector<Frame*> evictions_;      ///< under way, in order
  Semaphore evictors_;
  paging::FaultHandlers fault_handlers_;
  kona::Waiters room_;    ///< threads that wait for a frame, or for a place for a fetch
  kona::Waiters grants_;  ///< threads that wait for slabs
  std::uint64_t granted_ = 0;
  std::uint64_t requested_ = 0;                       ///< and not granted yet
  std::vector<std::unique_ptr<Log>> logs_;            ///< by server; none at server 0
  std::vector<Image> images_;                         ///< by server
  std::vector<Timer> timers_;                         ///< by server
  std::vector<std::unique_ptr<WorkerPool>> workers_;  ///< by server
  KonaCounters counters_;
};

}  // namespace dsmsim
