#pragma once
// The eviction lists of all sets: pages on their way from a line to their memory server, from
// before they are unmapped until they have got there (managers/processor/pcache/perset.c). Who
// faults on one waits.

#include "protocols/legoos/waits.hpp"

namespace dsmsim::legoos {

struct Eviction {
  paging::PageNumber page;
  std::uint64_t contents;  ///< once it is unmapped
  bool dirty;
};

class EvictionList {
 public:
  explicit EvictionList(Waits& waits) : waits_(waits) {}

  const std::vector<Eviction>& all() const { return all_; }
  bool contains(paging::PageNumber page) const {
    return std::any_of(all_.begin(), all_.end(),
                       [page](const Eviction& eviction) { return eviction.page == page; });
  }
  void begin(const Eviction& eviction) { all_.push_back(eviction); }
  void end(paging::PageNumber page) {
    all_.erase(std::find_if(all_.begin(), all_.end(),
                            [page](const Eviction& eviction) { return eviction.page == page; }));
    waits_.wake_all(Wait::eviction, page.value());
  }
  void fingerprint(Fingerprint& into) const {
    for (const auto& [page, contents, dirty] : all_) {
      into.add(page, contents, dirty);
    }
    into.add(all_.size());
  }

 private:
  Waits& waits_;
  std::vector<Eviction> all_;
};

}  // namespace dsmsim::legoos
