#include "sim/experiment/run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <new>
#include <optional>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/check/checker.hpp"
#include "sim/check/memory_model.hpp"
#include "sim/experiment/fault_injector.hpp"
#include "sim/experiment/setup.hpp"

namespace dsmsim {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Everything that one run consists of, in the order in which it must be built.
struct Run {
  Machine machine;
  std::optional<Checker> checker;
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Program> program;
  World world;
  std::optional<FaultInjector> faults;

  Run(const Experiment& experiment, std::shared_ptr<Program> made)
      : machine(experiment),
        engine(make_engine(machine, experiment, witness(experiment))),
        program(made ? std::move(made)
                     : make_program(experiment, poll_within(experiment.limits, {}))),
        world(machine.cluster, machine.objects, *engine, checker ? &*checker : nullptr) {
    world.launcher().set_policy(experiment.placement);
    if (checker && engine->inspection() != nullptr) {
      checker->set_model(engine->inspection()->claimed_model());
    }
    if (!experiment.faults.empty()) {
      faults.emplace(experiment.faults, experiment.failure_detection, world);
    }
  }

  /// What holds between any two events; for every one of them that would take too long.
  void check_invariants() const {
    const bool whole = world.losses().crashes.empty();  // what a crash leaves is in no order
    if (checker && engine->inspection() != nullptr && whole) {
      engine->inspection()->check_always();
    }
  }

 private:
  Witness* witness(const Experiment& experiment) {
    return experiment.check ? &checker.emplace(machine.simulation.queue()) : nullptr;
  }
};

/// Watches the limits of a run.
class Watch {
 public:
  Watch(const Experiment& experiment, const EventQueue& queue)
      : limits_(experiment.limits), queue_(queue) {}

  double wall() const { return seconds_since(start_); }

  /// Throws Error(ExitCode::limit) if a limit is passed.
  void check_limits() const {
    if (limits_.simulated_time && queue_.now().since_start() > *limits_.simulated_time) {
      give_up("simulated_time", to_string(*limits_.simulated_time));
    }
    if (limits_.events && queue_.processed() > *limits_.events) {
      give_up("events", std::to_string(*limits_.events));
    }
    if (limits_.wall && wall() > limits_.wall->seconds()) {
      give_up("wall", to_string(*limits_.wall));
    }
  }

 private:
  [[noreturn]] void give_up(std::string_view which, const std::string& limit) const {
    throw Error(ExitCode::limit,
                fmt::format("limits.{} of {} reached at {} of simulated time after {} events; "
                            "there is no result",
                            which, limit, to_string(queue_.now()), queue_.processed()));
  }

  const RunLimits& limits_;
  const EventQueue& queue_;
  Clock::time_point start_ = Clock::now();
};

/// Whether anybody gets anywhere: a livelock has events for ever, and ends no operation.
class Progress {
 public:
  Progress(World& world, const EventQueue& queue, std::uint64_t limit)
      : world_(world), queue_(queue), limit_(limit) {}

  /// Throws Error(ExitCode::limit) if nobody has for long.
  void check() {
    const std::uint64_t ended = world_.meter().progress();
    if (ended != ended_ || !world_.all_wait()) {
      ended_ = ended;
      at_ = queue_.processed();
      since_ = queue_.now();
    } else if (queue_.processed() - at_ > limit_) {
      throw Error(ExitCode::limit,
                  fmt::format("livelock: all threads wait, and no operation has ended since {}, in "
                              "limits.stalled_events = {} events and {} of simulated time; there "
                              "is no result\n{}",
                              to_string(since_), limit_, to_string(queue_.now() - since_),
                              world_.describe_waits()));
    }
  }

 private:
  World& world_;
  const EventQueue& queue_;
  std::uint64_t limit_;
  std::uint64_t ended_ = 0;
  std::uint64_t at_ = 0;  ///< events that had happened when somebody got somewhere last
  Time since_;
};

std::optional<double> fraction_done(Run& run) {
  const std::optional<std::uint64_t> planned = run.program->planned_operations();
  if (!planned || *planned == 0) {
    return std::nullopt;
  }
  return static_cast<double>(run.world.meter().operations()) / static_cast<double>(*planned);
}

/// A host that refuses memory is no defect of the simulator.
void run_program(Run& run) {
  try {
    run.world.run(*run.program);
  } catch (const std::bad_alloc&) {
    throw Error(
        fmt::format("at {}: the run needs more memory than the {} GiB that this machine "
                    "lets it have; give it fewer objects or threads",
                    to_string(run.machine.simulation.now()), host_memory().count() >> 30));
  }
}

Timing timing(const Watch& watch, const EventQueue& queue) {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const double wall = watch.wall();
  return {wall, static_cast<double>(queue.processed()) / wall,
          static_cast<double>(usage.ru_maxrss) * 1024};
}

}  // namespace

Result run_experiment(const Experiment& experiment, const ProgressHook& hook,
                      std::shared_ptr<Program> program) {
  Run run(experiment, std::move(program));
  EventQueue& queue = run.machine.simulation.queue();
  const Watch watch(experiment, queue);
  Progress progress(run.world, queue, experiment.limits.stalled_events);
  queue.set_monitor([&] {
    watch.check_limits();
    progress.check();
    run.check_invariants();
    if (hook) {
      hook({queue.now(), queue.processed(), fraction_done(run)});
    }
    return true;
  });
  run_program(run);
  watch.check_limits();
  Result result = collect(effective_config(experiment), run.world, *run.program);
  if (run.checker) {
    result.summary["check"] = {{"model", to_string(run.checker->model())},
                               {"reads", run.checker->reads()},
                               {"writes", run.checker->writes()}};
  }
  if (run.faults) {
    result.summary["faults"] = run.faults->report(run.program->planned_operations());
  }
  result.timing = timing(watch, queue);
  return result;
}

}  // namespace dsmsim
