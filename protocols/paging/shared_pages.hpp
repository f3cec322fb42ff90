#pragma once
// Shared virtual memory over a page directory (directory.hpp), for any choice of servers that
// compute and servers that are homes: IVY, where every server is both, and the extension that lets
// systems of far memory share writable memory across compute servers (sharing_options.hpp).
//
// Each compute server caches pages of other homes in frames of its own; the directory keeps them
// coherent. This class maps pages, pays for faults and messages, and hands out memory of the homes.
// An engine is a class that derives from it and says how it is set up.

#include <functional>
#include <map>

#include "protocols/paging/directory.hpp"
#include "protocols/paging/fault_handlers.hpp"
#include "protocols/paging/home_memory.hpp"
#include "protocols/paging/paged_engine.hpp"
#include "protocols/paging/set_cache.hpp"

namespace dsmsim::paging {

/// The servers `first` to `end` - 1.
std::vector<NodeId> servers_from(std::uint32_t first, std::uint32_t end);

/// CPU times of the software.
struct SharedPagesCosts {
  /// Of a thread whose server does not have the page: until the request is posted, and from the
  /// answer to its return.
  Duration fault;
  Duration upgrade;  ///< the same, of a thread whose server has it and may not write it
  /// Of these faults, beside what the thread does, by one of its server's threads that handle all.
  Duration handled_fault = {};
  Duration handled_upgrade = {};
  /// A server makes room: for the page that goes, and for each line that is written back.
  std::function<Duration(NodeId)> unmap;
  Duration take_line;
  /// Of a server's worker for a message, without posting.
  std::function<Duration(NodeId, PageMessageKind)> service;
  Duration put_line;    ///< the same, for each line of a write-back
  Duration memory;      ///< the same, of a message about memory
  Duration wake;        ///< the same, of a message to a thread that sleeps: until it goes on
  Duration allocation;  ///< or release of a chunk of the server's own memory
};

struct SharedPagesSetting {
  std::string name;            ///< for messages to people
  std::string_view extension;  ///< Engine::extension()
  Referencing referencing;
  std::uint32_t compute_servers;  ///< servers 0 to this one run threads
  std::vector<NodeId> homes;      ///< hold the memory; ascending
  Bytes cache;                    ///< of each compute server, for pages of other homes
  std::uint32_t ways;
  bool upgrades = true;              ///< who may read a page is not sent it again to write it
  bool dirty_lines_only = false;     ///< are written back; else whole pages
  std::uint32_t workers = 1;         ///< threads of a home that serve messages; others have one
  std::uint32_t fault_handlers = 1;  ///< of a compute server
  Bytes grant;                       ///< what a size class takes of a home's memory at a time
  SharedPagesCosts costs;
};

class SharedPages : public PagedEngine, private PageHolder, private MessageHandler {
 public:
  std::size_t compute_servers() const override { return setting_.compute_servers; }
  std::optional<Bytes> capacity() const override { return memory_.capacity(); }
  void reset_counters() override;
  void report(CounterReport& report) const override;
  void check_quiescent() const override { directory_.check_quiescent(); }
  std::string_view extension() const override { return setting_.extension; }

 protected:
  /// Throws Misfit if a server's memory is smaller than what a size class takes, or its cache than
  /// a page.
  SharedPages(EngineContext context, SharedPagesSetting setting);

 private:
  // PagedEngine
  Task<> fault(Thread& thread, PageNumber page, Permission wanted) override;
  Task<> allocate(Thread& thread, Op& op) override;
  Task<> release(Thread& thread, Op& op, VirtualAddress address, Bytes size) override;
  Duration wake(NodeId from, Thread& sleeper, std::coroutine_handle<> waiter,
                Duration spent) override;
  // PageHolder
  Frame* held(NodeId server, PageNumber page) override { return find(server, page); }
  Frame& receive(NodeId server, PageNumber page, Duration& spent) override;
  void withdraw(NodeId server, Frame& frame) override;
  void map_own(NodeId home, Frame& frame) override { map(home, frame); }
  // MessageHandler
  Duration service_time(const Delivery& message) override;
  Duration handle(const Delivery& message) override;
  // Inspection
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId) const override { return true; }
  void check_always() const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  const std::vector<std::string>& situations() const override { return Directory::situations(); }
  int situation(const Post& message) const override;

  bool is_crowded(NodeId server, const Frame& frame);
  void make_room(NodeId server, PageNumber page, Duration& spent);
  Duration handle_own(const Delivery& delivery);
  void on_wake(ThreadId thread);

  SharedPagesSetting setting_;
  MessageTypes<SharedMessageKind> types_;  // beside the directory's
  HomeMemory memory_;
  std::vector<SetCache<Frame>> caches_;               // by compute server
  std::vector<FaultHandlers> fault_handlers_;         // by compute server
  std::vector<std::unique_ptr<WorkerPool>> workers_;  // by server; none in a cluster of one
  std::map<ThreadId, std::coroutine_handle<>>
      sleepers_;                // the message that wakes them is under way
  DirectoryCounters counters_;  // that the directory does not count
  Mutant mutant_;
  Directory directory_;
};

}  // namespace dsmsim::paging
