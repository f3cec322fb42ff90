#include "workloads/dataframe/options.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/generators/scale.hpp"

namespace dsmsim {

std::uint64_t DataframeOptions::scaled_rows() const { return scaled_number(rows, scale); }

// Fewer chunks, and smaller ones; of whole cache lines.
Bytes DataframeOptions::chunk() const {
  const double scaled = static_cast<double>(chunk_size.count()) * std::sqrt(scale) / 64;
  return Bytes(std::max<std::uint64_t>(static_cast<std::uint64_t>(std::llround(scaled)), 1) * 64);
}

Duration DataframeOptions::scaled_head_start() const {
  return from_ps(static_cast<double>(head_start.ps()) * scale);
}

std::uint64_t DataframeOptions::chunks(Bytes width) const {
  const std::uint64_t bytes = width.count() * scaled_rows();
  return (bytes + chunk().count() - 1) / chunk().count();
}

void describe(config::Fields& f, DataframeOptions& o) {
  f.sources(o.sources);
  f.optional("scale", o.scale,
             "factor of the rows, and so of bytes and work; chunks shrink by its square root, and "
             "so does their number",
             config::range(1e-6, 1.0));
  f.optional("rows", o.rows, "of the table at scale 1",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 32));
  f.optional("groups_per_key", o.groups_per_key,
             "values of id1, id2, id4 and id5; id3 and id6 have rows / groups_per_key",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 20));
  f.optional("chunk_size", o.chunk_size, "bytes of a chunk of a column at scale 1",
             config::range(Bytes(64), Bytes(std::uint64_t{1} << 32)));
  f.optional("repetitions", o.repetitions, "of the nine queries by one or two ids",
             config::range(0, 1000));
  f.optional("large_queries", o.large_queries, "queries by all six ids", config::range(0, 1000));
  f.optional("head_start", o.head_start, "of the large queries at scale 1");
  f.optional("affinity", o.affinity, "what the program says about what goes together");
  f.optional("chunk_copies", o.chunk_copies, "what becomes of a chunk that a server has read");
  f.optional("slots_per_server", o.slots_per_server, "tasks on a server at once",
             config::range(1, 1024));
  f.optional("workers", o.workers, "threads of a task, which share its chunks",
             config::range(1, 1024));
  f.optional("group_by", o.group_by, "a thread's CPU time per row of a group-by");
  f.optional("take", o.take, "the same per group of a take");
  f.optional("aggregate", o.aggregate, "the same per row of an aggregate");
  f.optional("access", o.access,
             "bytes of one read or write; 0B: objects are read and written as a whole");
  f.optional("access_threads", o.access_threads,
             "threads that share the reads or writes of an object, as a parallel loop does",
             config::range(1, 1 << 12));
  f.check(o.repetitions + o.large_queries > 0, "repetitions", "there must be a query");
}

}  // namespace dsmsim
