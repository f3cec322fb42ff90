#include "protocols/ivy/options.hpp"

#include <algorithm>
#include <bit>

namespace dsmsim {

void describe(config::Fields& f, IvyCosts& c) {
  f.required("fault", c.fault, "trap, fault handler, page table, return");
  f.required("service", c.service, "of a server, per message, without posting");
  f.required("unmap", c.unmap, "a page is taken out of the page table, on all cores of a server");
  f.required("allocation", c.allocation, "allocation or release of a chunk of local memory");
  f.required("local_atomic", c.local_atomic, "atomic instruction, beyond the memory access");
}

void describe(config::Fields& f, IvyOptions& o) {
  f.optional("page", o.page, "unit of sharing; a power of two",
             config::range(Bytes(64), Bytes(64 << 10)));
  f.optional("cache", o.cache,
             "room for pages of other servers; zero: as much as the server has memory");
  f.optional("ways", o.ways, "frames that a page may be in", config::at_least(1));
  f.optional("upgrades", o.upgrades, "who may read a page is not sent it again to write it");
  f.optional("workers", o.workers, "threads of a server that serve messages",
             config::range(1, 1024));
  f.optional("grant", o.grant, "what a size class takes of the server's memory at a time",
             config::positive());
  f.nested("costs", o.costs, "CPU times of the protocol's software");
  f.sources(o.sources);
  f.check(std::has_single_bit(o.page.count()), "page", "must be a power of two");
  f.check(o.cache == Bytes(0) || o.cache >= o.page * o.ways, "cache",
          "must hold one set: page times ways");
  f.check(std::has_single_bit(o.grant.count()), "grant", "must be a power of two");
}

IvyOptions timeless(IvyOptions options) {
  options.costs = {};
  options.sources = {};
  options.grant = std::min(options.grant, options.page);
  return options;
}

}  // namespace dsmsim
