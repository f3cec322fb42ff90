// A page fault (Linux 5.4, mm/memory.c do_anonymous_page, do_swap_page).
//
// What a thread waits for is said in FaultWaits and in the page; whenever it has waited it looks at
// its page again, so nothing else is in its coroutine. Except while it waits for a frame, a fault
// holds a reference to its page, which reclaim leaves alone (get_page in lookup_swap_cache and
// __read_swap_cache_async): a page that has come in is mapped and used once before it can go, or
// threads that have fewer frames than they are would take each other's for ever.

#include "protocols/swap/engine.hpp"

namespace dsmsim {

using paging::PageNumber;
using paging::Permission;
using swap::Page;
using swap::Place;

Task<> SwapEngine::fault(Thread& thread, PageNumber number, Permission) {
  co_await spend(thread, options_.costs.fault, Category::fault);
  Page& page = memory_.page(number);
  ++page.users;
  counters_.minor_faults += page.place == Place::cached ? 1 : 0;
  while (page.place != Place::mapped) {
    switch (page.place) {
      case Place::nowhere:
        co_await touch_first(thread, page);
        break;
      case Place::cached:
        counters_.rescued += page.writing ? 1 : 0;
        if (page.read_ahead) {
          ++counters_.read_ahead_used;
          readahead_.hit();
        }
        map_page(page);
        break;
      case Place::reading:
        if (mutated("swap.map_early")) {
          map_page(page);
        } else {
          co_await waits_.for_page(thread, page.page);
        }
        break;
      case Place::device:
        co_await swap_in(thread, page);
        break;
      case Place::mapped:
        break;
    }
  }
  --page.users;
  waits_.try_again();
}

/// A page is zeroed before it is mapped; who finds that another thread has mapped one meanwhile
/// gives his back (do_anonymous_page).
Task<> SwapEngine::touch_first(Thread& thread, Page& page) {
  Task<bool> taking = take_frame(thread, page);
  const bool taken = co_await taking;
  if (!taken) {
    co_return;
  }
  co_await spend(thread, options_.costs.zero, Category::fault);
  if (page.place != Place::nowhere) {
    give_frame();
    co_return;
  }
  ++counters_.first_touches;
  page.contents = blank();
  map_page(page);
}

void SwapEngine::map_page(Page& page) {
  page.place = Place::mapped;
  page.permission = Permission::write;
  page.read_ahead = false;
  page.order = next_order();
  map(kHere, page);
  memory_.activate(page);
}

/// Reads the page, and its neighbours as readahead will have it; waits for the page alone.
Task<> SwapEngine::swap_in(Thread& thread, Page& page) {
  Task<bool> taking = take_frame(thread, page);
  const bool taken = co_await taking;
  if (!taken) {
    co_return;
  }
  if (mutated("swap.zero_again") && !page.is_dirty() && page.on_device) {
    page.contents = blank();
    map_page(page);
    co_return;
  }
  page.place = Place::reading;
  co_await spend(thread, options_.costs.swap_in + device_->submit(), Category::fault);
  ++counters_.major_faults;
  read_around(page.page, thread.tally().cause());
  waits_.begin_read(thread);
  Task<> reading = read(page, thread.tally().cause(), &thread.tally());
  co_await reading;
  waits_.end_read(thread);
  if (!device_->spins()) {
    co_await spend(thread, options_.costs.wake, Category::fault);
  }
}

/// A page that was read ahead is here for whoever asks for it later: its bytes are those of who has
/// missed another one.
Task<> SwapEngine::read(Page& page, Cause cause, Tally* tally) {
  Task<swap::Device::Found> reading = device_->read(page.page, cause, tally);
  const swap::Device::Found found = co_await reading;
  if (page.place == Place::reading) {
    page.contents[0] = found.contents;
    if (found.remote && !page.read_ahead) {
      page.data.came(traffic(), cause, shape().page());
    }
    page.place = Place::cached;
    memory_.deactivate(page);
    waits_.try_again();
  }
  waits_.arrived(page.page);
}

/// The other pages of the window that are on the device alone, while there are frames for them.
void SwapEngine::read_around(PageNumber fault, Cause cause) {
  const std::uint32_t window = readahead_.window(fault);
  const std::uint64_t first = fault.value() / window * window;
  for (std::uint64_t number = first; number < first + window; ++number) {
    const Page* const known = memory_.find(PageNumber(number));
    if (known == nullptr || known->place != Place::device ||
        memory_.free_frames() <= options_.min_free) {
      continue;
    }
    Page& page = memory_.page(PageNumber(number));
    memory_.take_frame();
    page.place = Place::reading;
    page.read_ahead = true;
    ++counters_.read_ahead;
    Page& target = mutated("swap.wrong_neighbour") ? memory_.page(fault) : page;
    cluster().simulation().spawn(read(target, cause, nullptr));
  }
}

}  // namespace dsmsim
