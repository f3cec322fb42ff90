#include "protocols/grappa/row.hpp"

#include "protocols/grappa/engine.hpp"

namespace dsmsim {

ProtocolRow grappa_row() {
  return protocol_row_of<GrappaEngine, GrappaOptions>(
      "grappa", "delegation: every access runs at the core that the data belongs to",
      {.variant = {},
       .citation = "Nelson et al., Grappa, USENIX ATC 2015",
       .scarce = {"memory=64KiB", "packet=640B"},
       .strains = {"packet=4KiB", "workers=16", "writes=asynchronous"},
       .counters = counter_rows_of<grappa::PacketCounters>(grappa::kGroups)});
}

}  // namespace dsmsim
