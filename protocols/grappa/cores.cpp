#include "protocols/grappa/cores.hpp"

#include "sim/base/stop.hpp"

namespace dsmsim::grappa {

Cores::Cores(System& system, Simulation& simulation, EventQueue::Function poll_is_due)
    : system_(system), poll_is_due_(poll_is_due), cores_(system.layout.cores()) {
  const GrappaOptions& options = system_.options;
  const std::uint64_t ticks =
      options.poll_ticks != 0 ? options.poll_ticks : 28'000 + 281 * std::uint64_t{cores_.size()};
  poll_period_ = from_ns(static_cast<double>(ticks) / system_.profile.clock_ghz);
  polls_per_flush_ = static_cast<std::int64_t>(options.autoflush_ticks / ticks + 1);
  for (std::uint32_t i = 0; i < cores_.size(); ++i) {
    stop_if_asked();
    Core& core = cores_[i];
    core.id = CoreId(i);
    core.server = system_.layout.server(core.id);
    start_timers(core, simulation);
    core.lists.assign(system_.layout.cores_per_server(), kNone);
    core.workers = options.workers;
  }
}

/// The processes have started at different times. All links of a core have its flush timer at
/// first, for each poll looks at all of them (RDMAAggregator.hpp:399-419).
void Cores::start_timers(Core& core, Simulation& simulation) {
  timers_.push_back(simulation.random("grappa.poll", core.id.value()));
  const auto period = static_cast<std::uint64_t>(poll_period_.ps());
  core.poll_phase = Duration::picoseconds(static_cast<std::int64_t>(timers_.back().below(period)));
  core.poll_period = period_of(core, 1);
  const std::uint64_t skipped = timers_.back().below(static_cast<std::uint64_t>(polls_per_flush_));
  core.flush_phase = core.poll_phase + period_of(core, static_cast<std::int64_t>(skipped));
}

/// From a poll to one some polls later: a period begins when a poll has ended
/// (TaskingScheduler.hpp:380-385), and polls take different times. So timers do not keep in step.
Duration Cores::period_of(const Core& core, std::int64_t polls) {
  Duration period = poll_period_ * polls;
  const auto longest = static_cast<std::uint64_t>(system_.options.costs.poll.ps());
  for (std::int64_t i = 0; longest > 0 && i < polls; ++i) {
    period +=
        Duration::picoseconds(static_cast<std::int64_t>(timers_[core.id.value()].below(longest)));
  }
  return period;
}

void Cores::schedule_poll(Core& core) {
  core.polls = true;
  const Duration since = system_.now() - Time::at(core.poll_phase);
  const std::int64_t polls = since < Duration() ? 0 : since / core.poll_period + 1;
  system_.queue.schedule(Time::at(core.poll_phase + core.poll_period * polls), poll_is_due_, &core);
}

void Cores::restart_polls(Core& core) {
  core.poll_phase = system_.now() - Time();
  core.poll_period = period_of(core, 1);
}

void Cores::reset_counters() {
  for (Core& core : cores_) {
    core.busy = {};
  }
}

}  // namespace dsmsim::grappa
