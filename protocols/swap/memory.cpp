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

void Memory::fingerprint(Fingerprint& into) const {
  pages_.for_each([&into](paging::PageNumber number, const std::unique_ptr<Page>& page) {
    into.add(number.value());
    into.add((static_cast<std::uint64_t>(page->place) << 5) | (page->writing ? 16 : 0) |
             (page->on_device ? 8 : 0) | (page->read_ahead ? 4 : 0) | (page->active ? 2 : 0) |
             (page->used() ? 1 : 0));
    into.add(page->users);
    into.add(page->contents[0]);
    into.add(page->left_with);
    into.add(page->dirty.words()[0]);
  });
  for (const Lru* list : {&active_, &inactive_}) {
    for (const Page& page : *list) {
      into.add(page.page.value());
    }
    into.add(0);
  }
  into.add(free_);
}

}  // namespace dsmsim::swap
