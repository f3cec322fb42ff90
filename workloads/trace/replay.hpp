#pragma once
// Replays a recorded memory trace of a multi-threaded program (A lackey trace: lackey_reader.hpp).
//
// Every thread of the recording is a thread here, on a server of its own choice; it computes for
// the time that its instructions take and then accesses the object that stands for the block, as a
// plain read or write. The recording ran one thread at a time; here each goes at its own speed
// between the starts and ends of threads (import.hpp). A recording has no locks: the accesses of
// different threads race, as far as the engine lets them.
//
// Objects are allocated before the measured part begins. Operations are counted as the kinds
// trace_load, trace_store and trace_modify; an access that spans blocks is one operation. The trace
// is read and checked by the constructor, so that a bad one is reported before anything runs.

#include "sim/dsm/boundary/hit_run.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "workloads/generators/drivers.hpp"
#include "workloads/trace/options.hpp"

namespace dsmsim {

class TraceReplay final : public Program {
 public:
  /// Throws InputErrors or Error (exit code 2) if the trace cannot be read, and what
  /// stop_if_asked() does.
  explicit TraceReplay(TraceOptions options);
  Task<> main(Thread& thread) override;
  void check_servers(std::size_t servers) const override;
  Demand demand(std::size_t servers) const override;
  std::vector<std::string> warnings() const override { return warnings_; }
  void report(CounterReport& numbers) const override;

 private:
  void read();
  bool is_enough(const TraceReader& reader) const;
  NodeId server_of(std::uint32_t traced_thread, std::size_t servers) const;
  std::vector<NodeId> object_homes(std::size_t servers) const;
  ThreadId start(Thread& parent, std::uint32_t traced_thread);
  Task<> replay(Thread& thread, std::uint32_t traced_thread);
  Task<> access(Thread& thread, const TraceStep& step);
  bool read_ahead(ThreadTrace::Cursor& cursor, bool inside_record, std::vector<PlainAccess>& plain,
                  TraceStep& step) const;
  Task<> replay_plain(Thread& thread, const std::vector<PlainAccess>& accesses);
  Duration compute_time(const TraceStep& step) const;

  static constexpr std::size_t kAhead = 256;  ///< accesses decoded at a time

  TraceOptions options_;
  std::vector<std::uint32_t> valgrind_numbers_;  // by traced thread
  ImportedTrace trace_;
  std::vector<std::string> warnings_;
  double ps_per_instruction_ = 0;
  bool traced_instructions_ = false;
  ObjectList objects_;
  std::vector<ThreadId> threads_;  // by traced thread
  KindId kinds_[3];                // by TraceStepKind
  std::uint64_t replayed_ = 0;     // data records
  std::uint64_t accesses_ = 0;     // reads and writes of objects
};

}  // namespace dsmsim
