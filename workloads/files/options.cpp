#include "workloads/files/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, FilesOptions& o) {
  f.sources(o.sources);
  f.optional("pattern", o.pattern, "where in the file the next request is");
  f.optional("file_size", o.file_size, "of each file", config::positive());
  f.optional("request", o.request, "bytes of a read or a write",
             config::range(Bytes(1), Bytes(16 << 20)));
  f.optional("write_ratio", o.write_ratio, "share of writes", config::range(0.0, 1.0));
  f.optional("sync_every", o.sync_every, "requests of a thread between two syncs; 0: never");
  f.optional("threads_per_server", o.threads_per_server, "threads on each server",
             config::range(1, 1024));
  f.optional("shared_file", o.shared_file, "one file for all threads; else each has its own");
  f.optional("requests", o.requests, "of each thread, measured", config::positive());
  f.optional("warm_up", o.warm_up, "each thread reads its file once before that");
  describe_popularity(f, o.popularity);
  f.check(o.file_size >= o.request, "file_size", "must hold a request");
}

}  // namespace dsmsim
