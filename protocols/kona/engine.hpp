#pragma once
// Kona: remote memory behind the cache coherence protocol of the CPU (Calciu et al., "Rethinking
// Software Runtimes for Disaggregated Memory", ASPLOS 2021). README.md is the protocol in one page.
//
// Server 0 computes; the others lend their memory, and one of them is the rack controller, too. An
// FPGA beside the CPU keeps blocks of remote memory in a set-associative cache (FMem) and sees
// which lines are modified; KLib evicts blocks by writing their dirty lines into a log at the
// memory nodes. Everything is in virtual addresses: a slab of them is kept at the same place by
// each of its memory nodes, so a block is known by its number everywhere.
//
// The class owns FMem and what is on its way there or from there: misses (misses.cpp) and evictions
// (eviction.cpp). What the other parts may touch their constructors say, each after those that it
// needs:
//
//   System       what all share: options, the network, what is counted
//   Slabs        memory for objects: KLib's Resource Manager and the rack controller
//   Logs         what is written back, on its way to the memory nodes
//   MemoryNodes  what is in their memory, and their receivers

#include <vector>

#include "protocols/kona/memory_nodes.hpp"
#include "protocols/kona/slabs.hpp"
#include "protocols/paging/fault_handlers.hpp"
#include "protocols/paging/paged_engine.hpp"
#include "protocols/paging/set_cache.hpp"

namespace dsmsim {

class KonaEngine final : public paging::PagedEngine, private MessageHandler {
 public:
  /// Throws Error if the cluster has no memory nodes, or fewer than replicas.
  KonaEngine(EngineContext context, KonaOptions options);

  std::size_t compute_servers() const override { return 1; }
  std::optional<Bytes> capacity() const override { return slabs_.heap().capacity(); }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void check_quiescent() const override;
  bool goes_on_without(NodeId server) override;

  const KonaOptions& options() const { return system_.options; }
  const KonaCounters& counters() const { return system_.counters; }
  /// Of blocks in FMem and of blocks evicted: pages with a dirty line, and dirty lines.
  std::uint64_t dirtied_blocks() const;
  std::uint64_t dirtied_lines() const;
  std::uint64_t frames() const { return cache_.frames(); }
  /// Null: none.
  const paging::CpuCaches* cpu_caches_of_programs() const { return cpu_caches(kona::kCompute); }
  const kona::CacheLineLog& log_to(NodeId node) const { return logs_.to(node); }

 private:
  using PageNumber = paging::PageNumber;
  using Permission = paging::Permission;
  using Contents = paging::Contents;
  using Frame = kona::FmemFrame;
  using Log = kona::CacheLineLog;

  // misses.cpp: from a miss to the mapped block.
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

  // eviction.cpp: from a victim to its lines at the memory nodes.
  void expel(Frame& frame, PageNumber next);
  Task<> evict(Frame& frame);
  void snoop(Frame& frame) const;
  void written_back(NodeId server, paging::VirtualAddress line) override;
  Task<> log_lines(Frame& frame);
  Task<> write_page(Frame& frame);
  Task<> write_replica(Frame& frame, NodeId holder, Cause cause);
  void leave(Frame& frame);

  // MessageHandler: the software of memory nodes, of the rack controller, and of KLib.
  Duration service_time(const Delivery& message) override;
  Duration handle(const Delivery& message) override;

  // allocation.cpp
  Task<> allocate(Thread& thread, Op& op) override;
  [[noreturn]] void refuse(const Thread& thread, const Op& op) const;
  Task<> release(Thread& thread, Op& op, paging::VirtualAddress address, Bytes size) override;

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

  static constexpr NodeId kCompute = kona::kCompute;
  /// Stage of a fault: a first store is being allowed.
  static constexpr std::uint8_t kAllowing = 1;
  bool pages_fault() const { return system_.options.variant == KonaVariant::kona_vm; }
  std::span<const NodeId> holders(PageNumber block) const {
    return slabs_.holders(shape().start_of(block));
  }

  kona::System system_;
  kona::Slabs slabs_;
  kona::Logs logs_;
  kona::MemoryNodes nodes_;
  paging::SetCache<Frame> cache_;
  std::vector<kona::Fetch*> fetches_;  ///< under way
  std::vector<kona::Fetch*> rests_;    ///< the same: of blocks whose critical line comes first
  std::vector<Frame*> evictions_;      ///< under way, in order
  Semaphore evictors_;
  paging::FaultHandlers fault_handlers_;
  kona::Waiters room_;  ///< threads that wait for a frame, or for a place for a fetch
};

}  // namespace dsmsim
