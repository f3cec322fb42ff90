#pragma once
// The cores of all servers, and their timers.
//
// A core is a FIFO resource: whatever it does for messages takes its turn behind what it was given
// before (Core::free_at), and a batch of messages is worked on in one piece, as in a region in
// which the original may not switch tasks. Polls and flushes of which nobody could see anything are
// not events: their times follow from the period.
//
// Owns the timers. A core's lists and its queue of packets are filled and emptied by Outbox and
// Arrivals, its workers are given by Tasks.

#include <algorithm>
#include <vector>

#include "protocols/grappa/system.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::grappa {

class Arrivals;
struct TaskState;

struct Core {
  Arrivals* arrivals = nullptr;  ///< does the polls
  CoreId id;
  NodeId server;
  Time free_at;         ///< it has worked off everything that it was given
  Duration poll_phase;  ///< polls are at this and every period after
  Duration poll_period;
  Duration flush_phase;  ///< one of its first polls: the first flush to any server
  bool polls = false;    ///< an event is pending
  bool receives = false;
  std::uint32_t first_packet = kNone;  ///< received, not yet looked at
  std::uint32_t last_packet = kNone;
  std::vector<std::uint32_t> lists;  ///< to this core, by place of the sender on the server
  std::uint32_t slices = kNone;      ///< taken out of packets by another core, for this one
  std::uint32_t last_slice = kNone;
  std::uint32_t workers = 0;         ///< not in use
  std::vector<TaskState*> starting;  ///< wait for one
  Duration busy;                     ///< since counting began
};

class Cores {
 public:
  /// `poll_is_due` is the event of a core's poll, with the Core.
  Cores(System& system, Simulation& simulation, EventQueue::Function poll_is_due);
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;

  Core& operator[](CoreId id) { return cores_[id.index()]; }
  const Core& operator[](CoreId id) const { return cores_[id.index()]; }
  std::vector<Core>& all() { return cores_; }
  const std::vector<Core>& all() const { return cores_; }

  /// The core works for so long, when it has got to it. The end of that.
  Time occupy(Core& core, Duration work) {
    core.free_at = std::max(core.free_at, system_.now()) + work;
    core.busy += work;
    return core.free_at;
  }
  /// The core's next poll is an event: there is something for it.
  void arm_poll(Core& core) {
    if (!core.polls) {
      schedule_poll(core);
    }
  }
  /// A poll is due now; the next period has another length.
  void restart_polls(Core& core);
  /// From a flush of the core to its next.
  Duration next_flush_period(const Core& core) { return period_of(core, polls_per_flush_); }
  // Of a core whose polls take no time.
  Duration poll_period() const { return poll_period_; }
  Duration flush_period() const { return poll_period_ * polls_per_flush_; }

  void reset_counters();
  void fingerprint(Fingerprint& into) const;

 private:
  void start_timers(Core& core, Simulation& simulation);
  Duration period_of(const Core& core, std::int64_t polls);
  void schedule_poll(Core& core);

  System& system_;
  EventQueue::Function poll_is_due_;
  Duration poll_period_;
  std::int64_t polls_per_flush_;
  std::vector<Core> cores_;
  std::vector<RandomStream> timers_;  // by core
};

}  // namespace dsmsim::grappa
