#include "workloads/crowd/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, CrowdOptions& o) {
  f.sources(o.sources);
  f.optional("threads", o.threads, "in all", config::range(1, 65'536));
  f.optional("start", o.start, "where threads start");
  f.optional("objects", o.objects, "that each thread allocates and works on",
             config::range(1, 1 << 24));
  f.optional("shared_objects", o.shared_objects, "on each server, which threads of others read",
             config::range(1, 1 << 24));
  f.optional("object_size", o.object_size, "bytes of an object", config::at_least(Bytes(8)));
  f.optional("steps", o.steps, "of each thread", config::positive());
  f.optional("compute", o.compute, "a thread's own work in a step");
  f.optional("remote_share", o.remote_share, "of the steps that read an object of another server",
             config::range(0.0, 1.0));
  f.optional("rewrite_share", o.rewrite_share,
             "of those that write the object of the thread's own server instead",
             config::range(0.0, 1.0));
}

}  // namespace dsmsim
