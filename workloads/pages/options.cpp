#include "workloads/pages/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, PagesOptions& o) {
  f.sources(o.sources);
  f.optional("pattern", o.pattern, "which bytes are accessed in which order");
  f.optional("working_set", o.working_set, "memory that each thread works on", config::positive());
  f.optional("page", o.page, "one object; what the program takes for a page",
             config::range(Bytes(64), Bytes(1 << 20)));
  f.optional("line", o.line, "what the program takes for a cache line", config::at_least(Bytes(8)));
  f.optional("access", o.access, "bytes of one access", config::positive());
  f.optional("stride", o.stride, "strided: from one access to the next", config::positive());
  f.optional("write_ratio", o.write_ratio, "share of writes", config::range(0.0, 1.0));
  f.optional("lines", o.lines, "dirty_lines: lines of each page", config::at_least(1));
  f.optional("arrangement", o.arrangement, "dirty_lines: where in the page they are");
  f.optional("threads_per_server", o.threads_per_server, "threads on each server",
             config::range(1, 1024));
  f.optional("accesses", o.accesses, "of each thread, measured", config::positive());
  f.optional("warm_up", o.warm_up, "write each page once before that");
  describe_popularity(f, o.popularity);
  const std::uint64_t apart = o.arrangement == LineArrangement::alternating ? 2 : 1;
  f.check(o.working_set >= o.page, "working_set", "must hold a page");
  f.check(o.access <= o.line, "access", "must not exceed line");
  f.check(o.line <= o.page && o.page.count() % o.line.count() == 0, "line", "must divide page");
  f.check(o.stride < o.working_set, "stride", "must be less than working_set");
  f.check(o.line * (o.lines * apart) <= o.page, "lines", "must fit into a page as arranged");
}

}  // namespace dsmsim
