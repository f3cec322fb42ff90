#pragma once
// The global heap: one range of addresses, cut into one partition a server (Ma et al., OSDI'24,
// section 4.1.1 and Fig. 3). Home objects, cached copies and borrowed parts all lie in it. Costs no
// simulated time.

#include <optional>
#include <vector>

#include "protocols/drust/allocator.hpp"
#include "protocols/drust/pointer.hpp"

namespace dsmsim::drust {

class Heap {
 public:
  /// Throws Error if the partitions do not fit into 48-bit addresses.
  Heap(std::size_t servers, Bytes partition, const DrustAllocatorOptions& options);

  bool is_local(GlobalAddress address, NodeId server) const {
    return address.value() - first(server) < partition_ || (adopted_ && host(address) == server);
  }
  /// The server whose partition it is; a partition outlives its server.
  NodeId partition_of(GlobalAddress address) const {
    return NodeId(static_cast<std::uint32_t>((address.value() - kStart) / partition_));
  }
  /// Who has what lies there.
  NodeId host(GlobalAddress address) const { return hosts_[partition_of(address).index()]; }
  NodeId host_of(NodeId partition) const { return hosts_[partition.index()]; }
  /// From now on the partition of a lost server is at another one, at the same addresses.
  void hand_over(NodeId partition, NodeId to) {
    hosts_[partition.index()] = to;
    adopted_ = true;
  }
  /// An address in the server's partition, or nothing if it is full.
  std::optional<GlobalAddress> allocate(NodeId server, Bytes size);
  /// Frees what allocate(size) gave.
  void release(GlobalAddress address, Bytes size);

  Bytes partition() const { return Bytes(partition_); }
  Bytes used(NodeId server) const { return partitions_[server.index()].used(); }
  /// What an object of that size takes from its partition.
  Bytes footprint(Bytes size) const { return partitions_.front().footprint(size); }

  /// Since the last reset_fragmentation().
  struct Fragmentation {
    double internal;       ///< share of what was in use that nobody asked for, where most was
    double external;       ///< 1 - largest free block / free bytes, at the worst failure
    std::uint64_t failed;  ///< allocations that failed though so many bytes were free
  };
  Fragmentation fragmentation() const;
  void reset_fragmentation();

  /// Adds what decides about allocations to come.
  void fingerprint(Fingerprint& into) const;
  /// Adds an address, which only names something on its host, as long as all blocks are of one size
  /// (Allocator::fingerprint).
  void fingerprint(Fingerprint& into, GlobalAddress address) const;
  void fingerprint(Fingerprint& into, ColouredAddress address) const;
  /// Calls tell(address, size) for all that is not in use.
  template <class Tell>
  void for_each_free(Tell tell) const {
    for (std::uint32_t server = 0; server < partitions_.size(); ++server) {
      partitions_[server].for_each_free([&](Bytes offset, Bytes size) {
        tell(GlobalAddress(first(NodeId(server)) + offset.count()), size);
      });
    }
  }

 private:
  // 2^46, as in the released code (drust/src/conf.rs:1): address 0 stays free for null.
  static constexpr std::uint64_t kStart = std::uint64_t{1} << 46;

  std::uint64_t first(NodeId server) const { return kStart + server.index() * partition_; }

  std::uint64_t partition_;
  bool adopted_ = false;       ///< some partition is not at its own server
  std::vector<NodeId> hosts_;  ///< by partition
  std::vector<Allocator> partitions_;
  Bytes block_;         ///< size of the last block that was wanted
  bool mixed_ = false;  ///< there were blocks of several sizes
};

}  // namespace dsmsim::drust
