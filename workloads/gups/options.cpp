#include "workloads/gups/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, GupsOptions& o) {
  f.sources(o.sources);
  f.optional("threads_per_server", o.threads_per_server, "threads on each server",
             config::range(1, 65'536));
  f.optional("words", o.words, "of eight bytes: the table, over all servers",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 40));
  f.optional("updates", o.updates, "of each thread", config::positive());
  f.optional("chunk", o.chunk, "bytes of the objects that the table consists of",
             config::at_least(Bytes(8)));
  f.optional("update", o.update, "of a word");
  f.optional("verify", o.verify, "read the table in the end: no addition may be missing");
  f.check(o.chunk.count() % 8 == 0, "chunk", "must be a number of words, of eight bytes each");
  f.check(!o.verify || o.update == GupsUpdate::atomic_add, "verify",
          "can only count what atomic_add has added");
}

}  // namespace dsmsim
