#pragma once
// The wire model `flow`: a message is a fluid that fills its whole route at once and shares every
// link with the other flows max-min fairly. It costs no event per packet, so it is meant for bulk
// messages; latency, headers and queueing of small messages are the business of the caller.
//
// SimGrid decides the shares (flow_sharing.hpp); this file keeps the bytes and the dates. SimGrid's
// own clock stands still: it is one per process, a double, and never goes back, so dates taken from
// it would depend on what else the process has simulated before. Here a flow's remaining bytes are
// reduced when its share changes, at a date that is an exact Time, and its end is rounded once, to
// the nearest picosecond. Shares are constant between two dates, hence nothing is approximated.
//
// Who calls: the fabric starts flows; the event queue, whose companion this is, asks before every
// event whether a flow ends first. A run without flows never touches SimGrid.

#include <memory>
#include <span>
#include <vector>

#include "sim/fabric/topology.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim {

class FlowSharing;

class FlowModel : public Companion {
 public:
  /// `capacities`: what a link gives to flows, by LinkId; all positive, at most Link::rate.
  /// Attaches itself to the queue, which must outlive it and must not run after it is gone.
  FlowModel(EventQueue& queue, const Topology& topology, std::vector<Rate> capacities);
  ~FlowModel() override;
  FlowModel(const FlowModel&) = delete;
  FlowModel& operator=(const FlowModel&) = delete;

  /// Starts a flow of `bytes` at queue.now() over `route`, which must not be empty. At its end
  /// done(argument) is scheduled as an event; flows that end together do so in the order in which
  /// they started.
  void start(std::span<const LinkId> route, Bytes bytes, EventQueue::Function done, void* argument);

  std::size_t flows() const { return flows_.size(); }

  bool active() const override { return !flows_.empty(); }
  bool advance_to(Time limit) override;

 private:
  struct Flow {
    std::uint32_t demand;     ///< name in sharing_
    double bytes;             ///< left at `since`
    double bytes_per_second;  ///< since then
    Time since;
    Time end;  ///< if its share stays what it is
    EventQueue::Function done;
    void* argument;
  };
  void share();
  void end_due();

  EventQueue& queue_;
  std::unique_ptr<FlowSharing> sharing_;
  std::vector<Flow> flows_;  ///< in the order in which they started
  Time now_;
  Time next_end_ = Time::never();
  bool shares_are_stale_ = false;
};

}  // namespace dsmsim
