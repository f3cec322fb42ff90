#pragma once
// Slab allocation of one server's partition of the global address space.
//
// A partition is cut into pages on demand; a page belongs to one size class and holds chunks of
// that size. Freed chunks are reused last in, first out, and never change their class. The classes
// follow memcached, as GAM uses it (Cai et al., PVLDB 11(11), section 2.1; gam/src/slabs.cc): they
// grow by a factor, and `block` adds every multiple of itself as a class of its own, so that
// objects of whole blocks start at block boundaries. Objects larger than a page take a run of
// pages. An engine builds the classes once and one allocator a server; offsets are relative to the
// partition. Costs no simulated time: engines charge for allocation themselves.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim {

namespace config {
class Fields;
}

struct SlabOptions {
  Bytes first_class = Bytes(48);
  double growth = 1.25;  ///< of one class over the one before; at least 1.01
  Bytes page = Bytes(1 << 20);
  Bytes alignment = Bytes(8);  ///< of every chunk; a power of two
  Bytes block = Bytes(512);    ///< each multiple is a class too; zero: none
};

void describe(config::Fields& fields, SlabOptions& options);

/// The chunk sizes that a set of options gives. Throws Misfit, for options below "slab", if they
/// contradict each other.
class SlabClasses {
 public:
  explicit SlabClasses(const SlabOptions& options);

  const SlabOptions& options() const { return options_; }
  std::size_t count() const { return sizes_.size(); }
  Bytes size(std::size_t index) const { return Bytes(sizes_[index]); }
  /// The smallest class that holds `object`, or nothing if it needs pages of its own.
  std::optional<std::size_t> class_of(Bytes object) const;
  /// What partitions of `memory` each can hand out: whole pages.
  Bytes usable(Bytes memory) const { return Bytes(memory.count() / page() * page()); }
  /// For reports of want: "; a size class takes 1MiB of it at a time".
  std::string unit_text() const;

 private:
  std::uint64_t page() const { return options_.page.count(); }
  SlabOptions options_;
  std::vector<std::uint64_t> sizes_;  // ascending; the last is the page
};

class SlabAllocator {
 public:
  /// `classes` must outlive the allocator.
  SlabAllocator(const SlabClasses& classes, Bytes capacity)
      : classes_(&classes), capacity_(capacity) {}

  /// The offset of a chunk that holds `size` bytes, or nothing if the partition is full.
  std::optional<Bytes> allocate(Bytes size);
  /// Frees what allocate(size) gave; `size` must be the same.
  void release(Bytes offset, Bytes size);

  Bytes capacity() const { return capacity_; }
  /// Bytes in chunks handed out.
  Bytes used() const { return used_; }
  Bytes available() const { return capacity_ - used_; }

  /// Adds what decides about allocations to come. Offsets only name things: they are renamed, after
  /// `base` has been added to them.
  void fingerprint(Fingerprint& into, std::uint64_t base) const;
  /// Calls tell(offset) for every chunk, or run of pages, that was freed and is not in use again.
  template <class Tell>
  void for_each_free(Tell tell) const;

 private:
  struct ClassState {
    std::vector<Bytes> free;
    Bytes fresh;  // the unused rest of the newest page
    std::uint64_t fresh_chunks = 0;
  };
  ClassState& state(std::size_t index);
  std::optional<Bytes> take_pages(std::uint64_t count);
  std::uint64_t pages_of(Bytes size) const;

  const SlabClasses* classes_;
  Bytes capacity_;
  Bytes used_;
  Bytes paged_;  // end of the pages taken so far
  std::vector<ClassState> states_;
  std::map<std::uint64_t, std::vector<Bytes>> free_runs_;  // by number of pages
};

template <class Tell>
void SlabAllocator::for_each_free(Tell tell) const {
  for (const ClassState& state : states_) {
    std::for_each(state.free.begin(), state.free.end(), tell);
  }
  for (const auto& [pages, offsets] : free_runs_) {
    std::for_each(offsets.begin(), offsets.end(), tell);
  }
}

}  // namespace dsmsim
