#pragma once
// LegoOS: one server computes (the pComponent) with a software-managed cache of pages, all others
// hold its memory (mComponents) (Shan et al., "LegoOS: A Disseminated, Distributed OS for Hardware
// Resource Disaggregation", OSDI 2018). README.md is the protocol in one page.
//
// This is the pComponent: what a fault does, and the process with its allocator. The memory servers
// are MemoryServer, the global memory manager is Manager, what carries their calls is Station.

#include <memory>
#include <vector>

#include "protocols/legoos/core.hpp"
#include "protocols/legoos/memory.hpp"
#include "protocols/paging/paged_engine.hpp"
#include "protocols/paging/set_cache.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim {

namespace legoos {

// clang-format off
#define LEGOOS_CORE_COUNTERS(COUNTER)                                                                    \
  COUNTER(Count, misses, "misses", "pages fetched")                                                      \
  COUNTER(Count, zero_fills, "zero_fills", "first touches")                                              \
  COUNTER(Count, evicted_clean, "evicted_clean", "clean lines that left")                                \
  COUNTER(Count, piggybacks, "piggybacks", "dirty lines that went with a miss")                          \
  COUNTER(Count, flushes, "flushes", "dirty lines that went alone")                                      \
  COUNTER(Count, abandoned, "abandoned_fills", "fills that found the page mapped")                       \
  COUNTER(Count, eviction_waits, "waits_for_eviction", "of a miss, for its page to have left")           \
  COUNTER(Count, line_waits, "waits_for_line", "of a miss, for a free line")                             \
  COUNTER(Count, sweep_waits, "waits_for_sweep", "of a miss, for the sweep of its set")                  \
  COUNTER(Count, victim_hits, "victim_hits", "misses that found their page in the victim cache")         \
  COUNTER(Count, victim_waits, "waits_for_victim_cache", "of an eviction, for room in the victim cache") \
  COUNTER(Count, lock_waits, "waits_for_page_table", "of a fill, for the lock of the page table")        \
  COUNTER(Count, maps, "mmaps", "calls of mmap")                                                         \
  COUNTER(Count, consults, "manager_consulted", "questions to the manager for a memory server")          \
  COUNTER(Count, reports, "reports", "of memory servers to the manager")                                 \
  COUNTER(Bytes, used, "memory_used", "in use on all memory servers")
// clang-format on
DSMSIM_COUNTERS(CoreCounters, LEGOOS_CORE_COUNTERS)
// clang-format off
#define LEGOOS_REPLICA_COUNTERS(COUNTER)                                             \
  COUNTER(Count, logged, "replicas_logged", "pages written to the logs of replicas") \
  COUNTER(Count, dropped, "replicas_dropped", "pages that the logs have given up")   \
  COUNTER(Count, stored, "stored_pages", "pages that storage has been sent")         \
  COUNTER(Count, recoveries, "recoveries", "memory servers that were replaced")
// clang-format on
DSMSIM_COUNTERS(ReplicaCounters, LEGOOS_REPLICA_COUNTERS)
struct Counters : CoreCounters, ReplicaCounters {};
/// Of memory by server, which is a group for itself.
inline constexpr CounterRow kMemoryRow = {"memory", "B",
                                          "by server: what is mapped there, and what is used"};

}  // namespace legoos

class LegoosEngine final : public paging::PagedEngine {
 public:
  using Counters = legoos::Counters;

  LegoosEngine(EngineContext context, LegoosOptions options);
  ~LegoosEngine() override;

  bool offers(OpKind kind) const override { return is_file(kind) && options_.files; }
  std::size_t compute_servers() const override { return 1; }
  std::optional<Bytes> capacity() const override { return capacity_; }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void check_quiescent() const override;

  // For tests.
  const Counters& counters() const { return counters_; }
  const legoos::MemoryServer& memory(std::uint32_t server) const {
    return *system_->memory[server];
  }
  const legoos::Storage& storage() const { return *system_->storage; }
  /// The memory server of a page.
  NodeId owner(paging::PageNumber page) const {
    return regions_[shape().start_of(page).count() / legoos::kRegion.count()];
  }

 private:
  using Core = legoos::Core;
  using Line = legoos::Line;
  using Wait = legoos::Wait;
  using PageNumber = paging::PageNumber;
  using VirtualAddress = paging::VirtualAddress;

  // fault.cpp
  Task<> fault(Thread& thread, PageNumber page, paging::Permission wanted) override;
  Task<> fill(Thread& thread, Core& core);
  Task<> fetch(Thread& thread, Core& core);
  void ask_for_page(Thread& thread, Core& core);
  Task<> answered(Tally* tally, Core& core);
  Task<> abandon(Thread& thread, Core& core);
  void map_line(Core& core, std::uint64_t contents, const CachedData& data);
  bool was_touched(PageNumber page) const { return touched_.find(page) != 0; }
  bool overtaken(const Core& core) const;
  static std::uint64_t lock_of(PageNumber page) {
    return page.value() / paging::PageMap<Line*>::kLeaf;
  }
  Task<> lock(Thread& thread, Core& core);
  void unlock(Core& core);

