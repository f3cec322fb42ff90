#include "protocols/kona/options.hpp"

#include <algorithm>
#include <bit>

#include "protocols/kona/messages.hpp"

namespace dsmsim {
namespace {

void describe_slabs(config::Fields& f, KonaOptions& o) {
  f.optional("replicas", o.slabs.replicas, "memory nodes that keep each slab",
             config::range(1, 16));
  f.optional("slab", o.slabs.slab, "unit of allocation; no larger than a memory node",
             config::at_least(Bytes(4096)));
  f.optional("placement", o.slabs.placement, "how the rack controller chooses memory nodes");
  f.optional("choices", o.slabs.choices, "nodes drawn by power_of_choices", config::at_least(1));
  f.optional("slab_batch", o.slab_batch, "slabs asked for at a time", config::at_least(1));
  f.optional("slabs_ahead", o.slabs_ahead, "more are asked for when fewer are left unused");
  f.optional("controller", o.controller, "server of the rack controller; none: the last",
             config::at_least(1));
}

/// What belongs to fetch, eviction and slabs as Kona does them.
void check_sharing(config::Fields& f, const KonaOptions& o) {
  const KonaOptions d;
  const auto unused = [&](const std::string& key, const auto& value, const auto& fallback) {
    paging::check_unused(f, o.sharing, key, value == fallback);
  };
  unused("fetches", o.fetches, d.fetches);
  unused("critical_line_first", o.critical_line_first, d.critical_line_first);
  unused("fetch", o.fetch.model, d.fetch.model);
  unused("refetch", o.refetch, d.refetch);
  unused("log", o.log, d.log);
  unused("batch", o.batch, d.batch);
  unused("batch_timeout", o.batch_timeout, d.batch_timeout);
  unused("evictors", o.evictors, d.evictors);
  unused("replicas", o.slabs.replicas, d.slabs.replicas);
  unused("slab", o.slabs.slab, d.slabs.slab);
  unused("placement", o.slabs.placement, d.slabs.placement);
  unused("choices", o.slabs.choices, d.slabs.choices);
  unused("slab_batch", o.slab_batch, d.slab_batch);
  unused("slabs_ahead", o.slabs_ahead, d.slabs_ahead);
  unused("controller", o.controller, d.controller);
}

bool ascending(const std::vector<KonaLatency>& table) {
  return std::is_sorted(table.begin(), table.end(), [](const KonaLatency& a, const KonaLatency& b) {
    return a.size <= b.size;
  });
}

}  // namespace

void describe(config::Fields& f, KonaLatency& l) {
  f.required("size", l.size, "bytes fetched", config::positive());
  f.required("latency", l.latency, "of a fetch of that size");
}

void describe(config::Fields& f, KonaFetchOptions& o) {
  f.optional("model", o.model, "what decides how long it takes");
  f.optional("flat", o.flat, "latencies of the flat model, by size");
  f.check(o.model == KonaFetch::fabric || !o.flat.empty(), "flat", "must not be empty");
  f.check(ascending(o.flat), "flat", "must be sorted by size");
}

void describe(config::Fields& f, KonaFaultCosts& c) {
  f.required("trap", c.trap, "a fault, until the kernel has queued its event");
  f.required("notify", c.notify, "a switch to the fault handler, which reads the event");
  f.required("copy", c.copy, "the handler's system call that copies a page and maps it");
  f.required("protect", c.protect, "the handler's system call that lets a page be written");
  f.required("wake", c.wake, "a switch back to the thread, and its return");
}

void describe(config::Fields& f, KonaCosts& c) {
  f.required("allocation", c.allocation, "allocation or release of an object");
  f.required("local_atomic", c.local_atomic, "atomic instruction, beyond the memory access");
  f.required("snoop", c.snoop, "eviction: a block's lines are taken out of the CPU caches");
  f.required("scan", c.scan, "eviction: the bitmap of a block is read");
  f.required("copy", c.copy, "eviction: a dirty line is copied into the log");
  f.required("receive", c.receive, "memory node: the log receiver finds a batch");
  f.required("unpack", c.unpack, "memory node: a line is put in its place");
  f.required("grant", c.grant, "rack controller: a request for slabs");
  f.nested("fault", c.fault, "kona-vm: a page fault, but for the fetch, or a protection fault");
  f.required("shootdown", c.shootdown, "kona-vm: an evicted page is removed from all TLBs");
}

void describe(config::Fields& f, KonaOptions& o) {
  f.optional("variant", o.variant, "which Kona");
  f.optional("block", o.block, "unit of fetching; a power of two",
             config::range(Bytes(64), Bytes(32 << 10)));
  f.optional("cache_share", o.fmem_share, "share of a server's memory that caches remote memory",
             config::range(0.0, 1.0));
  f.optional("cache", o.fmem, "the same as a size; zero: cache_share of the memory");
  f.optional("ways", o.ways, "associativity of FMem", config::at_least(1));
  f.optional("fmem_penalty", o.fmem_penalty,
             "what an access to FMem takes longer than one to main memory; kona only");
  f.optional("cpu_caches", o.cpu_caches, "L1, L2 and L3; none: every reference goes to FMem");
  f.optional("fetches", o.fetches, "fetches under way at a time", config::at_least(1));
  f.optional("critical_line_first", o.critical_line_first,
             "the line that is waited for has a READ of its own, before the rest of the block");
  f.nested("fetch", o.fetch, "what a remote fetch takes");
  f.optional("refetch", o.refetch,
             "what a fetch does about lines of its block that are in the log");
  f.optional("log", o.log, "ring buffer of the cache-line log, for each memory node");
  f.optional("batch", o.batch, "bytes with which a log write goes out");
  f.optional("batch_timeout", o.batch_timeout, "after which it goes out with fewer",
             config::positive());
  f.optional("evictors", o.evictors, "threads of KLib that evict", config::at_least(1));
  f.optional("fault_handlers", o.fault_handlers, "kona-vm: threads that handle page faults",
             config::at_least(1));
  describe_slabs(f, o);
  paging::describe_sharing(f, o.sharing, "Kona");
  f.nested("costs", o.costs, "CPU times");
  f.sources(o.sources);
  f.check(std::has_single_bit(o.block.count()), "block", "must be a power of two");
  f.check(std::has_single_bit(o.slabs.slab.count()), "slab", "must be a power of two");
  f.check(
      o.fmem == Bytes() || o.fmem >= o.block * o.ways, "cache",
      "is smaller than one set of " + std::to_string(o.ways) + " blocks of " + to_string(o.block));
  f.check(o.log >= kona::entry_size(o.block, kona::lines_of(o.block)), "log",
          "must hold a whole block with its header");
  f.check(o.variant != KonaVariant::kona_vm || !o.critical_line_first, "critical_line_first",
          "is not possible with kona-vm, which maps whole pages");
  f.check(o.variant != KonaVariant::kona_vm || o.block >= Bytes(4096), "block",
          "must be a page of 4KiB at least, for kona-vm maps pages");
  check_sharing(f, o);
}

Duration KonaFetchOptions::latency(Bytes size) const {
  const auto next =
      std::find_if(flat.begin(), flat.end(), [&](const KonaLatency& l) { return l.size >= size; });
  if (flat.size() == 1 || next == flat.begin()) {
    return flat.front().latency;
  }
  const auto high = next == flat.end() ? next - 1 : next;
  const auto low = high - 1;
  const double share = static_cast<double>(size.count() - low->size.count()) /
                       static_cast<double>((high->size - low->size).count());
  return low->latency + from_ns((high->latency - low->latency).ns() * share);
}

KonaOptions timeless(KonaOptions options) {
  options.costs = {};
  // What others may do meanwhile is a matter of order: a wait that takes time is a choice.
  const Duration wait = Duration::picoseconds(options.sharing.on() ? 0 : 1);
  options.costs.receive = wait;
  options.costs.fault.protect = options.variant == KonaVariant::kona_vm ? wait : Duration();
  options.fmem_penalty = {};
  options.fetch = {};
  if (options.cpu_caches) {
    options.cpu_caches = paging::timeless(*options.cpu_caches);
  }
  return options;
}

}  // namespace dsmsim
