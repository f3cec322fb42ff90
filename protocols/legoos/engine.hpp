#pragma once
// LegoOS: one server computes (the pComponent) with a software-managed cache of pages, all others
// hold its memory (mComponents) (Shan et al., "LegoOS: A Disseminated, Distributed OS for Hardware
// Resource Disaggregation", OSDI 2018). README.md is the protocol in one page.
//
// This is the pComponent: what a fault does, and what programs ask for. It is put together of parts
// that own their state, and touches that only through them: the ExCache (ex_cache.hpp), what cores
// wait for (waits.hpp), evictions under way, locks of the page table, the victim cache, calls to
// memory servers (page_calls.hpp), the program's allocator, recovery. What other servers have is
// Remote, what carries calls is Station.

#include <memory>
#include <vector>

#include "protocols/legoos/ex_cache.hpp"
#include "protocols/legoos/first_touches.hpp"
#include "protocols/legoos/page_table_locks.hpp"
#include "protocols/legoos/process_heap.hpp"
#include "protocols/legoos/recovery.hpp"
#include "protocols/paging/paged_engine.hpp"

namespace dsmsim {

class LegoosEngine final : public paging::PagedEngine {
 public:
  using Counters = legoos::Counters;

  LegoosEngine(EngineContext context, LegoosOptions options);

  bool offers(OpKind kind) const override { return is_file(kind) && options_.files; }
  std::size_t compute_servers() const override { return 1; }
  std::optional<Bytes> capacity() const override { return capacity_; }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void check_quiescent() const override;

  // For tests.
  const Counters& counters() const { return counters_; }
  const legoos::MemoryServer& memory(std::uint32_t server) const { return *remote_.memory[server]; }
  const legoos::Storage& storage() const { return *remote_.storage; }
  /// The memory server of a page.
  NodeId owner(paging::PageNumber page) const { return regions_.owner(page); }

 private:
  using Core = legoos::Core;
  using Line = legoos::Line;
  using Wait = legoos::Wait;
  using PageNumber = paging::PageNumber;
  using VirtualAddress = paging::VirtualAddress;

  // fault.cpp
  Task<> fault(Thread& thread, PageNumber page, paging::Permission wanted) override;
  Task<> fill(Thread& thread, Core& core);
  Task<> abandon(Thread& thread, Core& core);
  void map_line(Core& core, std::uint64_t contents, const CachedData& data);
  bool was_touched(PageNumber page) const { return touched_.find(page) != 0; }
  bool overtaken(const Core& core) const;
  Task<> lock(Thread& thread, Core& core);

  // eviction.cpp
  Task<> take_line(Thread& thread, Core& core);
  void claim(Core& core, Line& line);
  void free_line(Core& core);
  Task<> evict(Thread& thread, Core& core, Line& victim);
  Task<> evict_by_list(Thread& thread, Core& core, Line& victim);
  Task<> evict_protected(Thread& thread, Core& core, Line& victim);
  Task<> put_aside(Thread& thread, Core& core, Line& victim);
  void unmap_line(Line& line);
  Duration shootdown(NodeId server) const;

  // allocation.cpp
  Task<> allocate(Thread& thread, Op& op) override;
  Task<> release(Thread& thread, Op& op, VirtualAddress address, Bytes size) override;
  Task<> map_memory(Thread& thread, Core& core, Bytes length);

  // file_calls.cpp
  Task<> extra(Thread& thread, Op& op) override;
  Task<> call_file(Thread& thread, Core& core, Op& op, Bytes done);
  NodeId server_of(const Thread& thread, FileId file) const;

  bool goes_on_without(NodeId server) override { return recovery_.goes_on_without(server); }
  void report_memory(CounterReport& report) const;
  void report_files(CounterReport& report) const;
  Core& core_of(const Thread& thread);
  const LegoosCosts& costs() const { return options_.costs; }
  bool mutated(std::string_view name) const { return system_.mutated(name); }

  // inspection.cpp
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId thread) const override;
  void check_always() const override;
  void check_cache() const;
  void check_log(PageNumber page) const;
  void check_evictions() const;
  void check_memory(const legoos::MemoryServer& memory) const;
  void check_files(const legoos::MemoryServer& memory) const;
  std::vector<FileId> files_lost_with(NodeId server) const override {
    return recovery_.files_lost_with(server);
  }
  std::vector<ObjectId> lost_with(NodeId server) const override;
  bool is_lost_with(NodeId server, PageNumber page) const;
  const std::vector<std::string>& situations() const override;
  int situation(const Post& post) const override;
  /// The core that has asked for what a reply answers, or null.
  const Core* core_that_called(const legoos::Message& reply) const;

  LegoosOptions options_;
  Counters counters_;
  legoos::Servers servers_;
  legoos::System system_;
  legoos::Stations stations_;
  legoos::Station station_;  ///< of the pComponent
  legoos::Remote remote_;
  Bytes capacity_;  ///< of all memory servers, in whole pages
  legoos::RegionMap regions_;
  legoos::Waits waits_;
  legoos::ExCache cache_;
  legoos::EvictionList evictions_;
  legoos::PageTableLocks locks_;
  legoos::PageCalls calls_;
  legoos::VictimCache victims_;
  legoos::ProcessHeap heap_;
  legoos::FirstTouches first_touches_;
  legoos::Recovery recovery_;
  paging::PageMap<std::uint8_t> touched_;     ///< pages that are not to be filled with zeros
  std::vector<std::unique_ptr<Core>> cores_;  ///< by thread
  bool heap_locked_ = false;                  ///< somebody has memory mapped for the heap
  std::uint64_t last_file_name_ = 0;          ///< of what is written to files, while nobody watches
};

}  // namespace dsmsim
