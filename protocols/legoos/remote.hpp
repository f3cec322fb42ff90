#pragma once
// All that other servers than the pComponent have. The pComponent asks them by messages alone; who
// checks, reports, or finds out what a crash has lost looks here.

#include "protocols/legoos/manager.hpp"
#include "protocols/legoos/memory.hpp"

namespace dsmsim::legoos {

struct Remote {
  Remote(Stations& stations, std::size_t servers, std::size_t regions, Bytes bytes);

  AddressSpace space;                ///< what home and owners keep
  std::unique_ptr<Storage> storage;  ///< null: neither replication nor files
  MemoryServers memory;              ///< by server; null: it is none
  Manager manager;

  /// Those that there are, crashed or not.
  template <class Visit>
  void for_each_memory(Visit visit) const {
    for (const auto& server : memory) {
      if (server != nullptr) {
        visit(*server);
      }
    }
  }
  void reset_counters();
  void fingerprint(Fingerprint& into) const;
};

}  // namespace dsmsim::legoos
