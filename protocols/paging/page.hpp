#pragma once
// Addresses and pages of one simulated process (or of one shared virtual memory): what page tables
// map.

#include <bit>
#include <cstdint>

#include "protocols/paging/per_line.hpp"
#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"
#include "sim/fabric/traffic.hpp"

namespace dsmsim::paging {

/// A byte of the virtual address space, counted from 0.
using VirtualAddress = Bytes;
/// An address without its offset.
using PageNumber = Id<struct PageTag, std::uint64_t>;

/// How memory is cut: pages are what is mapped, cached and fetched; lines are what is known to be
/// dirty.
class PageShape {
 public:
  /// Both are powers of two, and a line is no larger than a page.
  explicit PageShape(Bytes page, Bytes line)
      : page_bits_(std::countr_zero(page.count())), line_bits_(std::countr_zero(line.count())) {}

  Bytes page() const { return Bytes(std::uint64_t{1} << page_bits_); }
  Bytes line() const { return Bytes(std::uint64_t{1} << line_bits_); }
  std::uint32_t lines() const { return std::uint32_t{1} << (page_bits_ - line_bits_); }
  PageNumber page_of(VirtualAddress address) const {
    return PageNumber(address.count() >> page_bits_);
  }
  VirtualAddress start_of(PageNumber page) const { return Bytes(page.value() << page_bits_); }
  Bytes offset_of(VirtualAddress address) const {
    return Bytes(address.count() & (page().count() - 1));
  }
  /// Of a byte of a page.
  std::uint32_t line_of(Bytes offset) const {
    return static_cast<std::uint32_t>(offset.count() >> line_bits_);
  }

 private:
  int page_bits_;
  int line_bits_;
};

enum class Permission : std::uint8_t { none, read, write };

/// What the memory of a page contains, line by line, as a witness names it
/// (sim/dsm/contract/witness.hpp).
using Contents = PerLine<std::uint64_t>;
/// Of the lines alone; contents with one name are all lines'.
inline void put_lines(Contents& into, const DirtyLines& lines, const Contents& from) {
  if (into.lines() == 1) {
    into[0] = lines.any() ? from[0] : into[0];
    return;
  }
  for (std::uint32_t line = 0; line < into.lines(); ++line) {
    if (lines.contains(line)) {
      into[line] = from[line];
    }
  }
}

/// A page's worth of a server's memory. Engines derive theirs from it.
struct Frame {
  PageNumber page;  ///< invalid: free
  /// What replacement goes by: when the page came, or when it was used last.
  std::uint64_t order = 0;
  /// What a reference may do without a fault. While a page is under way it is `none`.
  Permission permission = Permission::none;
  /// Only some of the page is there yet: PagedEngine::has_come() says what.
  bool partial = false;
  /// The server answers for the page to all others (directory.hpp).
  bool owned = false;
  CachedData data;  ///< of the page, for amplification; reset when the frame gets another page
  DirtyLines dirty;
  Contents contents;
};

}  // namespace dsmsim::paging
