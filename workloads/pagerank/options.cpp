#include "workloads/pagerank/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, PagerankOptions& o) {
  f.sources(o.sources);
  f.optional("log2_vertices", o.log2_vertices, "2 to this power are the vertices",
             config::range(1, 26));
  f.optional("degree", o.degree, "edges a vertex, on average", config::range(1, 1024));
  f.optional("rmat_a", o.rmat_a, "probability that an edge is in the first quarter of the matrix",
             config::range(0.0, 1.0));
  f.optional("rmat_b", o.rmat_b, "the same of the second quarter", config::range(0.0, 1.0));
  f.optional("rmat_c", o.rmat_c, "the same of the third quarter; the fourth has the rest",
             config::range(0.0, 1.0));
  f.optional("iterations", o.iterations, "all of them are done", config::range(1, 1000));
  f.optional("damping", o.damping, "share of a rank that follows edges", config::range(0.0, 1.0));
  f.optional("threads_per_server", o.threads_per_server, "threads on each server",
             config::range(1, 65'536));
  f.optional("chunk_vertices", o.chunk_vertices,
             "vertices whose contributions are in one object, 8 bytes each",
             config::range(1, 1 << 26));
  f.optional("access", o.access, "how contributions are read");
  f.optional("barrier", o.barrier, "between the halves of an iteration");
  f.optional("compute_edge", o.compute_edge, "CPU time of an edge beside the program's accesses");
  f.optional("compute_vertex", o.compute_vertex, "CPU time of a vertex, the same");
  f.optional("verify", o.verify, "read the sums in the end: no addition may be missing");
  f.check(o.rmat_a + o.rmat_b + o.rmat_c <= 1, "rmat_a", "and the other two must not exceed 1");
}

}  // namespace dsmsim
