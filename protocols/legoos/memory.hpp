#pragma once
// A memory server ("mComponent"): what its workers do with requests (managers/memory:
// handle_pcache, handle_mmap.c, vm/). Its pages are PageStore, what it does for other memory
// servers is Secondary, its files are FileServer; here are misses and flushes, the mapping of
// memory, and what it reports to the manager.

#include "protocols/legoos/file_server.hpp"
#include "protocols/legoos/secondary.hpp"

namespace dsmsim::legoos {

class MemoryServer : private Service {
 public:
  struct Counters {
    std::uint64_t reports = 0;
    std::uint64_t maps = 0;
  };

  /// Maps memory in `space`, which its home and the owners keep. `storage`: null, if there is none.
  /// `all`: for an error, which says who has memory left.
  MemoryServer(Stations& stations, AddressSpace& space, const Storage* storage,
               const MemoryServers& all, NodeId server, Bytes memory);

  NodeId server() const { return station_.server(); }
  const Counters& counters() const { return counters_; }
  void reset_counters();
  const PageStore& pages() const { return pages_; }
  Bytes used() const { return pages_.used(); }
  Bytes free() const { return pages_.free(); }
  /// Whether the page has memory here, and what that contains.
  bool holds(PageNumber page) const { return pages_.holds(page); }
  std::uint64_t contents(PageNumber page) const { return pages_.contents(page); }
  /// What it keeps for other memory servers.
  const ReplicaLog& log() const { return secondary_.log(); }
  /// Of files; null: it has none.
  const BufferCache* cache() const { return cache_.get(); }

  void fingerprint(Fingerprint& into) const;

 private:
  Task<> serve(Worker& worker) override;
  Task<> serve_page(Worker& worker);
  Task<> serve_zero_fill(Worker& worker);
  Task<> serve_mmap(Worker& worker);
  Task<> serve_map(Worker& worker);
  /// The tree in which the memory will be: one that has room, or new vRegions. Sets `extended`.
  Task<VirtualAddress> find_room(Worker& worker, Bytes length, bool& extended);
  const LegoosService& service_of(const Message& request) const {
    return system_.options.costs.*row_of(request.kind).service;
  }
  /// What the first touch of a page adds to a request for it.
  Duration touch_cost(PageNumber page) const;
  Message about_me(MessageKind kind) const;
  void report();

  const System& system_;
  const Servers& servers_;
  AddressSpace& space_;
  Station station_;
  std::unique_ptr<BufferCache> cache_;
  PageStore pages_;
  Secondary secondary_;
  FileServer files_;
  std::uint64_t requests_ = 0;  ///< misses and flushes, of all time: what reports tell
  Time reported_;               ///< no report before the end of the period that this is in
  Counters counters_;
};

}  // namespace dsmsim::legoos
