#include "workloads/table/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, TableOptions& o) {
  f.sources(o.sources);
  f.optional("affinity", o.affinity, "what the program says about what goes together");
  f.optional("columns", o.columns, "of the table; column k is on server k mod servers",
             config::range(1, 1 << 16));
  f.optional("chunks", o.chunks, "of each column", config::range(1, 1 << 20));
  f.optional("chunk_size", o.chunk_size, "bytes of a chunk", config::at_least(Bytes(8)));
  f.optional("queries", o.queries, "in all", config::range(1, 1 << 20));
  f.optional("keys", o.keys, "columns that a query groups by", config::range(1, 1 << 16));
  f.optional("compute", o.compute, "a query's own work on one chunk of all its columns");
  f.optional("result_size", o.result_size, "bytes of a query's result", config::at_least(Bytes(8)));
  f.check(o.keys < o.columns, "keys", "must be fewer than columns: one is aggregated");
}

}  // namespace dsmsim
