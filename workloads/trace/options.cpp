#include "workloads/trace/options.hpp"

#include <bit>

namespace dsmsim {

void describe(config::Fields& f, TraceOptions& o) {
  f.sources(o.sources);
  f.file(
      "file", o.file, "workloads/traces",
      "what valgrind --tool=lackey --trace-mem=yes --trace-sched=yes wrote, plain or compressed by "
      "zstd, gzip, xz or bzip2");
  f.optional("granularity", o.import.granularity,
             "size of the objects that the address space is cut into",
             config::range(Bytes(8), Bytes(1 << 20)));
  f.optional("coalesce", o.import.coalesce,
             "merge consecutive accesses of a thread to one object into a read and a write");
  f.optional("drop_stack", o.import.drop_stack,
             "leave out what a thread does to its own stack (it still costs instructions)");
  f.optional("stack_size", o.import.stack_size, "so far below a thread's first access",
             config::positive());
  f.optional("records", o.import.records, "replay so many data records of the trace at most",
             config::positive());
  f.optional("malformed", o.lackey.malformed,
             "what happens to lines that are not of the format, and to a file that is cut off");
  f.optional("process", o.lackey.process,
             "which process of the recording is replayed; the first when left out",
             config::positive());
  f.optional("thread_servers", o.thread_servers,
             "servers of Valgrind's threads 1, 2, ...; the others go round the servers");
  f.optional("placement", o.placement, "which server allocates an object");
  f.optional("instructions_per_cycle", o.instructions_per_cycle, "of the traced code",
             config::range(0.001, 100.0));
  f.optional("clock_ghz", o.clock_ghz, "clock of the cores; that of the servers when left out",
             config::range(0.1, 10.0));
  f.optional("assumed_instructions", o.assumed_instructions,
             "instructions a data record, for traces from which the I lines were removed",
             config::range(0.0, 1e6));
  f.check(std::has_single_bit(o.import.granularity.count()), "granularity",
          "must be a power of two");
}

}  // namespace dsmsim
