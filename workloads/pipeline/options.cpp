#include "workloads/pipeline/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, PipelineOptions& o) {
  f.sources(o.sources);
  f.optional("producers", o.producers, "threads that make items", config::range(1, 4096));
  f.optional("workers", o.workers, "threads that use them up", config::range(1, 4096));
  f.optional("rounds", o.rounds, "with a barrier after each", config::positive());
  f.optional("items", o.items, "of each producer in each round", config::positive());
  f.optional("item_size", o.item_size, "bytes of an item", config::at_least(Bytes(8)));
  f.optional("message_size", o.message_size, "bytes of a message beside the item's Box");
  f.optional("table", o.table, "how the workers share the table");
  f.optional("arc_count", o.arc_count, "where the Arc has its count");
  f.optional("table_size", o.table_size, "bytes of the table", config::at_least(Bytes(8)));
  f.optional("lookups", o.lookups, "reads of the table for each item");
  f.optional("lookup_size", o.lookup_size, "bytes of one of them", config::at_least(Bytes(1)));
  f.optional("compute", o.compute, "a worker's own work on an item");
  f.optional("patience", o.patience, "a thread that waits longer at the barrier is stuck",
             config::positive());
  f.check(o.lookup_size <= o.table_size, "lookup_size", "must not be above table_size");
}

}  // namespace dsmsim
