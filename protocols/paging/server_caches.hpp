#pragma once
// The CPU caches of all servers (cpu_caches.hpp), for who knows which bytes a thread refers to.
// Those of a server are made when they are used for the first time.

#include <memory>

#include "protocols/paging/cpu_caches.hpp"

namespace dsmsim::paging {

class ServerCaches {
 public:
  /// Without options there are none.
  ServerCaches(const std::optional<CpuCacheOptions>& options, std::size_t servers,
               std::uint32_t cores)
      : options_(options), cores_(cores), caches_(servers) {}

  bool exist() const { return options_.has_value(); }
  CpuCaches& of(NodeId server) {
    std::unique_ptr<CpuCaches>& caches = caches_[server.index()];
    if (!caches) {
      caches = std::make_unique<CpuCaches>(*options_, cores_);
    }
    return *caches;
  }
  /// Null: none, or nothing has been used there.
  const CpuCaches* find(NodeId server) const { return caches_[server.index()].get(); }

  struct Touch {
    bool memory = false;  ///< some of it has come from there
    Duration time;        ///< without what memory takes
  };
  /// Lines of one reference come one after the other from where the first of the slowest comes
  /// from. Calls write_back(line) for what leaves the caches modified.
  template <class WriteBack>
  Touch touch(NodeId server, ThreadId thread, VirtualAddress begin, Bytes length, bool writes,
              WriteBack write_back) {
    CpuCaches& caches = of(server);
    const std::uint32_t core = caches.core_of(thread);
    const std::uint64_t first = begin.count() / CpuCaches::kLine.count();
    const std::uint64_t last =
        (begin + std::max(length, Bytes(1)) - Bytes(1)).count() / CpuCaches::kLine.count();
    auto slowest = CpuCaches::Level::l1;
    for (std::uint64_t line = first; line <= last; ++line) {
      slowest = std::max(slowest, caches.access(core, line, writes, write_back));
    }
    const Duration reach = caches.latency(slowest);
    if (slowest == CpuCaches::Level::memory) {
      return {true, reach};
    }
    const auto others = static_cast<std::int64_t>(last - first);
    return {false, reach + caches.latency(CpuCaches::Level::l1) * others};
  }
  /// These bytes are in no cache of the server any more. Calls write_back(line) for those that were
  /// modified.
  template <class WriteBack>
  void drop(NodeId server, VirtualAddress begin, Bytes length, WriteBack write_back) {
    if (const auto& caches = caches_[server.index()]) {
      caches->drop(begin.count() / CpuCaches::kLine.count(),
                   length.count() / CpuCaches::kLine.count(), write_back);
    }
  }

  void reset_counters() {
    for (const auto& caches : caches_) {
      if (caches) {
        caches->reset_counters();
      }
    }
  }
  void fingerprint(Fingerprint& into) const {
    for (const auto& caches : caches_) {
      if (caches) {
        caches->fingerprint(into);
      }
    }
  }

 private:
  std::optional<CpuCacheOptions> options_;
  std::uint32_t cores_;
  std::vector<std::unique_ptr<CpuCaches>> caches_;  ///< by server
};

}  // namespace dsmsim::paging
