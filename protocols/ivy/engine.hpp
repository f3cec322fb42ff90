#pragma once
// IVY: the classic page-based distributed shared memory (Li and Hudak, "Memory Coherence in Shared
// Virtual Memory Systems", ACM TOCS 7(4), 1989), with a fixed distributed manager.
//
// Every server runs threads, is home of its partition of the address space and maps pages of
// others. The protocol is the page directory's (protocols/paging/directory.hpp); this class maps
// pages, pays for faults and messages, and hands out memory. README.md is the protocol on one page.

#include <map>

#include "protocols/ivy/options.hpp"
#include "protocols/paging/directory.hpp"
#include "protocols/paging/paged_engine.hpp"
#include "protocols/paging/set_cache.hpp"

namespace dsmsim {

std::span<const MutantRow> ivy_mutants();

class IvyEngine final : public paging::PagedEngine,
                        private paging::PageHolder,
                        private MessageHandler {
 public:
  IvyEngine(EngineContext context, IvyOptions options);

  void reset_counters() override;
  void report(nlohmann::ordered_json& counters) const override;
  void check_quiescent() const override { directory_.check_quiescent(); }

  const paging::Directory& directory() const { return directory_; }

 private:
  using Frame = paging::Frame;
  using PageNumber = paging::PageNumber;

  /// A thread that waits for memory of another server.
  struct Ask {
    Gate gate;
    std::optional<paging::VirtualAddress> address;
  };
  enum class MemoryMessageKind : std::uint8_t { allocate, allocated, release };
  struct MemoryMessage {
    MemoryMessageKind kind;
    ThreadId thread;
    Bytes size;
    std::optional<paging::VirtualAddress> address;
  };

  // PagedEngine
  Task<> fault(Thread& thread, PageNumber page, paging::Permission wanted) override;
  Task<> allocate(Thread& thread, Op& op) override;
  Task<> release(Thread& thread, Op& op, paging::VirtualAddress address, Bytes size) override;
  // PageHolder
  Frame* held(NodeId server, PageNumber page) override { return find(server, page); }
  Frame& receive(NodeId server, PageNumber page, Duration& spent) override;
  void withdraw(NodeId server, Frame& frame) override;
  void map_own(NodeId home, Frame& frame) override { map(home, frame); }
  // MessageHandler
  Duration service_time(const Delivery&) override { return options_.costs.service; }
  Duration handle(const Delivery& message) override;
  // Inspection
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId) const override { return true; }
  void check_always() const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  const std::vector<std::string>& situations() const override {
    return paging::Directory::situations();
  }
  int situation(const Post& message) const override;

  bool is_crowded(NodeId server, const Frame& frame);
  void make_room(NodeId server, PageNumber page, Duration& spent);
  Task<std::optional<paging::VirtualAddress>> ask(Thread& thread, NodeId server, Bytes size);
  Duration post(NodeId from, NodeId to, const MemoryMessage& message, Tally* tally);
  Duration handle_memory(const Delivery& delivery);

  IvyOptions options_;
  SlabClasses classes_;
  std::vector<paging::Heap> heaps_;                   // by server
  std::vector<paging::SetCache<Frame>> caches_;       // by server
  std::vector<std::unique_ptr<WorkerPool>> workers_;  // by server; none in a cluster of one
  std::array<MessageTypeId, 3> memory_types_{};
  std::map<ThreadId, Ask> asks_;
  std::uint64_t evicted_copies_ = 0;
  std::uint64_t written_back_lines_ = 0;
  paging::Directory directory_;
};

}  // namespace dsmsim
