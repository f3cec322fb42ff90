#pragma once
// The frames of one server in sets, as the caches of LegoOS (ExCache) and Kona (FMem) place pages:
// a page goes into one of the `ways` frames of the set that its number names.
//
// The cache places and chooses victims; who maps pages and what a victim costs is the engine's
// business. Replacement goes by Frame::order: FIFO if the engine gives it when a page comes, LRU if
// each use renews it. Frames of a set are made with its first page. One set with all frames is a
// fully associative cache; choosing a victim looks at every frame of the set.

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <memory>
#include <vector>

#include "protocols/paging/page.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::paging {

/// F: a Frame with what the engine keeps beside it.
template <class F>
class SetCache {
 public:
  /// `frames` is a multiple of `ways`. Throws Misfit for the option "cache" if this machine has no
  /// room for so many sets.
  SetCache(std::uint64_t frames, std::uint32_t ways) : ways_(ways), sets_(checked(frames / ways)) {}

  std::uint64_t frames() const { return sets_.size() * ways_; }
  std::uint32_t ways() const { return ways_; }
  std::size_t sets() const { return sets_.size(); }
  std::size_t set_of(PageNumber page) const { return page.value() % sets_.size(); }

  /// A frame of the page's set that holds no page, or null.
  F* free_frame(PageNumber page) {
    F* const set = frames_of(page);
    for (std::uint32_t way = 0; way < ways_; ++way) {
      if (!set[way].page.valid()) {
        return &set[way];
      }
    }
    return nullptr;
  }
  /// Of the frames of the page's set that hold a page and that may_go(frame), the one with the
  /// least order; null if there is none.
  template <class MayGo>
  F* victim(PageNumber page, MayGo may_go) {
    F* const set = frames_of(page);
    F* oldest = nullptr;
    for (std::uint32_t way = 0; way < ways_; ++way) {
      F& frame = set[way];
      if (frame.page.valid() && (oldest == nullptr || frame.order < oldest->order) &&
          may_go(frame)) {
        oldest = &frame;
      }
    }
    return oldest;
  }
  /// Calls visit(frame) for every frame of the page's set that holds a page.
  template <class Visit>
  void for_each_in_set(PageNumber page, Visit visit) {
    F* const set = frames_of(page);
    for (std::uint32_t way = 0; way < ways_; ++way) {
      if (set[way].page.valid()) {
        visit(set[way]);
      }
    }
  }
  /// Adds which pages are where, and in which order they would go.
  void fingerprint(Fingerprint& into) const {
    for (std::size_t set = 0; set < sets_.size(); ++set) {
      boost::container::small_vector<const F*, 8> pages;
      for (std::uint32_t way = 0; sets_[set] && way < ways_; ++way) {
        if (sets_[set][way].page.valid()) {
          pages.push_back(&sets_[set][way]);
        }
      }
      std::sort(pages.begin(), pages.end(),
                [](const F* a, const F* b) { return a->order < b->order; });
      for (const F* frame : pages) {
        into.add(frame->page.value());
      }
      if (!pages.empty()) {
        into.add(set);
      }
    }
  }
  /// Calls visit(frame) for every frame that holds a page, set by set.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& set : sets_) {
      for (std::uint32_t way = 0; set && way < ways_; ++way) {
        if (set[way].page.valid()) {
          visit(static_cast<const F&>(set[way]));
        }
      }
    }
  }

 private:
  static std::uint64_t checked(std::uint64_t sets) {
    check_host_memory(saturated_product(sets, Bytes(sizeof(std::unique_ptr<F[]>))), "/cache",
                      "a cache of " + std::to_string(sets) + " sets");
    return sets;
  }
  F* frames_of(PageNumber page) {
    std::unique_ptr<F[]>& set = sets_[set_of(page)];
    if (!set) {
      set = std::make_unique<F[]>(ways_);
    }
    return set.get();
  }

  std::uint32_t ways_;
  std::vector<std::unique_ptr<F[]>> sets_;
};

}  // namespace dsmsim::paging
