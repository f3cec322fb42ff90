#pragma once
// What cores of the pComponent ask of memory servers: a page, or to take one back, and to log it
// (section 4.5 of the paper). Knows nothing of lines.

#include "protocols/legoos/counters.hpp"
#include "protocols/legoos/eviction_list.hpp"
#include "protocols/legoos/region_map.hpp"

namespace dsmsim::legoos {

class PageCalls {
 public:
  /// Ends evictions of pages that have gone along with others.
  PageCalls(Stations& stations, Station& station, const RegionMap& regions, Waits& waits,
            EvictionList& evictions, Counters& counters);

  /// Brings core.page, and takes the stash along if the two are of one server.
  Task<> fetch(Tally& tally, Core& core);
  /// Writes a page back and waits until its memory server has it, and the server that logs it.
  Task<> flush(Tally* tally, Core& core, Stash dirty);
  /// The same of the core's stash, whose eviction it ends.
  Task<> flush_stash(Tally& tally, Core& core, Step step);
  /// All that the core has asked for.
  Task<> answered(Tally* tally, Core& core);

 private:
  void ask_for_page(Tally& tally, Core& core);
  void ask_secondary(Core& core, const Stash& dirty);
  Task<> replicate_as_released(Tally* tally, Core& core, Stash dirty);
  Task<> wait_for_owner(Tally* tally, Core& core, PageNumber page);

  const System& system_;
  const Servers& servers_;
  Station& station_;
  const RegionMap& regions_;
  Waits& waits_;
  EvictionList& evictions_;
  Counters& counters_;
};

}  // namespace dsmsim::legoos
