#pragma once
// What the parts of one engine share.

#include <memory>
#include <string>
#include <vector>

#include "protocols/legoos/address_space.hpp"
#include "protocols/legoos/station.hpp"
#include "sim/dsm/kit/mutants.hpp"

namespace dsmsim {
class Witness;
}

namespace dsmsim::legoos {

class Manager;
class MemoryServer;
class Storage;

struct System {
  /// `regions`: of the address space.
  System(Fabric& the_fabric, const LegoosOptions& the_options, Mutant the_mutant, NodeId manager_at,
         std::size_t servers, std::size_t regions);
  ~System();

  Fabric& fabric;
  const LegoosOptions& options;
  Mutant mutant;
  MessageTypes types;
  NodeId manager_server;
  NodeId home;         ///< of the process: the memory server that keeps its vRegions
  AddressSpace space;  ///< what home and owners keep
  std::vector<std::unique_ptr<Station>> stations;     ///< by server: pComponent, memory servers
  std::vector<std::unique_ptr<MemoryServer>> memory;  ///< by server; null: the pComponent
  std::unique_ptr<Manager> manager;
  std::unique_ptr<Storage> storage;  ///< null: neither replication nor files
  std::vector<bool> lost;            ///< by server: it has crashed, and is done without
  Witness* witness = nullptr;        ///< of what files contain

  EventQueue& queue() const { return fabric.simulation().queue(); }
  Duration post() const { return fabric.nic().post; }
  /// The station that a request goes to.
  Station& station_for(MessageKind kind, NodeId server) const;
  bool is_lost(NodeId server) const { return server.valid() && lost[server.index()]; }
  /// Whether it is a memory server, and has not crashed.
  bool is_in_service(std::size_t server) const {
    return memory[server] != nullptr && !lost[server];
  }
  /// Who logs what a memory server is sent; invalid: nobody does.
  NodeId secondary_of(NodeId server) const;
  /// Memory servers in service, by number: the one after `server`, or the first after the last and
  /// after an invalid one.
  NodeId memory_after(NodeId server) const;
  std::size_t memory_servers() const;
  /// Which memory servers have memory left, and how to have it used: for an error.
  std::string describe_free_memory() const;
  /// The memory server through which a file is reached: its blocks are in no other's cache.
  NodeId server_of(FileId file) const;
};

}  // namespace dsmsim::legoos
