#pragma once
// The daemon that tells memory servers which pages have been touched for the first time
// (managers/processor/pcache/zerofill_notify.c), from a ring of 1024 places: what finds it full is
// not told, and its page gets memory when it is written back.

#include "protocols/legoos/region_map.hpp"
#include "protocols/legoos/station.hpp"

namespace dsmsim::legoos {

class FirstTouches {
 public:
  FirstTouches(const System& system, const Servers& servers, Station& station,
               const RegionMap& regions);

  void announce(PageNumber page);
  void fingerprint(Fingerprint& into) const;

 private:
  Task<> announce_all();

  const System& system_;
  const Servers& servers_;
  Station& station_;
  const RegionMap& regions_;
  std::vector<PageNumber> pages_;  ///< to be announced
  Caller daemon_;
};

}  // namespace dsmsim::legoos
