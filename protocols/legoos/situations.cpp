#include "protocols/legoos/situations.hpp"

#include <algorithm>

namespace dsmsim::legoos {
namespace {

std::string name(MessageKind request, AtMemory found) {
  std::string text(row_of(request).name);
  text += found.page ? " of a page in memory" : " of a page without memory";
  if (request == MessageKind::miss_flush) {
    text += found.victim ? ", victim in memory" : ", victim without memory";
  }
  return text;
}

std::string name(MessageKind reply, AtCore waits) {
  static constexpr std::string_view kWaits[] = {", nobody waits", ", a core waits for a line",
                                                ", a core waits for the page table",
                                                ", a core waits for the evicted page"};
  return std::string(row_of(reply).name) + std::string(kWaits[static_cast<std::size_t>(waits)]);
}

int index_of(const std::string& name) {
  const auto found = std::find(situations().begin(), situations().end(), name);
  return found == situations().end() ? -1 : static_cast<int>(found - situations().begin());
}

}  // namespace

const std::vector<std::string>& situations() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const bool page : {true, false}) {
      all.push_back(name(MessageKind::miss, {page, false}));
      all.push_back(name(MessageKind::flush, {page, false}));
      all.push_back(name(MessageKind::miss_flush, {page, true}));
      all.push_back(name(MessageKind::miss_flush, {page, false}));
    }
    for (const AtCore waits : {AtCore::nobody, AtCore::line, AtCore::lock, AtCore::eviction}) {
      all.push_back(name(MessageKind::miss_reply, waits));
      all.push_back(name(MessageKind::flush_reply, waits));
    }
    return all;
  }();
  return names;
}

int situation(MessageKind request, AtMemory found) {
  const bool pages = request == MessageKind::miss || request == MessageKind::flush ||
                     request == MessageKind::miss_flush;
  return pages ? index_of(name(request, found)) : -1;
}

int situation(MessageKind reply, AtCore waits) {
  const bool pages = reply == MessageKind::miss_reply || reply == MessageKind::flush_reply;
  return pages ? index_of(name(reply, waits)) : -1;
}

}  // namespace dsmsim::legoos
