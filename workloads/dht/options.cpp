#include "workloads/dht/options.hpp"

#include "workloads/generators/scale.hpp"

namespace dsmsim {

DhtOptions DhtOptions::scaled() const {
  DhtOptions all = *this;
  all.operations = scaled_number(operations, scale);
  all.keys = scaled_number(keys, scale);
  all.buckets = scaled_number(buckets, scale);
  all.scale = 1;
  return all;
}

void describe(config::Fields& f, DhtOptions& o) {
  f.sources(o.sources);
  f.optional("scale", o.scale, "factor of operations, keys and buckets, which have to go together",
             config::range(1e-6, 1.0));
  f.optional("operations", o.operations,
             "measured GETs and PUTs; as many PUTs populate the table before, and as many "
             "operations are the warm-up",
             config::positive());
  f.optional("operations_of", o.operations_of, "whose operations these are");
  f.optional("populating", o.populating, "which PUTs of the populating are done");
  f.optional("warm_up", o.warm_up, "the measured part is run once before, unmeasured");
  f.optional("measured_file", o.measured_file, "whose keys a driver measures with");
  f.optional("threads_per_server", o.threads_per_server, "driver threads on each server",
             config::range(1, 1024));
  f.optional("get_ratio", o.get_ratio, "share of GETs; the others are PUTs",
             config::range(0.0, 1.0));
  f.optional("keys", o.keys, "number of different keys",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 28));
  describe_popularity(f, o.popularity);
  f.optional("files", o.files, "which keys are in the file of a driver");
  f.optional("key_order", o.key_order, "what the key of an item is");
  f.optional("buckets", o.buckets, "buckets of a table; each server has a table",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 28));
  f.optional("bucket_shift", o.bucket_shift, "bucket = (key >> bucket_shift) mod buckets",
             config::range(0, 63));
  f.optional("bucket_size", o.bucket_size, "bytes of a bucket", config::positive());
  f.optional(
      "buckets_per_object", o.buckets_per_object,
      "neighbours in one object: engines that do not lock ranges of bytes lock them together",
      config::range(1, 1 << 20));
  f.optional("value_size", o.value_size, "bytes of an entry with its key", config::positive());
  f.optional("get_lock", o.get_lock, "the lock that a GET takes");
  f.optional("compute", o.compute, "CPU time of an operation beside its accesses");
}

}  // namespace dsmsim
