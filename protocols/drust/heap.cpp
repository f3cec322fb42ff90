#include "protocols/drust/heap.hpp"

#include "sim/base/error.hpp"

namespace dsmsim::drust {

Heap::Heap(std::size_t servers, Bytes partition, const SlabOptions& slab)
    : partition_(partition.count()),
      classes_(slab),
      partitions_(servers, SlabAllocator(classes_, partition)) {
  constexpr std::uint64_t kEnd = std::uint64_t{1} << GlobalAddress::kBits;
  if (partition_ == 0 || servers > (kEnd - kStart) / partition_) {
    throw Error("drust: " + std::to_string(servers) + " partitions of " + to_string(partition) +
                " do not fit into its 48-bit address space; the largest possible is " +
                to_string(Bytes((kEnd - kStart) / servers)));
  }
}

std::optional<GlobalAddress> Heap::allocate(NodeId server, Bytes size) {
  const auto offset = partitions_[server.index()].allocate(size);
  if (!offset) {
    return std::nullopt;
  }
  return GlobalAddress(first(server) + offset->count());
}

void Heap::release(GlobalAddress address, Bytes size) {
  const NodeId server = host(address);
  partitions_[server.index()].release(Bytes(address.value() - first(server)), size);
}

Bytes Heap::footprint(Bytes size) const {
  if (const auto index = classes_.class_of(size)) {
    return classes_.size(*index);
  }
  const std::uint64_t page = classes_.options().page.count();
  return Bytes((size.count() + page - 1) / page * page);
}

}  // namespace dsmsim::drust
