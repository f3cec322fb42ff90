#pragma once
// The memory of homes as programs allocate it: a heap at each, and messages to those of other
// servers. Which of a home's pages are where is the directory's business.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocols/paging/heap.hpp"
#include "protocols/paging/shared_messages.hpp"
#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::paging {

class HomeMemory {
 public:
  /// Each of `homes`, ascending, has so many bytes of memory, in whole pages. `types`: of a cluster
  /// with a network. Throws Misfit if there is no room for what a size class takes at a time.
  HomeMemory(Cluster& cluster, const MessageTypes<SharedMessageKind>& types,
             std::vector<NodeId> homes, Bytes page, Bytes grant, const std::string& engine);

  /// Of all homes together.
  Bytes capacity() const { return classes_.usable(heaps_.front().capacity()) * heaps_.size(); }
  /// At the home that the program wants or the first of its own server's; when there is no room, at
  /// others in turn. Nothing: nowhere.
  Task<std::optional<VirtualAddress>> allocate(Thread& thread, NodeId wanted, Bytes size);
  /// At the thread's own home, without a message.
  void release_here(NodeId home, VirtualAddress address, Bytes size) {
    heap_of(home).release(address, size);
  }
  /// Tells another home. Gives the CPU time.
  Duration release_at(NodeId home, const Thread& thread, VirtualAddress address, Bytes size);

  // Messages. These give the CPU time of what they post.
  Duration on_allocate(const Delivery& delivery);
  void on_allocated(const MemoryMessage& message);
  void on_release(const Delivery& delivery);

  /// In words, for an error.
  std::string all_in_use() const;
  void fingerprint(Fingerprint& into) const;

 private:
  Heap& heap_of(NodeId home);
  Task<std::optional<VirtualAddress>> ask(Thread& thread, NodeId server, Bytes size);
  Duration post(NodeId from, NodeId to, const MemoryMessage& message, Tally* tally);

  Cluster& cluster_;
  const MessageTypes<SharedMessageKind>& types_;
  std::vector<NodeId> homes_;
  SlabClasses classes_;
  std::vector<Heap> heaps_;  ///< by home
  MemoryCalls calls_;        ///< to other homes
};

}  // namespace dsmsim::paging
