#include "sim/experiment/run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <new>
#include <optional>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"
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
        program(made ? std::move(made) : make_program(experiment)),
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
  void tell_known_defects(nlohmann::ordered_json& summary) const {
    if (engine->inspection() != nullptr) {
      for (const std::string& defect : engine->inspection()->defects_met()) {
        summary["warnings"].push_back("known defect: " + defect);
      }
    }
  }

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

/// Watches the limits of a run, from before it is set up.
class Watch {
 public:
  explicit Watch(const RunLimits& limits) : limits_(limits) {}

  // Each throws Error(ExitCode::limit) if a limit is passed.
  void check_wall() const {
    if (limits_.wall && seconds_since(start_) > limits_.wall->seconds()) {
      give_up("wall", to_string(*limits_.wall));
    }
  }
  void check(const EventQueue& queue) {
    seen_ = {queue.now(), queue.processed()};
    if (limits_.simulated_time && seen_->now.since_start() > *limits_.simulated_time) {
      give_up("simulated_time", to_string(*limits_.simulated_time));
    }
    if (limits_.events && seen_->events > *limits_.events) {
      give_up("events", std::to_string(*limits_.events));
    }
  }
  [[noreturn]] void give_up_memory(Bytes limit) const {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const Bytes taken(static_cast<std::uint64_t>(usage.ru_maxrss) << 10);
    give_up("memory", fmt::format("{} (it had {} and wanted more: give it fewer objects, threads "
                                  "or servers, or say limits.memory)",
                                  to_string(limit), memory_text(taken)));
  }

 private:
  [[noreturn]] void give_up(std::string_view which, const std::string& limit) const {
    const std::string where = seen_ ? fmt::format("at {} of simulated time after {} events",
                                                  to_string(seen_->now), seen_->events)
                                    : "while the run was set up";
    throw Error(ExitCode::limit,
                fmt::format("limits.{} of {} reached {}; there is no result", which, limit, where));
  }

  const RunLimits& limits_;
  struct Seen {
    Time now;
    std::uint64_t events;
  };
  std::optional<Seen> seen_;  ///< the latest; nothing while the run is set up
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

/// The names of the servers, where the user has given them: by server.
std::vector<std::string> named_hosts(const ClusterConfig& cluster, const Machine& machine) {
  std::vector<std::string> names;
  const std::string& kind = cluster.topology.name();
  const bool named = machine.topology && (kind == "platform" || kind == "graph");
  for (std::uint32_t i = 0; named && i < cluster.servers; ++i) {
    names.push_back(machine.topology->server_name(NodeId(i)));
  }
  return names;
}

Timing timing(Clock::time_point start, const EventQueue& queue) {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const double wall = seconds_since(start);
  return {wall, static_cast<double>(queue.processed()) / wall,
          static_cast<double>(usage.ru_maxrss) * 1024};
}

Result run_watched(const Experiment& experiment, const ProgressHook& hook,
                   std::shared_ptr<Program> program, Watch& watch) {
  Run run(experiment, std::move(program));
  EventQueue& queue = run.machine.simulation.queue();
  watch.check(queue);
  Progress progress(run.world, queue, experiment.limits.stalled_events);
  const Clock::time_point start = Clock::now();
  constexpr unsigned kCalls = 4;  // between two looks at the whole state
  queue.set_monitor([&, calls = 0U]() mutable {
    stop_if_asked();
    watch.check(queue);
    progress.check();
    if (++calls % kCalls == 0) {
      run.check_invariants();
    }
    if (hook) {
      hook({queue.now(), queue.processed(), fraction_done(run)});
    }
    return true;
  });
  run.world.run(*run.program);
  watch.check(queue);
  watch.check_wall();
  const NoMemoryLimit unlimited;  // destroying JSON takes memory, and ends the process without it
  Result result = collect(effective_config(experiment), run.world, *run.program);
  if (const auto hosts = named_hosts(experiment.cluster, run.machine); !hosts.empty()) {
    result.summary["hosts"] = hosts;
  }
  if (run.checker) {
    result.summary["check"] = {{"model", to_string(run.checker->model())},
                               {"reads", run.checker->reads()},
                               {"writes", run.checker->writes()}};
    run.tell_known_defects(result.summary);
  }
  if (run.faults) {
    result.summary["faults"] = run.faults->report(run.program->planned_operations());
  }
  result.timing = timing(start, queue);
  return result;
}

}  // namespace

Result run_experiment(const Experiment& experiment, const ProgressHook& hook,
                      std::shared_ptr<Program> program) {
  Watch watch(experiment.limits);
  const StopQuestion question([&watch] { watch.check_wall(); });
  const Bytes memory = experiment.limits.memory.value_or(default_memory_limit());
  try {
    const MemoryLimit limit(memory);
    return run_watched(experiment, hook, std::move(program), watch);
  } catch (const std::bad_alloc&) {
    watch.give_up_memory(memory);
  }
}

}  // namespace dsmsim
