#pragma once
// What the pComponent does when a memory server has crashed (section 4.5 of the paper): whoever
// waits for it gives up, and its secondary takes its place, if all of its pages were logged.

#include "protocols/legoos/remote.hpp"
#include "protocols/legoos/victim_cache.hpp"

namespace dsmsim::legoos {

class Recovery {
 public:
  /// Says in `servers` who is lost, and reads `regions` anew when the crashed server is replaced.
  Recovery(Stations& stations, Station& station, Servers& servers, RegionMap& regions, Waits& waits,
           const Remote& remote, const EvictionList& evictions, const VictimCache& victims,
           Counters& counters);

  /// A memory server that is replicated, unless something of it was not logged. One at a time:
  /// while a server is being replaced another must not fail. The manager and the storage server are
  /// needed for that; that they keep what they have is for others to see to.
  bool goes_on_without(NodeId server);
  /// Whether replaying gives what the memory server has. What is on its way to both does not count:
  /// it is sent again, or has been answered and is logged unless the log was full.
  bool is_recoverable(PageNumber page) const;
  /// Evicted, and not yet at its memory server.
  bool is_leaving(PageNumber page) const {
    return evictions_.contains(page) || victims_.is_leaving(page);
  }
  /// What is only in the server's buffer cache. The storage server's device outlives it.
  std::vector<FileId> files_lost_with(NodeId server) const;
  void fingerprint(Fingerprint& into) const;

 private:
  bool is_survivable(NodeId server) const;
  std::uint64_t logged(NodeId secondary, PageNumber page) const;
  Task<> replace(NodeId server, NodeId substitute);

  Stations& stations_;
  const System& system_;
  Station& station_;
  Servers& servers_;
  RegionMap& regions_;
  Waits& waits_;
  const Remote& remote_;
  const EvictionList& evictions_;
  const VictimCache& victims_;
  Counters& counters_;
  NodeId replaced_;   ///< the crashed server that is being replaced
  Caller replacing_;  ///< asks for that
};

}  // namespace dsmsim::legoos
