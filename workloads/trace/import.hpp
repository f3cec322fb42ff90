#pragma once
// Turns the events of a recording into what each thread does to DSM objects: the steps that every
// trace format shares. Addresses become blocks of fixed size, an access across blocks is split,
// accesses to the stack may be dropped, consecutive accesses to one block may be merged.
//
// A recording without synchronisation says when threads appear and end. From that a fork-join
// skeleton is inferred, in terms of the first thread: a thread starts where the first thread stood
// when it appeared; and the first thread waits for a thread that has ended in the blocking call in
// which it is then, or else in its next one. All other order between threads is lost: each goes at
// its own speed.

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/units.hpp"
#include "workloads/trace/reader.hpp"
#include "workloads/trace/thread_trace.hpp"

namespace dsmsim {

struct ImportOptions {
  Bytes granularity = Bytes(64);      ///< a power of two
  bool coalesce = false;              ///< merge consecutive accesses of a thread to one block
  bool drop_stack = false;            ///< leave out what a thread does to its own stack
  Bytes stack_size = Bytes(8 << 20);  ///< below a thread's first access, which is on its stack
  std::optional<std::uint64_t> records = {};  ///< leave out all data records after so many
};

struct ImportCounts {
  std::uint64_t records = 0;  ///< loads, stores and modifies in the recording
  std::uint64_t read = 0;     ///< of them by the process that is replayed, and well formed
  std::uint64_t kept = 0;
  std::uint64_t malformed = 0;
  std::uint64_t other_processes = 0;
  std::uint64_t stack = 0;
  std::uint64_t beyond_limit = 0;
  std::uint64_t instructions = 0;  ///< up to the last data record of each thread
};

struct ImportedTrace {
  std::vector<ThreadTrace> threads;
  /// The thread that was the first to touch each object, in the order of the recording.
  std::vector<std::uint32_t> first_touch;
  ImportCounts counts;
};

ImportedTrace import_trace(TraceReader& reader, const ImportOptions& options);

}  // namespace dsmsim
