#include "protocols/drust/row.hpp"

#include "protocols/drust/engine.hpp"

namespace dsmsim {

ProtocolRow drust_row() {
  return protocol_row_of<DrustEngine, DrustOptions>(
      "drust", "ownership: objects move to who writes them",
      {.variant = {},
       .citation = "Ma et al., DRust, OSDI 2024",
       .scarce = {"memory=16KiB", "colour_bits=2", "pressure=0.1"},
       .strains = {"replication.backups=1", "replication.backups=2",
                   "replication.write_back=every_borrow", "pressure=0", "controller.period=100us"},
       .detours = {"replication.backups=1", "mutex_value=borrow"},
       .repairs = {"mode=paper"},
       .counters = counter_rows_of<drust::Counters>()});
}

}  // namespace dsmsim
