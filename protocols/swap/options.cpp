#include "protocols/swap/options.hpp"

#include <algorithm>
#include <bit>

namespace dsmsim {

void describe(config::Fields& f, LocalDemand& d) {
  f.required("server", d.server, "a memory server: 1 and up");
  f.required("at", d.at, "the simulated time");
  f.required("bytes", d.bytes, "that its own programs need from then on");
  f.check(d.server > 0, "server", "server 0 runs the program; memory servers are 1 and up");
}

void describe(config::Fields& f, DaemonOptions& d) {
  f.optional("evict_below", d.evict_below, "of free memory, filtered: slabs are taken back");
  f.optional("grow_above", d.grow_above, "of free memory, filtered: more slabs are lent");
  f.optional("grow_after", d.grow_after, "periods in a row above", config::at_least(1));
  f.optional("demand", d.demand, "what the servers' own programs need");
  f.check(d.evict_below < d.grow_above, "grow_above", "must be more than evict_below");
}

void describe(config::Fields& f, DiskOptions& d) {
  f.required("read", d.read, "latency: of a page, by an idle device");
  f.required("write", d.write, "latency: of a page, by an idle device");
  f.required("read_rate", d.read_rate, "throughput: of pages, with a full queue",
             config::positive());
  f.required("write_rate", d.write_rate, "throughput: of pages, with a full queue",
             config::positive());
  f.check(kSwapPage / d.read_rate <= d.read, "read_rate",
          "a page takes longer than its whole latency");
  f.check(kSwapPage / d.write_rate <= d.write, "write_rate",
          "a page takes longer than its whole latency");
}

void describe(config::Fields& f, SwapCosts& c) {
  f.required("fault", c.fault, "trap, page table, return");
  f.required("zero", c.zero, "to clear a page");
  f.required("swap_in", c.swap_in, "swap cache, a free frame, mapping");
  f.required("block", c.block, "bio and request queue, per page read or written");
  f.required("copy", c.copy, "of a page, between it and a buffer of the device");
  f.required("wake", c.wake, "interrupt, until the thread that slept goes on");
  f.required("scan", c.scan, "reclaim, per page that it looks at");
  f.required("unmap", c.unmap, "of a batch of pages: a TLB shootdown");
  f.required("allocation", c.allocation, "allocation or release by the program's allocator");
  f.required("local_atomic", c.local_atomic, "atomic instruction, beyond the memory access");
  f.optional("control", c.control, "infiniswap: a control message, at either end");
  f.optional("registration", c.registration, "infiniswap: of a slab's memory with the NIC");
}

void describe(config::Fields& f, SwapOptions& o) {
  f.optional("device", o.device, "where pages go");
  f.optional("cache", o.cache, "memory of this server for the program's pages",
             config::at_least(kSwapPage * 2));
  f.optional("disk_size", o.disk_size, "of the disk or ramdisk", config::at_least(kSwapPage));
  f.nested("disk", o.disk, "the disk; Infiniswap's copies go there, too");
  f.optional("batch", o.batch, "pages that reclaim takes at a time", config::at_least(1));
  f.optional("readahead", o.readahead, "largest window of pages read at a time; a power of two",
             config::range(1, 64));
  f.optional("watermark_scale", o.watermark_scale, "of memory, between the watermarks",
             config::range(0.0, 0.1));
  f.optional("min_free", o.min_free, "free pages below which who faults reclaims");
  f.optional("slab", o.slab, "piece of the device that one server keeps", config::positive());
  f.optional("placement", o.placement, "how a slab finds its server");
  f.optional("choices", o.choices, "power_of_choices: servers asked", config::at_least(1));
  f.optional("mapping", o.mapping, "infiniswap: when a slab gets a server");
  f.optional("rules", o.rules, "infiniswap: what is a hot slab, and how many a daemon asks about");
  f.optional("period", o.period, "infiniswap: of looking at slabs, and at free memory",
             config::positive());
  f.optional("hot_slab", o.hot_slab, "infiniswap, the paper's rule: page I/O a second",
             config::at_least(0.0));
  f.optional("daemon", o.daemon,
             "infiniswap: keeps memory free at its server; none: all memory is lent");
  f.optional("contexts", o.contexts, "infiniswap: requests that write to a server at a time",
             config::at_least(1));
  f.optional("reuse_context_early", o.reuse_context_early,
             "infiniswap: a defect of the released code, buffers used again too early");
  f.optional("grant", o.grant, "what a size class takes of the memory at a time",
             config::positive());
  f.optional("cpu_caches", o.cpu_caches, "L1, L2 and L3; none: every reference goes to memory");
  f.nested("costs", o.costs, "CPU times");
  f.sources(o.sources);
  f.check(std::has_single_bit(o.readahead), "readahead", "must be a power of two");
  f.check(std::has_single_bit(o.grant.count()), "grant", "must be a power of two");
  f.check(o.slab.count() % kSwapPage.count() == 0, "slab", "must be a number of pages of 4KiB");
  f.check(
      o.mapping == SlabMapping::at_once || o.placement == paging::SlabPlacement::power_of_choices,
      "placement", "slabs that are mapped by messages ask servers drawn at random");
  f.check(
      o.device == SwapDeviceKind::infiniswap || (o.mapping == SlabMapping::at_once && !o.daemon),
      o.daemon ? "daemon" : "mapping", "is for the device infiniswap");
  f.check(kSwapPage * (o.min_free + 2) <= o.cache, "min_free", "leaves the program no two pages");
}

SwapOptions timeless(SwapOptions options) {
  options.cpu_caches.reset();
  options.costs = {};
  options.disk = {};
  options.sources = {};
  options.grant = std::min(options.grant, kSwapPage);
  options.slab = std::min(options.slab, Bytes(64 << 10));
  options.hot_slab = 0;
  options.each_look = true;
  return options;
}

}  // namespace dsmsim
