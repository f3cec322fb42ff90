#include "protocols/gam/options.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dsmsim {

void describe(config::Fields& f, GamCosts& c) {
  f.optional("clock_ghz", c.clock_ghz,
             "clock of the processor that these were measured on: they scale with the servers'; "
             "left out, they are the servers' own",
             config::range(0.1, 10.0));
  f.required("home_read", c.home_read, "read of a block in this server's own memory");
  f.required("home_write", c.home_write, "write of a block in this server's own memory");
  f.required("home_lock", c.home_lock, "lock of a block in this server's own memory");
  f.required("home_unlock", c.home_unlock, "unlock of a block in this server's own memory");
  f.required("cached_read", c.cached_read, "read hit in the cache");
  f.required("cached_write", c.cached_write, "write hit in the cache");
  f.required("cached_lock", c.cached_lock, "lock of a cached block");
  f.required("cached_unlock", c.cached_unlock, "unlock of a cached block");
  f.required("warm_read", c.warm_read, "read of the block that the thread used last");
  f.required("warm_write", c.warm_write, "write of the block that the thread used last");
  f.required("warm_lock", c.warm_lock, "lock of the block that the thread used last");
  f.required("warm_unlock", c.warm_unlock, "unlock of the block that the thread used last");
  f.required("fence", c.fence, "memory fence when no write is under way");
  f.required("miss", c.miss,
             "CPU time of a read, write or lock that takes a line, without posting");
  f.required("evict_dirty", c.evict_dirty,
             "more, without posting, for whoever evicts a dirty line");
  f.required("list_lock", c.list_lock,
             "part of a hit that is under the lock of an LRU list, of which it takes two");
  f.check(c.list_lock * 2 <= std::min({c.cached_read, c.cached_write, c.cached_lock}), "list_lock",
          "must fit twice into a hit");
  f.required("service", c.service, "worker's CPU time per message or completion, without posting");
  f.required("rerun", c.rerun,
             "worker's CPU time per queued request of another server that is tried again");
  f.required("wake", c.wake, "from the worker's notification until the thread goes on");
  f.required("allocate", c.allocate,
             "allocation or release of a chunk of local memory, under the allocator's lock; the "
             "part of a miss that is");
}

void describe(config::Fields& f, GamOptions& o) {
  f.optional("block", o.block, "unit of coherence; a power of two",
             config::range(Bytes(8), Bytes(64 << 10)));
  f.optional("caching", o.caching,
             "false: a block of another server is given back after each access, or unlock");
  f.optional("cache_th", o.cache_th, "share of a server's memory that may hold cache lines",
             config::range(0.0, 1.0));
  f.optional("cache", o.cache, "the same as a size; zero: cache_th of the memory");
  f.optional("lru_lists", o.lru_lists, "LRU lists a server", config::range(1, 250));
  f.optional("evictions", o.evictions, "at most so many evictions in one go", config::at_least(1));
  f.optional("eviction_period", o.eviction_period, "of the timer that evicts from a full cache",
             config::positive());
  f.optional("consistency", o.consistency, "in what order others see the writes of a thread");
  f.optional("placement", o.placement, "server of objects that the program gives none for");
  f.optional("ghost_th", o.ghost_th, "net allocation after which a server tells its free memory");
  f.optional("client_handles", o.client_handles,
             "handles to the DSM that the threads of a server share, each in use for one access, "
             "allocation or release at a time; zero: every thread has its own");
  f.optional("read_dying_lines", o.read_dying_lines,
             "as released: reads hit lines that are being written back or handed over");
  f.optional("ack_locked_upgrade", o.ack_locked_upgrade,
             "as released: an upgrading server gives up its copy even under a read lock");
  f.optional("leak_shipped_lines", o.leak_shipped_lines,
             "as released: every line handed to a new owner raises the cache's limit for ever");
  f.optional("early_write_bytes", o.early_write_bytes,
             "as released: an upgrading write can be read under a lock before it is granted");
  f.optional("restore_lost_copies", o.restore_lost_copies,
             "as released: a failed try-lock upgrade revives a copy invalidated meanwhile");
  f.optional("confuse_copies", o.confuse_copies,
             "as released: an invalidation of an evicted copy waits for the data of the next one");
  f.optional("home_reads_wait", o.home_reads_wait,
             "as released: a home does not read its own block while it invalidates copies");
  f.nested("slab", o.slab, "allocator of a server's partition");
  f.nested("costs", o.costs, "CPU times of the protocol's software");
  f.sources(o.sources);
  f.check(std::has_single_bit(o.block.count()), "block", "must be a power of two");
}

GamCosts scaled(const GamCosts& costs, double clock_ghz) {
  GamCosts c = costs;
  if (!c.clock_ghz) {
    return c;
  }
  const double factor = *c.clock_ghz / clock_ghz;
  c.clock_ghz = clock_ghz;
  for (Duration* const time :
       {&c.home_read,    &c.home_write,  &c.home_lock,     &c.home_unlock, &c.cached_read,
        &c.cached_write, &c.cached_lock, &c.cached_unlock, &c.warm_read,   &c.warm_write,
        &c.warm_lock,    &c.warm_unlock, &c.fence,         &c.miss,        &c.evict_dirty,
        &c.list_lock,    &c.service,     &c.rerun,         &c.wake,        &c.allocate}) {
    *time = Duration::picoseconds(std::llround(static_cast<double>(time->ps()) * factor));
  }
  return c;
}

GamOptions timeless(GamOptions options) {
  options.costs = {};
  options.sources = {};
  // An engine with few sizes of chunks is made fast.
  options.slab.page = std::min(options.slab.page, Bytes(8192));
  return options;
}

}  // namespace dsmsim
