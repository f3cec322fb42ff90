#pragma once
// The pages of the process that one memory server has. A page takes memory when it is first fetched
// or first written back, not when it is mapped; so first touches that the pComponent answers itself
// take none. Blocks of files take memory of the same server.

#include <functional>
#include <string>

#include "protocols/legoos/address_space.hpp"
#include "protocols/legoos/buffer_cache.hpp"
#include "protocols/paging/page_map.hpp"

namespace dsmsim::legoos {

class PageStore {
 public:
  /// `blocks`: what else takes memory, or null. `others_have`: what other servers have left, in
  /// words, for an error.
  PageStore(NodeId server, Bytes memory, const BufferCache* blocks,
            std::function<std::string()> others_have)
      : server_(server), memory_(memory), blocks_(blocks), others_have_(std::move(others_have)) {}

  Bytes total() const { return memory_; }
  Bytes used() const {
    return kPage * pages_used_ + kBlock * (blocks_ == nullptr ? 0 : blocks_->blocks().size());
  }
  Bytes free() const { return total() - used(); }
  /// Whether the page has memory here, and what that contains.
  bool holds(PageNumber page) const { return pages_.find(page).present; }
  std::uint64_t contents(PageNumber page) const { return pages_.find(page).contents; }
  /// Calls visit(page) for each page that has memory here.
  template <class Visit>
  void for_each(Visit visit) const {
    pages_.for_each([&visit](PageNumber page, const Page&) { visit(page); });
  }

  // These give the page memory. They throw OutOfMemory if there is none.
  std::uint64_t read(PageNumber page) { return touch(page).contents; }
  void write(PageNumber page, std::uint64_t contents) { touch(page).contents = contents; }
  void make(PageNumber page) { touch(page); }

  void fingerprint(Fingerprint& into) const;

 private:
  struct Page {
    std::uint64_t contents = 0;
    bool present = false;
    bool operator==(const Page&) const = default;
  };
  Page& touch(PageNumber page);

  NodeId server_;
  Bytes memory_;
  const BufferCache* blocks_;
  std::function<std::string()> others_have_;
  paging::PageMap<Page> pages_;
  std::uint64_t pages_used_ = 0;
};

}  // namespace dsmsim::legoos
