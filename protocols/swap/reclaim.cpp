// Reclaim (Linux 5.4, mm/vmscan.c): batches of pages leave memory, clean ones at once, dirty ones
// when they have been written.

#include <utility>

#include "protocols/swap/engine.hpp"

namespace dsmsim {

using paging::Permission;
using swap::Page;
using swap::Place;

/// Below the last watermark who wants a frame reclaims a batch first, and waits if that gave none.
Task<bool> SwapEngine::take_frame(Thread& thread) {
  if (memory_.free_frames() <= options_.min_free) {
    ++counters_.direct_reclaims;
    std::uint64_t progress = 0;
    co_await spend(thread, reclaim(progress), Category::fault);
  }
  if (memory_.free_frames() == 0) {
    ++counters_.waits_for_frames;
    waits(thread) = Wait::frame;
    try_again_.close();
    auto freed = try_again_.wait();
    co_await freed;
    waits(thread) = Wait::nothing;
    thread.tally().charge(Category::fault, queue().now());
    co_return false;
  }
  memory_.take_frame();
  wake_daemon();
  co_return true;
}

Task<bool> SwapEngine::take_frame_for(Thread& thread, const Page& page) {
  const Place before = page.place;
  Task<bool> taking = take_frame(thread);
  const bool taken = co_await taking;
  if (taken && page.place != before) {  // another thread has brought the page meanwhile
    memory_.give_frame();
  }
  co_return taken&& page.place == before;
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

/// The page may be mapped again meanwhile, and then stays.
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
  try_again_.open();  // who waits for a frame looks for another victim if this page stays
  if (page.place != Place::cached) {
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
  memory_.give_frame();
  try_again_.open();
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