  // eviction.cpp
  Task<> take_line(Thread& thread, Core& core);
  void claim(Core& core, Line& line);
  void free_line(Core& core);
  Task<> evict(Thread& thread, Core& core, Line& victim);
  Task<> evict_by_list(Thread& thread, Core& core, Line& victim);
  Task<> evict_protected(Thread& thread, Core& core, Line& victim);
  void unmap_line(Line& line);
  Task<> flush(Tally* tally, Core& core, legoos::Stash dirty);
  Task<> flush_stash(Thread& thread, Core& core, legoos::Step step);
  bool evicting(PageNumber page) const;
  void end_eviction(PageNumber page);
  Duration shootdown(NodeId server) const;

  // replacement.cpp
  /// Null: all lines of the page's set are busy.
  Line* victim_for(PageNumber page);
  void sweep(PageNumber page);
  std::uint32_t lines_swept() const;
  Duration sweep_visit() const {
    return costs().sweep.set + costs().sweep.line * static_cast<std::int64_t>(lines_swept());
  }
  std::uint64_t sweeps_begun(std::size_t set) const;
  Duration rest_of_sweep(PageNumber page) const;

  // victims.cpp
  Task<> put_aside(Thread& thread, Core& core, Line& victim);
  /// Null: it is not in the victim cache.
  const legoos::Victim* victim_of(PageNumber page) const;
  bool drop_oldest_flushed();
  Task<> flush_victims();

  // recovery.cpp
  bool goes_on_without(NodeId server) override;
  void ask_secondary(Core& core, const legoos::Stash& dirty);
  Task<> replicate_as_released(Tally* tally, Core& core, legoos::Stash dirty);
  Task<> wait_for_owner(Tally* tally, Core& core, PageNumber page);
  std::uint64_t logged(NodeId secondary, PageNumber page) const;
  bool is_recoverable(PageNumber page) const;
  Task<> replace(NodeId server, NodeId substitute);

  // allocation.cpp
  Task<> allocate(Thread& thread, Op& op) override;
  Task<> release(Thread& thread, Op& op, VirtualAddress address, Bytes size) override;
  Task<> map_memory(Thread& thread, Core& core, Bytes length);

  // file_calls.cpp
  Task<> extra(Thread& thread, Op& op) override;
  Task<> call_file(Thread& thread, Core& core, Op& op, Bytes done);
  NodeId server_of(const Thread& thread, FileId file) const;
  void announce(PageNumber page);
  Task<> announce_pages();

  // Waiting. Who is woken looks again.
  auto wait(Core& core, Wait what, std::uint64_t which) {
    struct Awaiter {
      LegoosEngine& engine;
      legoos::Waiting waiting;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> handle) {
        waiting.handle = handle;
        engine.waiting_.push_back(waiting);
      }
      void await_resume() const {}
    };
    core.step = legoos::Step::waiting;
    return Awaiter{*this, {&core, what, which, {}}};
  }
  void wake_all(Wait what, std::uint64_t which);
  /// Null: nobody waits.
  Core* wake_first(Wait what, std::uint64_t which);
  bool waits(Wait what, std::uint64_t which) const;

  void report_memory(CounterReport& report) const;
  void report_files(CounterReport& report) const;
  Core& core_of(const Thread& thread);
  legoos::Station& station() const { return *system_->stations[0]; }
  const LegoosCosts& costs() const { return options_.costs; }
  bool mutated(std::string_view name) const { return system_->mutant.is(name); }

  // inspection.cpp
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId thread) const override;
  void check_always() const override;
  void check_cache() const;
  void check_log(PageNumber page) const;
  void check_evictions() const;
  void check_files(const legoos::MemoryServer& memory) const;
  std::vector<FileId> files_lost_with(NodeId server) const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  bool is_lost_with(NodeId server, PageNumber page) const;
  /// Evicted, and not yet at its memory server.
  bool is_leaving(PageNumber page) const;
  const std::vector<std::string>& situations() const override;
  int situation(const Post& post) const override;

  LegoosOptions options_;
  Counters counters_;
  std::unique_ptr<legoos::System> system_;
  paging::SetCache<Line> cache_;
  paging::PageMap<std::uint8_t> touched_;     ///< pages that are not to be filled with zeros
  std::vector<legoos::Eviction> evictions_;   ///< under way: the eviction lists of all sets
  std::vector<Core*> locks_;                  ///< who has the lock of each page of the page table
  std::vector<legoos::Waiting> waiting_;      ///< in the order of their coming
  std::vector<std::unique_ptr<Core>> cores_;  ///< by thread
  std::vector<NodeId> regions_;               ///< the pComponent's map of vRegions: their owners
  SlabClasses classes_;
  Bytes capacity_;  ///< of all memory servers, in whole pages
  paging::Heap heap_;
  std::vector<VirtualAddress> grants_;  ///< where each grant of the heap is
  std::vector<std::uint32_t> granted_;  ///< by address: which grant is there
  bool heap_locked_ = false;
  std::vector<std::uint64_t> swept_;     ///< by set: sweeps that have been looked at
  std::vector<legoos::Victim> victims_;  ///< the victim cache, the oldest first
  Core victim_flusher_;                  ///< the daemon that writes them back
  bool flushing_victims_ = false;
  std::uint64_t last_file_name_ = 0;       ///< of what is written to files, while nobody watches
  std::vector<PageNumber> first_touches_;  ///< to be announced
  legoos::Caller announcer_;               ///< the daemon that does
  NodeId replaced_;                        ///< the crashed server that is being replaced
  legoos::Caller replacing_;               ///< asks for that
};

}  // namespace dsmsim
