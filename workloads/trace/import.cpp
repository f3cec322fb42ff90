#include "workloads/trace/import.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "workloads/trace/block_map.hpp"

namespace dsmsim {

namespace {

struct Range {
  std::uint32_t begin = static_cast<std::uint32_t>(-1);
  std::uint32_t end = 0;
  bool empty() const { return end == 0; }
  void cover(std::uint32_t from, std::uint32_t to) {
    begin = std::min(begin, from);
    end = std::max(end, to);
  }
};

/// Consecutive accesses of one thread to one block: at most one load and one store of the bytes
/// from the first to the last that they touch.
struct Run {
  std::uint64_t object = 0;
  Range loaded;
  Range stored;
  std::uint32_t records = 0;
  std::uint32_t instructions = 0;
};

/// The step of an access without merging.
TraceStepKind step_kind(TraceEventKind kind) {
  static_assert(static_cast<int>(TraceEventKind::modify) ==
                static_cast<int>(TraceStepKind::modify));
  return static_cast<TraceStepKind>(kind);
}

struct ThreadState {
  ThreadTrace steps;
  Run run;
  bool touched_anything = false;
  std::uint64_t stack_top = 0;     // where its first access was
  std::uint32_t instructions = 0;  // before records that were left out
};

class Importer {
 public:
  explicit Importer(const ImportOptions& options)
      : options_(options),
        block_bits_(std::countr_zero(options.granularity.count())),
        threads_(1) {}

  ImportedTrace import(TraceReader& reader) {
    TraceEvent event;
    while (reader.next(event)) {
      take(event);
    }
    ImportedTrace trace;
    for (ThreadState& thread : threads_) {
      flush(thread);
      trace.threads.push_back(std::move(thread.steps));
    }
    counts_.malformed = reader.malformed();
    counts_.other_processes = reader.of_other_processes();
    counts_.records = counts_.read + counts_.malformed + counts_.other_processes;
    trace.counts = counts_;
    trace.first_touch = std::move(first_touch_);
    return trace;
  }

 private:
  void take(const TraceEvent& event) {
    switch (event.kind) {
      case TraceEventKind::start:
        threads_.emplace_back();
        step_of_first_thread(TraceStepKind::start, event.thread);
        break;
      case TraceEventKind::block:
        flush(threads_[event.thread]);
        if (event.thread == 0) {
          first_blocked_ = true;
          join_ended();
        }
        break;
      case TraceEventKind::end:
        ended_.push_back(event.thread);
        if (first_blocked_) {
          join_ended();
        }
        break;
      case TraceEventKind::load:
      case TraceEventKind::store:
      case TraceEventKind::modify:
        access(event);
        break;
    }
  }

  void step_of_first_thread(TraceStepKind kind, std::uint32_t thread) {
    flush(threads_[0]);
    threads_[0].steps.append({.kind = kind, .object = thread});
  }

  void join_ended() {
    for (const std::uint32_t thread : std::exchange(ended_, {})) {
      if (thread != 0) {
        step_of_first_thread(TraceStepKind::join, thread);
      }
    }
  }

  void access(const TraceEvent& event) {
    ThreadState& thread = threads_[event.thread];
    first_blocked_ = first_blocked_ && event.thread != 0;
    ++counts_.read;
    counts_.instructions += event.instructions;
    thread.instructions += event.instructions;
    if (!thread.touched_anything) {
      thread.touched_anything = true;
      thread.stack_top = event.address;
    }
    if (options_.records && counts_.read > *options_.records) {
      ++counts_.beyond_limit;
    } else if (options_.drop_stack && on_stack(thread, event.address)) {
      ++counts_.stack;
    } else {
      ++counts_.kept;
      keep(event, thread);
    }
  }

  /// A thread's first access is on its stack, close to the top; above it are its thread-local
  /// storage and, for the first thread, arguments and environment.
  bool on_stack(const ThreadState& thread, std::uint64_t address) const {
    constexpr std::uint64_t above = 64 << 10;
    return address >= thread.stack_top ? address - thread.stack_top < above
                                       : thread.stack_top - address <= options_.stack_size.count();
  }

  void keep(const TraceEvent& event, ThreadState& thread) {
    const std::uint64_t size = options_.granularity.count();
    const std::uint64_t end = event.address + event.length;
    for (std::uint64_t from = event.address; from < end;) {
      // Of last bytes, not ends: the end of the last block of all is beyond 64 bits.
      const std::uint64_t to = std::min(end - 1, from | (size - 1)) + 1;
      const auto offset = static_cast<std::uint32_t>(from & (size - 1));
      const auto length = static_cast<std::uint32_t>(to - from);
      const std::uint64_t object = object_of(from, event.thread);
      const std::uint32_t complete = to == end ? 1 : 0;
      const std::uint32_t instructions = std::exchange(thread.instructions, 0);
      if (options_.coalesce) {
        merge(event.kind, object, {offset, offset + length}, complete, instructions, thread);
      } else {
        thread.steps.append({.kind = step_kind(event.kind),
                             .instructions = instructions,
                             .object = object,
                             .offset = offset,
                             .length = length,
                             .records = complete});
      }
      from = to;
    }
  }

  std::uint64_t object_of(std::uint64_t address, std::uint32_t thread) {
    const std::uint64_t object = blocks_.number(address >> block_bits_);
    if (object == first_touch_.size()) {
      first_touch_.push_back(thread);
    }
    return object;
  }

  void merge(TraceEventKind kind, std::uint64_t object, Range range, std::uint32_t records,
             std::uint32_t instructions, ThreadState& thread) {
    if (thread.run.object != object) {
      flush(thread);
    }
    Run& run = thread.run;
    run.object = object;
    run.records += records;
    run.instructions += instructions;
    if (kind != TraceEventKind::store) {
      run.loaded.cover(range.begin, range.end);
    }
    if (kind != TraceEventKind::load) {
      run.stored.cover(range.begin, range.end);
    }
  }

  /// Writes down the run of the thread, if there is one.
  static void flush(ThreadState& thread) {
    Run run = std::exchange(thread.run, {});
    for (const TraceStepKind kind : {TraceStepKind::load, TraceStepKind::store}) {
      const Range& range = kind == TraceStepKind::load ? run.loaded : run.stored;
      const bool last = kind == TraceStepKind::store || run.stored.empty();
      if (!range.empty()) {
        thread.steps.append({.kind = kind,
                             .instructions = std::exchange(run.instructions, 0),
                             .object = run.object,
                             .offset = range.begin,
                             .length = range.end - range.begin,
                             .records = last ? run.records : 0});
      }
    }
  }

  const ImportOptions& options_;
  int block_bits_;
  std::vector<ThreadState> threads_;
  BlockMap blocks_;
  std::vector<std::uint32_t> first_touch_;
  std::vector<std::uint32_t> ended_;  // and not yet joined
  bool first_blocked_ = false;        // the first thread is in a call that may wait
  ImportCounts counts_;
};

}  // namespace

ImportedTrace import_trace(TraceReader& reader, const ImportOptions& options) {
  return Importer(options).import(reader);
}

}  // namespace dsmsim
