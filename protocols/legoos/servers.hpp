#pragma once
// Which server does what, and which have crashed and are done without. Plain state; who finds out
// that a server has crashed is the pComponent (recovery.hpp).

#include <vector>

#include "protocols/legoos/options.hpp"
#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::legoos {

class Servers {
 public:
  static constexpr NodeId kCompute = NodeId(0);

  /// `storage`: invalid, if there is none. All others but the pComponent have memory.
  Servers(const LegoosOptions& options, std::size_t servers, NodeId manager, NodeId storage);

  NodeId manager() const { return manager_; }
  NodeId storage() const { return storage_; }
  /// Of the process: the memory server that keeps its vRegions.
  NodeId home() const { return home_; }
  bool has_memory(NodeId server) const { return server != kCompute && server != storage_; }
  bool is_lost(NodeId server) const { return server.valid() && lost_[server.index()]; }
  /// Whether it is a memory server, and has not crashed.
  bool is_in_service(NodeId server) const { return has_memory(server) && !is_lost(server); }
  /// Who logs what a memory server is sent; invalid: nobody does.
  NodeId secondary_of(NodeId server) const;
  /// Memory servers in service, by number: the one after `server`, or the first after the last and
  /// after an invalid one.
  NodeId memory_after(NodeId server) const;
  std::size_t memory_servers() const;
  /// The memory server through which a file is reached: its blocks are in no other's cache.
  NodeId server_of(FileId file) const;

  /// The server has crashed. `substitute` does what it did for the process.
  void lose(NodeId server, NodeId substitute);
  void fingerprint(Fingerprint& into) const;

 private:
  const LegoosOptions& options_;
  NodeId manager_;
  NodeId storage_;
  NodeId home_;
  std::vector<bool> lost_;
};

}  // namespace dsmsim::legoos
