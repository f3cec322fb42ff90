#pragma once
// The global heap: one range of addresses, cut into one partition a server (Ma et al., OSDI'24,
// section 4.1.1 and Fig. 3). Home objects, cached copies and borrowed parts all lie in it. Costs no
// simulated time.

#include <optional>
#include <vector>

#include "protocols/drust/pointer.hpp"
#include "sim/dsm/slab_allocator.hpp"

namespace dsmsim::drust {

class Heap {
 public:
  /// Throws Error if the partitions do not fit into 48-bit addresses.
  Heap(std::size_t servers, Bytes partition, const SlabOptions& slab);

  bool is_local(GlobalAddress address, NodeId server) const {
    return address.value() - first(server) < partition_;
  }
  NodeId host(GlobalAddress address) const {
    return NodeId(static_cast<std::uint32_t>((address.value() - kStart) / partition_));
  }
  /// An address in the server's partition, or nothing if it is full.
  std::optional<GlobalAddress> allocate(NodeId server, Bytes size);
  /// Frees what allocate(size) gave.
  void release(GlobalAddress address, Bytes size);

  Bytes partition() const { return Bytes(partition_); }
  Bytes used(NodeId server) const { return partitions_[server.index()].used(); }
  /// What an object of that size takes from its partition.
  Bytes footprint(Bytes size) const;
  /// Adds what decides about allocations to come.
  void fingerprint(Fingerprint& into) const;
  /// Adds an address, which only names something on its host.
  void fingerprint(Fingerprint& into, GlobalAddress address) const;
  void fingerprint(Fingerprint& into, ColouredAddress address) const;
  /// Calls tell(address) for every address that was freed and is not in use again.
  template <class Tell>
  void for_each_free(Tell tell) const {
    for (std::uint32_t server = 0; server < partitions_.size(); ++server) {
      partitions_[server].for_each_free(
          [&](Bytes offset) { tell(GlobalAddress(first(NodeId(server)) + offset.count())); });
    }
  }

 private:
  // 2^46, as in the released code (drust/src/conf.rs:1): address 0 stays free for null.
  static constexpr std::uint64_t kStart = std::uint64_t{1} << 46;

  std::uint64_t first(NodeId server) const { return kStart + server.index() * partition_; }

  std::uint64_t partition_;
  SlabClasses classes_;
  std::vector<SlabAllocator> partitions_;
};

}  // namespace dsmsim::drust
