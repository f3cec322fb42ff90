#include "protocols/legoos/first_touches.hpp"

namespace dsmsim::legoos {

FirstTouches::FirstTouches(const System& system, const Servers& servers, Station& station,
                           const RegionMap& regions)
    : system_(system), servers_(servers), station_(station), regions_(regions) {
  station_.enlist(daemon_);
}

void FirstTouches::announce(PageNumber page) {
  constexpr std::size_t places = 1024;
  if (!system_.options.zero_fill_notify || pages_.size() == places) {
    return;
  }
  pages_.push_back(page);
  if (pages_.size() == 1) {
    system_.spawn(announce_all());
  }
}

Task<> FirstTouches::announce_all() {
  while (!pages_.empty()) {
    const PageNumber page = pages_.front();
    const NodeId owner = regions_.owner(page);
    if (!servers_.is_lost(owner)) {
      station_.ask(daemon_, owner, {.kind = MessageKind::zero_fill, .page = page}, nullptr);
      co_await station_.answered(daemon_);
      daemon_.failed = false;
    }
    pages_.erase(pages_.begin());
  }
}

void FirstTouches::fingerprint(Fingerprint& into) const {
  const auto& [system, servers, station, regions, pages, daemon] = *this;
  for (const PageNumber page : pages) {
    into.add(page.value());
  }
  into.add(pages.size());
  add(into, daemon);
}

}  // namespace dsmsim::legoos
