#include "workloads/kvstore/options.hpp"

#include "workloads/generators/scale.hpp"

namespace dsmsim {

KvstoreOptions KvstoreOptions::scaled() const {
  KvstoreOptions all = *this;
  all.operations = scaled_number(operations, scale);
  all.populate_operations = scaled_number(populate_operations, scale);
  all.keys = scaled_number(keys, scale);
  all.buckets = scaled_number(buckets, scale);
  all.scale = 1;
  return all;
}

void describe(config::Fields& f, KvstoreOptions& o) {
  f.sources(o.sources);
  f.optional(
      "scale", o.scale,
      "factor of operations, populate_operations, keys and buckets, which have to go together",
      config::range(1e-6, 1.0));
  f.optional("operations", o.operations, "measured GETs and PUTs of all drivers together",
             config::positive());
  f.optional("populate_operations", o.populate_operations,
             "PUTs of all drivers together before the measuring begins");
  f.optional("populating", o.populating, "which of these are done");
  f.optional("threads_per_server", o.threads_per_server, "driver threads on each server",
             config::range(1, 1024));
  f.optional("get_ratio", o.get_ratio, "share of GETs; the others are PUTs",
             config::range(0.0, 1.0));
  f.optional("keys", o.keys, "number of different keys", config::positive());
  describe_popularity(f, o.popularity);
  f.optional("files", o.files, "which keys are in the stream of a driver");
  f.optional("key_order", o.key_order, "what the key of an item is");
  f.optional("buckets", o.buckets, "entries of the table; there is no chaining",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 28));
  f.optional("bucket_shift", o.bucket_shift, "bucket = (key >> bucket_shift) mod buckets",
             config::range(0, 63));
  f.optional("key_size", o.key_size, "bytes of the key in an entry");
  f.optional("value_size", o.value_size, "bytes of the value in an entry", config::positive());
  f.optional("placement", o.placement, "which server allocates the entry of a bucket");
  f.optional("guard", o.guard, "what keeps drivers apart that use one entry");
  f.optional("get_lock", o.get_lock, "the lock that a GET takes");
  f.optional("handle_array", o.handle_array,
             "when drivers read the array of bucket handles, which server 0 allocates");
  f.optional("handle_size", o.handle_size, "bytes of one handle: pointer and lock",
             config::positive());
  f.optional("handle_chunk", o.handle_chunk, "the array is made of objects of this size",
             config::positive());
  f.optional("compute", o.compute, "CPU time of an operation beside its accesses to the store");
  f.optional("work", o.work,
             "CPU time of an operation while its entry is locked, or where the entry is if the "
             "engine runs it there");
  f.check(o.handle_chunk.count() % o.handle_size.count() == 0, "handle_chunk",
          "must be a multiple of handle_size");
}

}  // namespace dsmsim
