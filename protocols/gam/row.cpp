#include "protocols/gam/row.hpp"

#include "protocols/gam/counters.hpp"
#include "protocols/gam/engine.hpp"

namespace dsmsim {

ProtocolRow gam_row() {
  return protocol_row_of<GamEngine, GamOptions>(
      "gam", "directory protocol with a cache on every server",
      {.variant = {},
       .citation = "Cai et al., GAM, PVLDB 11(11), 2018",
       .scarce = {"cache=512B", "lru_lists=1"},
       .strains = {"cache=4KiB", "lru_lists=1", "eviction_period=10us"},
       .repairs = {"read_dying_lines=false", "early_write_bytes=false", "ack_locked_upgrade=false",
                   "restore_lost_copies=false", "confuse_copies=false"},
       .counters = counter_rows_of<gam::Totals>()});
}

}  // namespace dsmsim
