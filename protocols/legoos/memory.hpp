#pragma once
// A memory server ("mComponent"): the pages of the process that are its own, and what its workers
// do with requests (managers/memory: handle_pcache, handle_mmap.c, vm/).
//
// A page takes memory when it is first fetched or first written back, not when it is mapped; so
// first touches that the pComponent answers itself take none. Programs reach their files through
// it; a cache of them takes memory as it fills.

#include "protocols/legoos/buffer_cache.hpp"
#include "protocols/legoos/replica_log.hpp"
#include "protocols/legoos/system.hpp"
#include "protocols/paging/page_map.hpp"

namespace dsmsim::legoos {

class MemoryServer : private Service {
 public:
  struct Counters {
    std::uint64_t reports = 0;
    std::uint64_t maps = 0;
  };

  MemoryServer(System& system, NodeId server, Bytes memory);

  NodeId server() const { return station_->server(); }
  Bytes total() const { return memory_; }
  Bytes used() const {
    return kPage * pages_used_ + kBlock * (cache_ == nullptr ? 0 : cache_->blocks().size());
  }
  Bytes free() const { return total() - used(); }
  const Counters& counters() const { return counters_; }
  /// What it keeps for other memory servers.
  const ReplicaLog& log() const { return log_; }
  void reset_counters() {
    counters_ = {};
    log_.reset_counters();
    if (cache_ != nullptr) {
      cache_->counters() = {};
    }
  }
  /// Of files; null: it has none.
  BufferCache* cache() { return cache_.get(); }
  const BufferCache* cache() const { return cache_.get(); }
  /// Whether the page has memory here, and what that contains.
  bool holds(PageNumber page) const { return pages_.find(page).present; }
  std::uint64_t contents(PageNumber page) const { return pages_.find(page).contents; }

  /// Calls visit(page) for each page that has memory here.
  template <class Visit>
  void for_each_page(Visit visit) const {
    pages_.for_each([&visit](PageNumber page, const Page&) { visit(page); });
  }

  void fingerprint(Fingerprint& into) const;

 private:
  struct Page {
    std::uint64_t contents = 0;
    bool present = false;
    bool operator==(const Page&) const = default;
  };

  Task<> serve(Worker& worker) override;
  Task<> serve_page(Worker& worker);
  Task<> serve_mmap(Worker& worker);
  Task<> serve_map(Worker& worker);
  // replication.cpp
  Task<> serve_replica(Worker& worker);
  Task<> serve_recover(Worker& worker);
  Task<> flush_log();
  Task<> store_log_of(NodeId crashed);
  bool belongs_to(NodeId owner, PageNumber page) const;
  // files.cpp
  Task<> serve_file(Worker& worker);
  Task<> serve_zero_fill(Worker& worker);
  Task<std::uint64_t> access_cached(Worker& worker);
  Task<std::uint64_t> access_storage(Worker& worker);
  Task<> obtain(Worker& worker, const BlockPart& part, bool writes);
  Task<> make_room(Worker& worker, BlockId victim);
  Task<> bring(Worker& worker, const BlockPart& part, bool writes);
  Task<> write_back(Worker& worker, BlockId block);
  Task<> sync(Worker& worker, FileId file);
  Task<> wait_for_block(Worker& worker);
  void wake_waiting_for_blocks();
  bool is_usable(BlockId id) const;
  Task<> call(Worker& worker, NodeId to, Message message, Bytes bytes = {});
  /// The tree in which the memory will be: one that has room, or new vRegions. Sets `extended`.
  Task<VirtualAddress> find_room(Worker& worker, Bytes length, bool& extended);
  const LegoosService& service_of(const Message& request) const;
  /// What the first touch of a page adds to a request for it.
  Duration touch_cost(PageNumber page) const;
  std::uint64_t read(PageNumber page);
  void write(PageNumber page, std::uint64_t contents);
  Page& touch(PageNumber page);
  Message about_me(MessageKind kind) const;
  void report();

  System& system_;
  std::unique_ptr<Station>& station_;
  Bytes memory_;
  paging::PageMap<Page> pages_;
  std::uint64_t pages_used_ = 0;
  std::uint64_t requests_ = 0;  ///< misses and flushes, of all time: what reports tell
  Time reported_;               ///< no report before the end of the period that this is in
  Counters counters_;
  ReplicaLog log_;
  Caller flusher_;  ///< of the log
  std::unique_ptr<BufferCache> cache_;
  struct BlockWait {
    Worker* worker;
    std::coroutine_handle<> handle;
  };
  std::vector<BlockWait> block_waits_;    ///< for blocks that others use
  std::coroutine_handle<> recovering_{};  ///< waits until the log is flushed
};

}  // namespace dsmsim::legoos
