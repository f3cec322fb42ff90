#pragma once
// The servers: cores with user-level threads scheduled on them, and a partition of DRAM each.
//
// Threads are cooperative (as in DRust's runtime, OSDI'24 section 4.2.1): one runs until it waits.
// A server with no more threads than cores never queues and pays nothing for the possibility.

#include <memory>
#include <vector>

#include "sim/fabric/fabric.hpp"

namespace dsmsim {

/// What the simulated servers are made of; all alike.
struct ServerProfile {
  std::uint32_t cores = 16;
  Bytes memory = Bytes(std::uint64_t{16} << 30);  ///< the partition of the global heap
  Duration memory_latency;  ///< one access to local DRAM that misses the CPU's caches
  Rate memory_bandwidth;    ///< of one core, for what an access touches beyond the first cache line
  Duration context_switch;  ///< from one user-level thread to another
  double clock_ghz = 2.6;   ///< turns the instruction counts of traces into time
  config::Sources sources;

  /// CPU time to touch `length` bytes of local DRAM.
  Duration touch(Bytes length) const {
    constexpr Bytes line(64);
    return length <= line ? memory_latency : memory_latency + (length - line) / memory_bandwidth;
  }
};

void describe(config::Fields& fields, ServerProfile& profile);

/// The cores of one server: at most `cores` threads hold one, the others queue first come, first
/// served.
///
/// A thread that waits while there are cores enough keeps its own (begin_wait, end_wait), which
/// costs nothing. Should another thread come meanwhile and find all cores held, it is lent one of
/// those; the first of the waiting threads to find none left takes up its work nevertheless, and
/// the next core to be released pays the debt. So a thread never waits for a core that belongs to
/// one which waits for it.
class Cpu {
 public:
  Cpu(EventQueue& queue, std::uint32_t cores)
      : queue_(&queue), cores_(queue, cores), count_(cores) {}
  auto acquire() {
    account();
    return cores_.acquire();
  }
  void release() {
    account();
    if (owed_ > 0) {
      --owed_;
    } else {
      cores_.release();
    }
  }
  bool contended() const { return cores_.contended(); }
  std::size_t idle_cores() const { return cores_.available(); }
  std::size_t cores() const { return count_; }
  /// Threads that want a core or have one, waiting for something or not.
  std::size_t threads() const { return threads_; }
  /// Core time that threads have worked since the start: waiting on a core is no work.
  Duration busy() {
    account();
    return busy_;
  }

  /// A thread that will want a core is on this server; leave() says that it has gone, or sleeps.
  void enter() {
    account();
    ++threads_;
    if (oversubscribed() && cores_.available() == 0 && waiting_ > lent_) {
      ++lent_;
      cores_.release();
    }
  }
  void leave() { --threads_; }
  /// Threads may queue for cores, so whoever waits must leave its core to them.
  bool oversubscribed() const { return threads_ > count_; }

  /// A thread waits and keeps its core.
  void begin_wait() {
    account();
    ++waiting_;
  }
  void end_wait() {
    account();
    --waiting_;
    if (lent_ > waiting_) {
      --lent_;
      ++owed_;
    }
  }

 private:
  /// Cores on which a thread works, as long as nothing changes.
  std::size_t working() const { return count_ - cores_.available() + lent_ + owed_ - waiting_; }
  /// Before anything changes.
  void account() {
    busy_ += (queue_->now() - as_of_) * static_cast<std::int64_t>(working());
    as_of_ = queue_->now();
  }

  EventQueue* queue_;
  Semaphore cores_;
  std::size_t count_;
  Time as_of_;
  Duration busy_;
  std::size_t threads_ = 0;
  std::size_t waiting_ = 0;  ///< with a core of their own
  std::size_t lent_ = 0;     ///< of these, to others
  std::size_t owed_ = 0;     ///< threads at work without a core
};

/// The servers of one simulation with the fabric between them. A cluster of one server has no
/// fabric.
class Cluster {
 public:
  Cluster(Simulation& simulation, std::size_t servers, ServerProfile profile,
          std::unique_ptr<Fabric> fabric);

  Simulation& simulation() { return simulation_; }
  std::size_t servers() const { return cpus_.size(); }
  const ServerProfile& profile() const { return profile_; }
  Cpu& cpu(NodeId server) { return cpus_[server.index()]; }
  bool has_fabric() const { return fabric_ != nullptr; }
  Fabric& fabric() { return *fabric_; }
  const Fabric& fabric() const { return *fabric_; }

 private:
  Simulation& simulation_;
  ServerProfile profile_;
  std::unique_ptr<Fabric> fabric_;
  std::vector<Cpu> cpus_;
};

}  // namespace dsmsim
