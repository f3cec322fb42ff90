#include "protocols/local/row.hpp"

#include "protocols/local/engine.hpp"

namespace dsmsim {

ProtocolRow local_row() {
  return protocol_row_of<LocalEngine, LocalOptions>(
      "local", "the original program: plain memory, no DSM",
      {.variant = {},
       .citation = "the baseline of Ma et al., OSDI 2024, section 7",
       .single_server = true,
       .counters = counter_rows_of<LocalCounters>()});
}

}  // namespace dsmsim
