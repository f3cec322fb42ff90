#pragma once
// Where memory for objects comes from: malloc over slabs that KLib's Resource Manager gets from the
// rack controller ahead of need, so that allocations seldom wait (Calciu et al., ASPLOS 2021:
// coarse slabs keep allocation off the data path).
//
// Owns both sides: the controller's table of slabs, and what KLib has been granted and has given to
// objects.

#include <optional>
#include <span>

#include "protocols/kona/system.hpp"
#include "protocols/kona/waiters.hpp"
#include "protocols/paging/heap.hpp"
#include "protocols/paging/remote_slabs.hpp"
#include "sim/cluster/cluster.hpp"

namespace dsmsim::kona {

class Slabs {
 public:
  /// Throws Misfit if the controller is to be a server that does not exist.
  Slabs(System& system, Cluster& cluster);
  Slabs(const Slabs&) = delete;
  Slabs& operator=(const Slabs&) = delete;

  const paging::Heap& heap() const { return heap_; }
  /// Nothing if there is no room.
  std::optional<paging::VirtualAddress> allocate(Bytes size) { return heap_.allocate(size); }
  void release(paging::VirtualAddress address, Bytes size) { heap_.release(address, size); }
  /// The memory nodes that have it, the first choice first.
  std::span<const NodeId> holders(paging::VirtualAddress address) const {
    return table_.holders(table_.slab_of(address));
  }
  std::span<const NodeId> holders(paging::SlabNumber slab) const { return table_.holders(slab); }
  std::size_t numbers() const { return table_.numbers(); }
  std::uint64_t in_use() const;

  // At the compute node.
  /// What objects have has been granted.
  bool are_granted() const { return granted_ >= in_use(); }
  /// Asks for more if objects have not enough, or few are left.
  void ask();
  /// Awaitable: an answer of the controller.
  auto answer(ThreadId thread) { return grants_.wait(thread.value()); }
  void on_grant(std::uint64_t count);
  bool is_awaited() const { return !grants_.empty(); }

  /// At the rack controller. The CPU time of its answer.
  Duration on_request(std::uint64_t count);

  // When a server is lost.
  /// As the controller, which is to answer.
  bool waits_for(NodeId server) const { return server == controller_ && requested_ > 0; }
  void lose(NodeId server) { table_.lose(server); }
  /// Whether all slabs have a copy left.
  bool are_mapped() const;

  void fingerprint(Fingerprint& into) const;

 private:
  void request(std::uint64_t count);

  System& system_;
  NodeId controller_;
  SlabClasses classes_;
  paging::RemoteSlabs table_;  // the controller's; KLib knows what it has been granted
  paging::Heap heap_;
  Waiters grants_;  // threads that wait for slabs
  std::uint64_t granted_ = 0;
  std::uint64_t requested_ = 0;  // and not granted yet
};

}  // namespace dsmsim::kona
