#include "protocols/swap/memory.hpp"

#include <algorithm>

namespace dsmsim::swap {

Page& Memory::page(paging::PageNumber number) {
  std::unique_ptr<Page>& page = pages_[number];
  if (!page) {
    page = std::make_unique<Page>();
    page->page = number;
    page->contents = blank_;
    page->dirty = clean_;
  }
  return *page;
}

void Memory::isolate(Page& page) {
  if (page.is_linked()) {
    --(page.active ? active_count_ : inactive_count_);
    page.unlink();
  }
}

void Memory::activate(Page& page) {
  isolate(page);
  page.active = true;
  active_.push_front(page);
  ++active_count_;
}

void Memory::deactivate(Page& page) {
  isolate(page);
  page.active = false;
  inactive_.push_front(page);
  ++inactive_count_;
}

/// Pages move on whether they have been used or not: for pages without a file the accessed bit
/// counts in the inactive list only (vmscan.c, shrink_active_list). The lists are kept at equal
/// length, as they are in memories below a gigabyte (inactive_list_is_low).
void Memory::refill_inactive(std::uint32_t batch, std::uint64_t& looked) {
  for (std::uint32_t i = 0; i < batch && active_count_ > inactive_count_; ++i) {
    Page& page = active_.back();
    page.looked_at = page.order;
    deactivate(page);
    ++looked;
  }
}

Page* Memory::next_victim(std::uint32_t batch, std::uint64_t& looked) {
  refill_inactive(batch, looked);
  // A page that was used has a second chance; when all were, none has a third.
  for (std::uint64_t left = active_count_ + inactive_count_; left > 0; --left) {
    if (inactive_.empty()) {
      refill_inactive(1, looked);
    }
    Page& page = inactive_.back();
    ++looked;
    if (page.users == 0 && (!page.used() || page.place != Place::mapped)) {
      isolate(page);
      return &page;
    }
    page.looked_at = page.order;
    activate(page);
    refill_inactive(1, looked);
  }
  const auto last = std::find_if(inactive_.rbegin(), inactive_.rend(),
                                 [](const Page& page) { return page.users == 0; });
  if (last == inactive_.rend()) {
    return nullptr;
  }
  Page& page = *last;  // the iterator does not outlive the page's place in the list
  isolate(page);
  return &page;
}

/// Of `order` and `looked_at` only which is more counts; data measure.
void Memory::fingerprint(Fingerprint& into, const Page& page) {
  const auto& [number, order, permission, partial, owned, data, dirty, contents] =
      static_cast<const paging::Frame&>(page);
  const auto& [place, writing, on_device, read_ahead, active, users, looked_at, left_with] =
      static_cast<const PageState&>(page);
  into.add(number, permission, partial, owned, place, writing, on_device, read_ahead, active,
           page.used(), users, left_with);
  dirty.fingerprint(into);
  contents.fingerprint(into);
}

void Memory::fingerprint(Fingerprint& into) const {
  const auto& [pages, free, frames, blank, clean, active, inactive, active_count, inactive_count] =
      *this;
  pages.for_each(
      [&into](paging::PageNumber, const std::unique_ptr<Page>& page) { fingerprint(into, *page); });
  for (const Lru* const list : {&active, &inactive}) {
    for (const Page& page : *list) {
      into.add(page.page.value());
    }
    into.add(0);
  }
  into.add(free);
}

}  // namespace dsmsim::swap
