#include "protocols/legoos/row.hpp"

#include "protocols/legoos/engine.hpp"
#include "protocols/legoos/shared.hpp"
#include "protocols/legoos/storage.hpp"
#include "protocols/paging/sharing_row.hpp"

namespace dsmsim {

ProtocolRow legoos_row() {
  return sharing_row<LegoosShared, LegoosOptions>(protocol_row_of<LegoosEngine, LegoosOptions>(
      "legoos", "one server computes, the others are its memory",
      {.variant = {},
       .citation = "Shan et al., LegoOS, OSDI 2018",
       .scarce = {"cache=8KiB", "ways=2"},
       .strains = {"cache=64KiB", "replication=paper", "eviction=victim"},
       .detours = {"replication=paper"},
       .repairs = {"forget_late_evictions=false"},
       .presets = {{"legoos-shared",
                    "legoos on several servers, with a page directory (an extension)",
                    "Shan et al., LegoOS, OSDI 2018; Li and Hudak, ACM TOCS 7(4), 1989",
                    {"cache=4KiB", "ways=1"}}},
       .counters =
           counter_rows_of<legoos::CoreCounters, legoos::ReplicaCounters, legoos::BlockCounters,
                           legoos::StorageCounters, paging::DirectoryCounters>(
               std::span(&legoos::kMemoryRow, 1))}));
}

}  // namespace dsmsim
