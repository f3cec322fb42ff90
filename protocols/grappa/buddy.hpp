#pragma once
// The allocator of the global heap: one buddy system for all of it, at core 0
// (uwsampa/grappa system/GlobalAllocator.hpp:80-118, Allocator.hpp:108-258).
//
// A chunk has a power of two of bytes and lies at a multiple of its size. A request takes the
// smallest free chunk that is large enough, of these the one freed last, and halves it as often as
// it can, going on with the upper half: the first allocation lies at the top of the heap. A freed
// chunk merges with its buddy while that is free. A heap that is no power of two begins as several
// chunks, the largest first. Costs no simulated time.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::grappa {

class Buddy {
 public:
  explicit Buddy(Bytes heap);

  /// The offset of a chunk that holds `size` bytes, at least one; nothing if there is none.
  std::optional<std::uint64_t> allocate(Bytes size);
  /// Frees what allocate() gave.
  void release(std::uint64_t offset);

  Bytes heap() const { return heap_; }
  Bytes used() const { return used_; }
  /// Bytes of the chunk in use there; zero if there is none.
  Bytes size_of(std::uint64_t offset) const;

  void fingerprint(Fingerprint& into) const;
  /// Throws Error(ExitCode::incoherent) unless the chunks tile the heap, each a power of two at a
  /// multiple of itself, and no two free buddies are left unmerged.
  void check() const;

 private:
  struct Chunk {
    std::uint64_t size;
    bool free;
  };
  void put_free(std::uint64_t offset, std::uint64_t size);
  void take_free(std::uint64_t offset, std::uint64_t size);

  Bytes heap_;
  Bytes used_;
  std::map<std::uint64_t, Chunk> chunks_;                     // by offset; they tile the heap
  std::map<std::uint64_t, std::vector<std::uint64_t>> free_;  // by size; the last freed is last
};

}  // namespace dsmsim::grappa
