#include "protocols/legoos/page_store.hpp"

#include "sim/base/error.hpp"

namespace dsmsim::legoos {

PageStore::Page& PageStore::touch(PageNumber page) {
  Page& found = pages_[page];
  if (!found.present) {
    if (free() < kPage) {
      throw OutOfMemory("legoos: the memory of server " + std::to_string(server_.value()) + ", " +
                        to_string(memory_) + ", is all in use; " + others_have_());
    }
    found.present = true;
    ++pages_used_;
  }
  return found;
}

/// How many are present follows.
void PageStore::fingerprint(Fingerprint& into) const {
  const auto& [server, memory, blocks, others_have, pages, pages_used] = *this;
  pages.for_each([&into](PageNumber page, const Page& found) {
    const auto& [contents, present] = found;
    into.add(page, contents, present);
  });
  into.add(pages_used);
}

}  // namespace dsmsim::legoos
