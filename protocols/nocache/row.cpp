#include "protocols/nocache/row.hpp"

#include "protocols/nocache/engine.hpp"

namespace dsmsim {

ProtocolRow nocache_row() {
  return protocol_row_of<NocacheEngine, NocacheOptions>(
      "nocache", "no copies: every access is a READ, WRITE or atomic at the home",
      {.variant = {},
       .citation = "the distributed baseline; the example of docs/add-an-engine.md",
       .scarce = {"memory=16KiB"},
       .strains = {"lock_pause=100ns"},
       .counters = counter_rows_of<NocacheCounters>()});
}

}  // namespace dsmsim
