#pragma once
// Breaks what an experiment's "faults" say, when they say it, and keeps what happened for the
// result. Made after the World of a run and before it starts; must outlive it.

#include <deque>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "sim/base/config/tagged.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/experiment/fault_plan.hpp"

namespace dsmsim {

class FaultInjector {
 public:
  /// `detection`: from a crash until the failure detector tells the survivors of it.
  FaultInjector(const std::vector<config::Tagged>& faults, Duration detection, World& world);
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;

  /// `faults` of result.json: what happened of what was planned, and what came of it. `planned`:
  /// the operations that the program would count without faults, if it knows.
  nlohmann::ordered_json report(std::optional<std::uint64_t> planned) const;

 private:
  /// One item of the list.
  struct Planned {
    FaultInjector& injector;
    std::string name;
    NodeId server = {};
    std::vector<LinkId> links = {};
    std::string link = {};
    Duration duration = {};
    std::optional<Duration> again = {};  ///< restart_after of a crash, every of a link
    std::uint64_t times = 0;
    Time first = {};
    Time latest = {};
    std::unique_ptr<World::Standby> standby = {};  ///< of the pending event of a link
  };
  void plan(const config::Tagged& fault);
  void plan_at(Planned& fault, const Moment& when);
  nlohmann::ordered_json describe_lost() const;
  void happen(Planned& fault);
  void link_up(Planned& fault);
  bool over() const { return world_.running() == 0; }
  /// Whether a fault that comes again can meet anything: an event, or a flow, whose end is no event
  /// yet and closes the queue's window.
  bool goes_on() const { return !over() && (!world_.is_idle() || queue_.window().events == 0); }
  /// What only meets messages that are on their way, if any is: a run does not wait for it.
  template <void (FaultInjector::*Step)(Planned&)>
  void schedule_link(Time at, Planned& fault) {
    fault.standby = std::make_unique<World::Standby>(world_);
    schedule<Step>(at, fault);
  }
  template <void (FaultInjector::*Step)(Planned&)>
  void schedule(Time at, Planned& fault);
  void notice(Planned& fault) { world_.notice_crash(fault.server); }
  void restart(Planned& fault) { fabric_.restart(fault.server); }

  World& world_;
  Fabric& fabric_;
  EventQueue& queue_;
  Duration detection_;
  std::deque<Planned> planned_;
};

}  // namespace dsmsim
