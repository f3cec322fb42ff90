#include "protocols/ivy/row.hpp"

#include "protocols/ivy/engine.hpp"

namespace dsmsim {

ProtocolRow ivy_row() {
  return protocol_row_of<IvyEngine, IvyOptions>(
      "ivy", "shared virtual memory: a page directory, fixed managers",
      {.variant = {},
       .citation = "Li and Hudak, ACM TOCS 7(4), 1989",
       .scarce = {"page=512B", "cache=512B", "ways=1"},
       .strains = {"page=512B", "cache=8KiB"},
       .counters = counter_rows_of<paging::DirectoryCounters>()});
}

}  // namespace dsmsim
