#include "protocols/drust/heap.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::drust {

Heap::Heap(std::size_t servers, Bytes partition, const DrustAllocatorOptions& options)
    : partition_(partition.count()), partitions_(servers, Allocator(options, partition)) {
  for (std::uint32_t server = 0; server < servers; ++server) {
    hosts_.emplace_back(server);
  }
  constexpr std::uint64_t kEnd = std::uint64_t{1} << GlobalAddress::kBits;
  if (partition_ == 0 || servers > (kEnd - kStart) / partition_) {
    throw Error("drust: " + std::to_string(servers) + " partitions of " + to_string(partition) +
                " do not fit into its 48-bit address space; the largest possible is " +
                to_string(Bytes((kEnd - kStart) / servers)));
  }
}

std::optional<GlobalAddress> Heap::allocate(NodeId server, Bytes size) {
  const Bytes block = footprint(size);
  mixed_ |= block_ != Bytes(0) && block_ != block;
  block_ = block;
  const auto offset = partitions_[server.index()].allocate(size);
  if (!offset) {
    return std::nullopt;
  }
  return GlobalAddress(first(server) + offset->count());
}

void Heap::release(GlobalAddress address, Bytes size) {
  const NodeId server = partition_of(address);
  partitions_[server.index()].release(Bytes(address.value() - first(server)), size);
}

Heap::Fragmentation Heap::fragmentation() const {
  const auto fullest = std::max_element(partitions_.begin(), partitions_.end(),
                                        [](const Allocator& a, const Allocator& b) {
                                          return a.fragmentation().used < b.fragmentation().used;
                                        });
  Fragmentation all{fullest->fragmentation().internal(), 0.0, 0};
  for (const Allocator& partition : partitions_) {
    all.external = std::max(all.external, partition.fragmentation().external);
    all.failed += partition.fragmentation().failed;
  }
  return all;
}

void Heap::reset_fragmentation() {
  for (Allocator& partition : partitions_) {
    partition.reset_fragmentation();
  }
}

}  // namespace dsmsim::drust
