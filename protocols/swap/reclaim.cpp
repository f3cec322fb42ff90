// Reclaim (Linux 5.4, mm/vmscan.c): batches of pages leave memory, clean ones at once, dirty ones
// when they have been written.

#include <utility>

#include "protocols/swap/engine.hpp"

namespace dsmsim {

using paging::Permission;
using swap::Page;
using swap::Place;

namespace {

/// Who waits for a frame has no reference to its page, or pages that others bring meanwhile could
/// fill the memory while all who refer to them wait.
class WithoutReference {
 public:
  explicit WithoutReference(Page& page) : page_(page) { --page_.users; }
  ~WithoutReference() { ++page_.users; }
  WithoutReference(const WithoutReference&) = delete;
  WithoutReference& operator=(const WithoutReference&) = delete;

 private:
  Page& page_;
};

}  // namespace

/// A frame for a page that is to be where it was; else nothing, and whoever wanted one looks at its
/// page again. Below the last watermark a batch is reclaimed first; what that gives is the thread's
/// own (page_alloc.c, __alloc_pages_direct_reclaim takes its page at once). If it gave none the
/// thread waits, and others behind it: the first that waits is the first to try again.
Task<bool> SwapEngine::take_frame(Thread& thread, Page& page) {
  const WithoutReference waiting(page);
  const Place before = page.place;
  co_await waits_.for_turn(thread);
  while (page.place == before) {
    waits_.look_again();  // what happens while it reclaims is a reason to try again, too
    const Duration spent = reclaim_if_low();
    const bool taken = memory_.free_frames() > 0;
    if (taken) {
      memory_.take_frame();
      waits_.end_turn(thread);
    }
    co_await spend(thread, spent, Category::fault);
    if (taken && page.place == before) {
      wake_daemon();
      co_return true;
    }
    if (taken) {  // another thread has brought the page meanwhile
      give_frame();
      co_return false;
    }
    if (memory_.free_frames() == 0 && page.place == before) {
      ++counters_.waits_for_frames;
      co_await waits_.for_frame(thread);
    }
  }
  waits_.end_turn(thread);
  co_return false;
}

Duration SwapEngine::reclaim_if_low() {
  if (memory_.free_frames() > options_.min_free) {
    return {};
  }
  ++counters_.direct_reclaims;
  std::uint64_t progress = 0;
  return reclaim(progress);
}

/// Takes a batch of pages out of the page table and gets rid of them. Gives the CPU time, and adds
/// the number of frames that it freed or will free.
Duration SwapEngine::reclaim(std::uint64_t& progress) {
  std::uint64_t looked = 0;
  std::uint32_t taken = 0;
  for (; taken < options_.batch; ++taken) {
    Page* const page = memory_.next_victim(options_.batch, looked);
    if (page == nullptr) {
      break;
    }
    expel(*page, progress);
  }
  counters_.looked_at += looked;
  return options_.costs.scan * static_cast<std::int64_t>(looked) +
         (taken > 0 ? options_.costs.unmap : Duration());
}

void SwapEngine::expel(Page& page, std::uint64_t& progress) {
  ++progress;
  if (page.place == Place::mapped && !mutated("swap.keep_mapped")) {
    unmap(kHere, page.page);
    page.permission = Permission::none;
  }
  const bool clean = page.on_device && (!page.is_dirty() || mutated("swap.drop_dirty"));
  page.place = Place::cached;
  if (page.writing) {
    return;  // it leaves when that has ended
  }
  if (clean) {
    ++counters_.dropped;
    leave(page);
    if (mutated("swap.lose_frame")) {
      memory_.take_frame();
    }
    return;
  }
  ++counters_.written;
  counters_.written_lines += page.dirty.count();
  ++writing_;
  page.writing = true;
  page.dirty.clear();
  if (mutated("swap.free_while_writing")) {
    leave(page);
  }
  cluster().simulation().spawn(write(page));
}

/// The page may be mapped again meanwhile, or be asked for, and then stays.
Task<> SwapEngine::write(Page& page) {
  const std::uint64_t contents = page.contents[0];
  const CachedData data = page.data;
  page.data.clean();
  co_await queue().delay(device_->submit());
  Task<> writing = device_->write(page.page, contents, data);
  co_await writing;
  --writing_;
  page.writing = false;
  page.on_device = true;
  waits_.try_again();  // who waits for a frame looks for another victim if this page stays
  if (page.place != Place::cached || page.users > 0) {
    co_return;
  }
  if (page.is_dirty() && !mutated("swap.forget_late_write")) {
    std::uint64_t progress = 0;
    expel(page, progress);
  } else {
    leave(page);
  }
}

/// The page is on the device alone from now on.
void SwapEngine::leave(Page& page) {
  memory_.isolate(page);
  page.place = Place::device;
  page.dirty.clear();
  page.data.forget();
  page.left_with = std::exchange(page.contents[0], 0);
  give_frame();
}

void SwapEngine::give_frame() {
  memory_.give_frame();
  waits_.try_again();
}

/// kswapd: from the low watermark until the high one is reached, counting what is being written.
void SwapEngine::wake_daemon() {
  if (!daemon_runs_ && memory_.free_frames() + writing_ < low_watermark()) {
    daemon_runs_ = true;
    cluster().simulation().spawn(run_daemon());
  }
}

Task<> SwapEngine::run_daemon() {
  while (memory_.free_frames() + writing_ < high_watermark()) {
    std::uint64_t progress = 0;
    const Duration spent = reclaim(progress);
    co_await queue().delay(spent);
    if (progress == 0) {
      break;
    }
  }
  daemon_runs_ = false;
}

}  // namespace dsmsim
