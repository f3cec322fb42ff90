#pragma once
// The allocator of one partition of the heap: free blocks in bins of similar size, which are split
// and coalesced.
//
// The paper builds on Rust's allocator (Ma et al., OSDI'24, section 5) and does not describe it;
// the released code uses one with bins and boundary tags (good_memory_allocator, drust/Cargo.toml).
// This one is of the same family: a block is its bytes and a header, rounded up to the alignment;
// bins cut every power of two into equal parts; a block that is too large is split. Blocks that
// were freed stay as they are, the newest of a bin first to be used again, and are coalesced with
// their neighbours only when nothing else has room (deferred coalescing; Wilson et al., "Dynamic
// Storage Allocation", IWMM 1995, section 3.5). Each block is coalesced once for each time it is
// freed, so allocation takes constant time but for a last look at all blocks of one bin, before it
// fails.
//
// Offsets are relative to the partition. Costs no simulated time: engines charge for allocation.

#include <tsl/robin_map.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim {

namespace config {
class Fields;
}

struct DrustAllocatorOptions {
  Bytes alignment = Bytes(16);  ///< of every block, and what its size is a multiple of
  Bytes header = Bytes(8);      ///< of every block, beside the bytes asked for
  std::uint32_t bins = 8;       ///< per doubling of the size
};

void describe(config::Fields& fields, DrustAllocatorOptions& options);

namespace drust {

class Allocator {
 public:
  Allocator(const DrustAllocatorOptions& options, Bytes capacity);

  /// The offset of a block for so many bytes, or nothing if no free one is large enough.
  std::optional<Bytes> allocate(Bytes size);
  /// Frees what allocate(size) gave; `size` must be the same.
  void release(Bytes offset, Bytes size);

  /// What an object of that size takes.
  Bytes footprint(Bytes size) const;
  Bytes capacity() const { return Bytes(capacity_); }
  /// In blocks handed out.
  Bytes used() const { return Bytes(used_); }

  /// How well the partition was used since the last reset_fragmentation().
  struct Fragmentation {
    Bytes used;                ///< when most was,
    Bytes asked_for;           ///< and the part of that which somebody had asked for
    std::uint64_t failed = 0;  ///< allocations that failed though so many bytes were free
    double external = 0.0;     ///< at the worst of those: 1 - largest free block / free bytes
    double internal() const;   ///< 1 - asked_for / used
  };
  const Fragmentation& fragmentation() const { return fragmentation_; }
  void reset_fragmentation();

  /// Calls tell(offset, size) for everything that is free, in no order.
  template <class Tell>
  void for_each_free(Tell tell) const;

  /// Adds what decides about allocations to come. With `exact`, that is where everything lies; else
  /// offsets only name things and are renamed, after `base` has been added: so it is as long as all
  /// blocks are of one size, since none is ever split or of more use when it is coalesced.
  void fingerprint(Fingerprint& into, std::uint64_t base, bool exact) const;

 private:
  using Number = std::uint32_t;
  static constexpr Number kNone = ~Number{0};

  struct Block {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  /// A coalesced block, linked with the others of its bin.
  struct Node {
    Block block;
    Number before = kNone;
    Number after = kNone;
  };
  struct Hash {
    std::size_t operator()(std::uint64_t offset) const {
      return (offset * 0x9E3779B97F4A7C15ULL) >> 20;
    }
  };

  std::size_t bin_of(std::uint64_t size) const;
  std::optional<Block> take(std::uint64_t size);
  void note_failure();
  std::optional<Block> take_recent(std::uint64_t size);
  std::optional<Block> take_coalesced(std::uint64_t size);
  std::optional<Block> take_fresh(std::uint64_t size);
  std::optional<Block> search_bin(std::uint64_t size);
  std::size_t next_bin(std::size_t from) const;
  void coalesce_recent();
  void coalesce(Block block);
  void insert(const Block& block);
  Block remove(Number number);

  std::uint64_t alignment_;
  std::uint64_t header_;
  std::uint64_t bins_per_doubling_;
  std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::uint64_t asked_for_ = 0;
  std::uint64_t fresh_ = 0;  ///< where what has never been used, or was coalesced with it, begins
  // By bin, as many bins as there were blocks for. Freed and not coalesced, newest last:
  std::vector<std::vector<Block>> recent_;
  std::size_t recent_count_ = 0;
  // Coalesced, newest first; which bins have any; and both ends of each block:
  std::vector<Number> coalesced_;
  std::vector<std::uint64_t> not_empty_;
  std::vector<Node> nodes_;
  std::vector<Number> free_nodes_;
  tsl::robin_map<std::uint64_t, Number, Hash> ends_;
  Fragmentation fragmentation_;
};

template <class Tell>
void Allocator::for_each_free(Tell tell) const {
  for (const std::vector<Block>& bin : recent_) {
    for (const Block& block : bin) {
      tell(Bytes(block.offset), Bytes(block.size));
    }
  }
  for (Number i : coalesced_) {
    for (; i != kNone; i = nodes_[i].after) {
      tell(Bytes(nodes_[i].block.offset), Bytes(nodes_[i].block.size));
    }
  }
  if (fresh_ < capacity_) {
    tell(Bytes(fresh_), Bytes(capacity_ - fresh_));
  }
}

}  // namespace drust
}  // namespace dsmsim
