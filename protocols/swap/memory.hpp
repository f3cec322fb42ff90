#pragma once
// The pages of the program and the memory of its server, as the kernel keeps them (Linux 5.4,
// mm/vmscan.c, mm/swap_state.c): which pages have a frame, in which order they go, which go next.
//
// Two lists. Pages come into the active one; its tail moves on to the inactive one while that is
// the shorter; the tail of the inactive list is what reclaim looks at: a page used since it was
// looked at last goes back, any other one goes. Whether a page was used is its accessed bit, here
// Frame::order. Plain state and its moves; no time, no input or output.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <vector>

#include "protocols/paging/page_map.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::swap {

enum class Place : std::uint8_t {
  nowhere,  ///< never touched
  mapped,   ///< in memory, and in the page table
  cached,   ///< in memory, in the swap cache alone: read ahead, or being written
  reading,  ///< on its way into a frame
  device,   ///< on the swap device alone
};

using LruHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct PageState {
  Place place = Place::nowhere;
  bool writing = false;     ///< to the device
  bool on_device = false;   ///< what the device has was the page's contents when it was written
  bool read_ahead = false;  ///< and not asked for since
  bool active = false;      ///< in the active list
  std::uint32_t users = 0;  ///< faults that are not over: they hold a reference, so it stays
  std::uint64_t looked_at = 0;
  std::uint64_t left_with = 0;  ///< what it contained when it left memory; for checks
};

struct Page : paging::Frame, LruHook, PageState {
  bool in_memory() const { return place != Place::nowhere && place != Place::device; }
  bool is_dirty() const { return dirty.any(); }
  /// The accessed bit.
  bool used() const { return order > looked_at; }
};
// A fingerprint opens the parts.
static_assert(sizeof(Page) == sizeof(paging::Frame) + sizeof(LruHook) + sizeof(PageState));

class Memory {
 public:
  /// `blank`, `clean`: of a page that nobody has touched.
  Memory(std::uint64_t frames, paging::Contents blank, paging::DirtyLines clean)
      : free_(frames), frames_(frames), blank_(std::move(blank)), clean_(std::move(clean)) {}

  Page& page(paging::PageNumber number);
  const Page* find(paging::PageNumber number) const {
    const auto* const found = pages_.get(number);
    return found == nullptr ? nullptr : found->get();
  }

  std::uint64_t frames() const { return frames_; }
  std::uint64_t free_frames() const { return free_; }
  void take_frame() { --free_; }
  void give_frame() { ++free_; }

  /// The page has been used: to the head of the active list.
  void activate(Page& page);
  /// The page is in memory and nobody has asked for it: to the head of the inactive list.
  void deactivate(Page& page);
  /// The page has no frame any more, or is not to be reclaimed.
  void isolate(Page& page);
  /// Of the pages in memory that no fault refers to (as in vmscan.c, __remove_mapping, which frees
  /// no page with other references), the one to go next; null if there is none that can. Adds the
  /// number of pages that were looked at to `looked`.
  Page* next_victim(std::uint32_t batch, std::uint64_t& looked);

  void fingerprint(Fingerprint& into) const;
  template <class Visit>
  void for_each(Visit visit) const {
    pages_.for_each([&](paging::PageNumber, const auto& page) { visit(*page); });
  }

 private:
  using Lru = boost::intrusive::list<Page, boost::intrusive::constant_time_size<false>>;
  static void fingerprint(Fingerprint& into, const Page& page);
  void refill_inactive(std::uint32_t batch, std::uint64_t& looked);

  paging::PageMap<std::unique_ptr<Page>> pages_;
  std::uint64_t free_;
  std::uint64_t frames_;
  paging::Contents blank_;
  paging::DirtyLines clean_;
  Lru active_;
  Lru inactive_;
  std::uint64_t active_count_ = 0;
  std::uint64_t inactive_count_ = 0;
};

}  // namespace dsmsim::swap
