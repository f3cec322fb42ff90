#include "workloads/gam_micro/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, GamMicroOptions& o) {
  f.sources(o.sources);
  f.optional("threads_per_server", o.threads_per_server, "threads on each server",
             config::range(1, 1024));
  f.optional("blocks", o.blocks, "that each thread works on",
             config::range(std::uint64_t{2}, std::uint64_t{1} << 32));
  f.optional("operations", o.operations, "of each thread, once to warm up and once measured",
             config::positive());
  f.optional("block_size", o.block_size, "bytes of one block, an object", config::positive());
  f.optional("item_size", o.item_size, "bytes that one operation touches", config::positive());
  f.optional("remote_ratio", o.remote_ratio,
             "share of a thread's own blocks that lie on another server", config::range(0.0, 1.0));
  f.optional("shared_ratio", o.shared_ratio,
             "share of a thread's blocks that are those of the first thread",
             config::range(0.0, 1.0));
  f.optional("read_ratio", o.read_ratio, "share of reads", config::range(0.0, 1.0));
  f.optional("space_locality", o.space_locality,
             "probability that the next item is the one behind this, in the same block",
             config::range(0.0, 1.0));
  f.optional("time_locality", o.time_locality,
             "probability that the next operation is on the same item", config::range(0.0, 1.0));
  f.optional("operation", o.operation, "what one operation consists of");
  f.check(o.item_size <= o.block_size, "item_size", "must not exceed block_size");
}

}  // namespace dsmsim
