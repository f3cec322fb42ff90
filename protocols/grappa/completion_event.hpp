#pragma once
// The global completion event: how tasks learn that all asynchronous writes have ended (uwsampa/
// grappa system/GlobalCompletionEvent.hpp:234-336; ATC'15 section 3.1.3).
//
// Each core counts its own. When its count leaves zero it enrolls at core 0, which counts such
// cores; the first of them tells all cores that the event is in progress, before its write leaves.
// When its count is zero again it leaves, and when core 0 counts none it resets the event on all
// cores, has their acknowledgements, and wakes those who wait there. So an end is two rounds of a
// message to or from every core, itself included.
//
// The original leaves open what becomes of a core that enrolls while the event ends, or that has
// when it is told so. Here core 0 answers it after the acknowledgements, and a core with writes is
// not reset and wakes nobody: another end will come.
//
// Owns the event, as each core has it and as core 0 does.

#include <optional>
#include <vector>

#include "protocols/grappa/tasks.hpp"

namespace dsmsim::grappa {

/// The event, as each core has it.
struct EventPart {
  std::uint32_t count = 0;          ///< asynchronous writes of the core's tasks
  bool in_progress = false;         ///< some core has any, for all that this one knows
  std::vector<TaskState*> waiting;  ///< for the end
};
/// And as core 0 has it.
struct EventMaster {
  std::uint32_t cores_out = 0;          ///< that have writes
  std::uint32_t acknowledgements = 0;   ///< of resets, awaited: the event is ending
  std::vector<std::uint32_t> deferred;  ///< cores that enroll meanwhile
};

class CompletionEvent {
 public:
  CompletionEvent(System& system, Cores& cores, Outbox& outbox, Tasks& tasks);

  EventPart& at(CoreId core) { return parts_[core.index()]; }
  const EventPart& at(CoreId core) const { return parts_[core.index()]; }
  const EventMaster& master() const { return master_; }

  // For tasks.
  /// Counts so many writes of the task. True: its core had none, and enroll_core comes first.
  bool enroll(TaskState& task, std::uint32_t writes);
  /// Tells core 0; the number of cores with writes, or nothing if the task's reply will bring it.
  std::optional<std::uint64_t> enroll_core(TaskState& task);
  /// Tells all cores; the task's reply comes when they know.
  void start(TaskState& task);
  /// A write of the core has ended.
  void end_write(CoreId core);

  // What has come to the core.
  void on_enroll(std::uint32_t index);
  void on_start(CoreId core, std::uint32_t index);
  void on_leave(std::uint32_t index);
  void on_reset(CoreId core, std::uint32_t index);
  void on_acknowledge(std::uint32_t index);
  void on_wake(CoreId core, std::uint32_t index);

  void fingerprint(Fingerprint& into) const;

 private:
  void tell(CoreId from, CoreId to, Kind kind);
  void tell_all(Kind kind);

  System& system_;
  Cores& cores_;
  Outbox& outbox_;
  Tasks& tasks_;
  std::vector<EventPart> parts_;  // by core
  EventMaster master_;
};

}  // namespace dsmsim::grappa
