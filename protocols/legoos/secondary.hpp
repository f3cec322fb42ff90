#pragma once
// A memory server as the secondary of others: it logs what they are sent, stores its log, and takes
// the place of one that has crashed (section 4.5 of the paper; managers/memory/replica).

#include "protocols/legoos/address_space.hpp"
#include "protocols/legoos/page_store.hpp"
#include "protocols/legoos/replica_log.hpp"
#include "protocols/legoos/station.hpp"
#include "protocols/legoos/storage.hpp"

namespace dsmsim::legoos {

class Secondary {
 public:
  /// Reads from `storage` what has been answered; null: nothing is replicated. What it recovers it
  /// writes to `pages`, and becomes its owner in `space`.
  Secondary(Stations& stations, Station& station, const Storage* storage, AddressSpace& space,
            PageStore& pages);

  /// REPLICA and RECOVER.
  Task<> serve_replica(Worker& worker);
  Task<> serve_recover(Worker& worker);

  const ReplicaLog& log() const { return log_; }
  void reset_counters() { log_.reset_counters(); }
  void fingerprint(Fingerprint& into) const;

 private:
  Task<> flush_log();
  Task<> store_log_of(NodeId crashed);
  bool belongs_to(NodeId owner, PageNumber page) const {
    return space_.owner_of(kPage * page.value()) == owner;
  }
  const LegoosService& service_of(const Worker& worker) const {
    return system_.options.costs.*row_of(worker.job.message.kind).service;
  }

  const System& system_;
  const Servers& servers_;
  Station& station_;
  const Storage* storage_;
  AddressSpace& space_;
  PageStore& pages_;
  ReplicaLog log_;
  Caller flusher_;                        ///< of the log
  std::coroutine_handle<> recovering_{};  ///< waits until the log is flushed
};

}  // namespace dsmsim::legoos
