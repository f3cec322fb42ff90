#include "protocols/kona/row.hpp"

#include "protocols/kona/engine.hpp"
#include "protocols/kona/shared.hpp"
#include "protocols/paging/sharing_row.hpp"

namespace dsmsim {

ProtocolRow kona_row() {
  return sharing_row<KonaShared, KonaOptions>(protocol_row_of<KonaEngine, KonaOptions>(
      "kona", "far memory by cache lines: an FPGA fetches blocks and sees which lines are dirty",
      {.variant = {},
       .citation = "Calciu et al., Kona, ASPLOS 2021",
       .scarce = {"block=512B", "cache=1KiB", "ways=2", "log=1KiB", "batch=1KiB"},
       .strains = {"cache=32KiB", "replicas=2", "slab=64KiB"},
       .detours = {"replicas=2",
                   // a core writes back what it has written with its next access
                   R"(cpu_caches={"l1": {"size": "64B", "ways": 1, "latency": "0ns"},)"
                   R"( "l2": {"size": "64B", "ways": 1, "latency": "0ns"},)"
                   R"( "l3": {"size": "64B", "ways": 1, "latency": "0ns"}})"},
       .presets = {{"kona-shared",
                    "kona on several servers, with a page directory (an extension)",
                    "Calciu et al., Kona, ASPLOS 2021; Li and Hudak, ACM TOCS 7(4), 1989",
                    {"block=512B", "cache=512B", "ways=1"}}},
       .counters =
           counter_rows_of<paging::CpuCacheReport, KonaCounters, paging::DirectoryCounters>()}));
}

}  // namespace dsmsim
