#include "protocols/legoos/options.hpp"

#include <algorithm>
#include <bit>

#include "protocols/legoos/address_space.hpp"
#include "protocols/legoos/file_blocks.hpp"

namespace dsmsim {

void describe(config::Fields& f, LegoosDevice& d) {
  f.required("read", d.read, "until the first byte of what is read comes");
  f.required("write", d.write, "until the first byte of what is written goes");
  f.required("bandwidth", d.bandwidth, "of either", config::positive());
}

void describe(config::Fields& f, LegoosFiles& files) {
  f.optional("buffer_cache", files.buffer_cache, "memory servers cache files in blocks of 256 KiB");
  f.optional("cache", files.cache, "size of the buffer cache of a memory server");
  f.optional("placement", files.placement, "which memory server caches a file");
  f.optional("call", files.call, "bytes of a request that go to the memory server at a time",
             config::range(legoos::kFilePage, legoos::kBlock));
  f.required("system_call", files.system_call, "CPU time of a read or write, without copying");
  f.nested("device", files.device, "behind the storage server");
  f.check(files.cache >= legoos::kBlock * 2 && files.cache.count() % legoos::kBlock.count() == 0,
          "cache",
          "must be a multiple of " + to_string(legoos::kBlock) + ", and two of them at least");
}

namespace {

/// What belongs to fault, eviction and allocation as LegoOS does them.
void check_sharing(config::Fields& f, const LegoosOptions& o) {
  const LegoosOptions d;
  const auto unused = [&](const std::string& key, const auto& value, const auto& fallback) {
    paging::check_unused(f, o.sharing, key, value == fallback);
  };
  unused("sweep_period", o.sweep_period, d.sweep_period);
  unused("eviction", o.eviction, d.eviction);
  unused("victim_lines", o.victim_lines, d.victim_lines);
  unused("forget_late_evictions", o.forget_late_evictions, d.forget_late_evictions);
  unused("piggyback", o.piggyback, d.piggyback);
  unused("zero_fill", o.zero_fill, d.zero_fill);
  unused("zero_fill_notify", o.zero_fill_notify, d.zero_fill_notify);
  unused("memory", o.memory, d.memory);
  unused("files", o.files.has_value(), false);
  unused("batch_poll", o.batch_poll, d.batch_poll);
  unused("placement", o.placement, d.placement);
  unused("consult", o.consult, d.consult);
  unused("manager", o.manager, d.manager);
  unused("report_period", o.report_period, d.report_period);
  unused("replication", o.replication, d.replication);
  unused("log_entries", o.log_entries, d.log_entries);
  unused("storage", o.storage, d.storage);
}

}  // namespace

void describe(config::Fields& f, LegoosService& s) {
  f.required("before", s.before, "until the reply is posted");
  f.required("after", s.after, "from the reply's completion until the next request");
}

void describe(config::Fields& f, LegoosSweep& s) {
  f.optional("set", s.set, "to take a set's lock, and to move a line");
  f.optional("line", s.line, "to look at a line: reverse mapping, lock, accessed bit");
}

void describe(config::Fields& f, LegoosCosts& c) {
  f.required("fault", c.fault, "trap, walk of the page table, entry of the ExCache");
  f.required("pick", c.pick, "finding a victim in a full set");
  f.required("unmap", c.unmap, "unmapping a victim");
  f.required("shootdown", c.shootdown, "invalidating a TLB entry of one core alone");
  f.required("interrupt", c.interrupt, "the same with one other core");
  f.required("per_core", c.per_core, "the same, for each core more");
  f.required("copy", c.copy, "copying 4 KiB");
  f.required("zero", c.zero, "zeroing 4 KiB");
  f.required("map", c.map, "mapping the new line");
  f.required("mark", c.mark, "marking one page table entry of newly mapped memory");
  f.required("allocation", c.allocation, "malloc or free that needs no new memory");
  f.required("send", c.send, "a caller's CPU time until it posts, without posting");
  f.required("poll", c.poll, "a polling thread's time for a message");
  f.required("wake", c.wake, "from the polling thread until who waits for the reply goes on");
  f.nested("miss", c.miss, "a memory server's worker at a miss");
  f.nested("flush", c.flush, "at a flush");
  f.nested("miss_flush", c.miss_flush, "at a miss with a flush");
  f.nested("small", c.small, "at every other request");
  f.required("lookup", c.lookup, "finding a page at a memory server");
  f.required("new_page", c.new_page, "allocating and zeroing a page there");
  f.required("manager", c.manager, "the global memory manager, for a message");
  f.nested("sweep", c.sweep, "lru: the daemon that sweeps the sets, at each full one");
  f.required("storage", c.storage, "the storage server, for a message");
  f.required("store", c.store, "the storage server, for a page of a log");
}

void describe(config::Fields& f, LegoosOptions& o) {
  f.optional("cache", o.cache, "size of the ExCache: lines of 4 KiB");
  f.optional("ways", o.ways, "lines of a set", config::range(1, 128));
  f.optional("replacement", o.replacement, "which line of a full set goes");
  f.optional("sweep_period", o.sweep_period, "lru: from the end of a sweep to the next",
             config::positive());
  f.optional("eviction", o.eviction, "how dirty lines get out; only perset_list piggybacks");
  f.optional("victim_lines", o.victim_lines, "of the victim cache", config::range(1, 128));
  f.optional("forget_late_evictions", o.forget_late_evictions,
             "as released: a page can be fetched that is on its way to memory");
  f.optional("piggyback", o.piggyback, "send a dirty line along with the miss that displaces it");
  f.optional("zero_fill", o.zero_fill, "first touches of memory take a zeroed line, no message");
  f.optional("zero_fill_notify", o.zero_fill_notify,
             "a daemon tells the memory server of first touches, which then allocates the page");
  f.optional("memory", o.memory, "what the program's memory is");
  f.optional("files", o.files, "files for programs, on a storage server; none: there are none");
  f.optional("workers", o.workers, "worker threads of a memory server", config::range(1, 16));
  f.optional("batch_poll", o.batch_poll, "workers do not wait for the completion of their replies");
  f.optional("grant", o.grant, "memory that the program's allocator asks the system for at a time",
             config::range(legoos::kPage, legoos::kRegion));
  f.optional("placement", o.placement,
             "the global memory manager's policy; all but spread put memory that is allocated "
             "before it is used on one server");
  f.optional("consult", o.consult, "when the global memory manager is asked");
  f.optional("manager", o.manager, "server beside which the global manager runs; else the last",
             config::at_least(1));
  f.optional("report_period", o.report_period, "of memory servers to the manager; zero: never");
  f.optional("replication", o.replication, "of memory, in logs");
  f.optional("log_entries", o.log_entries, "pages that a log holds", config::range(2, 500));
  f.optional("storage", o.storage, "server that stores logs and files; else the last",
             config::at_least(1));
  f.optional("cpu_caches", o.cpu_caches, "L1, L2 and L3; none: every reference goes to memory");
  paging::describe_sharing(f, o.sharing, "LegoOS");
  f.nested("costs", o.costs, "CPU times of the software");
  f.sources(o.sources);
  const std::uint64_t set = legoos::kPage.count() * o.ways;
  f.check(o.cache.count() >= set, "cache", "must hold at least one set, " + to_string(Bytes(set)));
  f.check(o.cache.count() < set ||
              (o.cache.count() % set == 0 && std::has_single_bit(o.cache.count() / set)),
          "cache", "must be a power of two times the size of a set, " + to_string(Bytes(set)));
  f.check(o.memory == LegoosMemory::anonymous || o.files, "memory",
          "is to be of a file, and there are none without files");
  f.check(std::has_single_bit(o.grant.count()), "grant", "must be a power of two");
  check_sharing(f, o);
}

LegoosOptions timeless(LegoosOptions options) {
  options.cpu_caches.reset();
  options.costs = {};
  if (options.workers > 1) {  // what one works on is an event that others may come before
    options.costs.copy = Duration::picoseconds(1);
  }
  options.sources = {};
  if (options.files) {
    options.files->cache = std::min(options.files->cache, legoos::kBlock * 2);
    options.files->system_call = {};
    options.files->device = {{}, {}, Rate::bits_per_second(1e18)};
  }
  options.report_period = {};
  // An engine with few lines and little memory is made fast.
  options.cache = std::min(options.cache, legoos::kPage * options.ways);
  options.grant = std::min(options.grant, Bytes(16 << 10));
  return options;
}

}  // namespace dsmsim
