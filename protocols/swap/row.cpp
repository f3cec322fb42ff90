#include "protocols/swap/row.hpp"

#include "protocols/swap/engine.hpp"
#include "protocols/swap/remote_device.hpp"

namespace dsmsim {

ProtocolRow swap_row() {
  return protocol_row_of<SwapEngine, SwapOptions>(
      "swap", "the kernel swaps pages to a disk, or to other servers",
      {.variant = {},
       .citation = "Gu et al., Infiniswap, NSDI 2017",
       .scarce = {"device=infiniswap", "cache=8KiB", "batch=1", "min_free=0", "readahead=2"},
       .strains = {"device=fastswap", "device=infiniswap", "cache=64KiB", "slab=64KiB"},
       .counters = counter_rows_of<SwapCounters, swap::RemoteCounters, swap::DiskCounters,
                                   swap::ContextCounters, swap::SlabLosses, swap::SlabCounters>()});
}

}  // namespace dsmsim
