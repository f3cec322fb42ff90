#include "protocols/grappa/runtime.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim::grappa {
namespace {

constexpr std::uint32_t kMostCores = std::numeric_limits<std::uint16_t>::max();

std::uint32_t processes(const GrappaOptions& options, Cluster& cluster) {
  const ServerProfile& profile = cluster.profile();
  const std::uint32_t wanted = options.processes_per_server;
  if (wanted > profile.cores) {
    throw Misfit("/processes_per_server", "grappa: " + std::to_string(wanted) +
                                              " processes do not fit on the " +
                                              std::to_string(profile.cores) + " cores of a server");
  }
  const std::uint32_t each = wanted == 0 ? profile.cores : wanted;
  const std::uint64_t all = std::uint64_t{each} * cluster.servers();
  if (all > kMostCores) {
    throw Misfit("/processes_per_server", "grappa: " + std::to_string(all) +
                                              " processes; there can be " +
                                              std::to_string(kMostCores));
  }
  check_host_memory(saturated_product(cluster.servers() * cluster.servers(), Bytes(sizeof(void*))),
                    "",
                    "grappa: the links between " + std::to_string(cluster.servers()) + " servers");
  return each;
}

/// The heap of all servers; each core has the same part of it.
Bytes heap_of(const GrappaOptions& options, Cluster& cluster) {
  const auto share = static_cast<std::uint64_t>(
      static_cast<double>(cluster.profile().memory.count()) * options.heap);
  const std::uint64_t bytes = share * cluster.servers();
  return Bytes(bytes - bytes % options.block.count());
}

}  // namespace

Runtime::Runtime(EngineContext context, const GrappaOptions& options)
    : queue_(context.cluster.simulation().queue()),
      fabric_(context.cluster.has_fabric() ? &context.cluster.fabric() : nullptr),
      profile_(context.cluster.profile()),
      options_(options),
      mutant_(context.mutant, grappa_mutants()),
      layout_(options.block, static_cast<std::uint32_t>(context.cluster.servers()),
              processes(options, context.cluster)),
      memory_(layout_, heap_of(options, context.cluster), options.align_objects, context.witness),
      servers_(static_cast<std::uint32_t>(context.cluster.servers())),
      simulation_(context.cluster.simulation()),
      cores_(layout_.cores()),
      links_(std::size_t{servers_} * servers_),
      completions_(layout_.cores()),
      receivers_(servers_),
      card_free_(servers_),
      next_place_(servers_) {
  const std::uint32_t k = layout_.cores_per_server();
  const Bytes least = header_bytes(k) + kPacketTail + wire_bytes(Kind::write, false, options.block);
  if (options.packet < least) {
    throw Misfit("/packet", "grappa: a packet of " + to_string(options.packet) +
                                " has no room for a message; the least is " + to_string(least));
  }
  packet_capacity_ = options.packet - header_bytes(k) - kPacketTail;
  const std::uint64_t ticks =
      options.poll_ticks != 0 ? options.poll_ticks : 28'000 + 281 * std::uint64_t{layout_.cores()};
  poll_period_ = from_ns(static_cast<double>(ticks) / profile_.clock_ghz);
  polls_per_flush_ = static_cast<std::int64_t>(options.autoflush_ticks / ticks + 1);
  for (std::uint32_t i = 0; i < cores_.size(); ++i) {
    stop_if_asked();
    Core& core = cores_[i];
    core.runtime = this;
    core.id = CoreId(i);
    core.server = layout_.server(core.id);
    start_timers(core);
    core.lists.assign(k, kNone);
    core.workers = options.workers;
  }
  if (fabric_ != nullptr) {
    packet_type_ = fabric_->ledger().declare("PACKET", Verb::send, Purpose::fetch);
    for (std::uint32_t i = 0; i < servers_; ++i) {
      receivers_[i].runtime = this;
      fabric_->set_receiver(NodeId(i), &receivers_[i]);
    }
  }
}

/// The processes have started at different times. All links of a core have its flush timer at
/// first, for each poll looks at all of them (RDMAAggregator.hpp:399-419).
void Runtime::start_timers(Core& core) {
  timers_.push_back(simulation_.random("grappa.poll", core.id.value()));
  const auto period = static_cast<std::uint64_t>(poll_period_.ps());
  core.poll_phase = Duration::picoseconds(static_cast<std::int64_t>(timers_.back().below(period)));
  core.poll_period = period_of(core, 1);
  const std::uint64_t skipped = timers_.back().below(static_cast<std::uint64_t>(polls_per_flush_));
  core.flush_phase = core.poll_phase + period_of(core, static_cast<std::int64_t>(skipped));
}

/// From a poll to one some polls later: a period begins when a poll has ended
/// (TaskingScheduler.hpp:380-385), and polls take different times. So timers do not keep in step.
Duration Runtime::period_of(const Core& core, std::int64_t polls) {
  Duration period = poll_period_ * polls;
  const auto longest = static_cast<std::uint64_t>(options_.costs.poll.ps());
  for (std::int64_t i = 0; longest > 0 && i < polls; ++i) {
    period +=
        Duration::picoseconds(static_cast<std::int64_t>(timers_[core.id.value()].below(longest)));
  }
  return period;
}

/// Tasks go round the cores of their server in the order in which they are first seen.
TaskState& Runtime::first_seen(Thread& thread) {
  if (tasks_.size() <= thread.id().index()) {
    tasks_.resize(thread.id().index() + 1);
  }
  std::uint32_t& place = next_place_[thread.node().index()];
  Core& on = core(layout_.core(thread.node(), place));
  place = (place + 1) % layout_.cores_per_server();
  tasks_[thread.id().index()] = std::make_unique<TaskState>(queue_);
  TaskState& task = *tasks_[thread.id().index()];
  task.thread = &thread;
  task.core = on.id;
  task.has_worker = on.workers > 0;
  on.workers -= task.has_worker ? 1 : 0;
  return task;
}

/// The newest of those that wait goes first (PRIVATEQ_LIFO, system/tasks/Task.hpp:41).
void Runtime::free_worker(TaskState& task) {
  Core& core = this->core(task.core);
  if (core.starting.empty() || mutated("grappa.keep_worker")) {
    ++core.workers;
    return;
  }
  TaskState& next = *core.starting.back();
  core.starting.pop_back();
  next.has_worker = true;
  queue_.schedule(occupy(core, options_.costs.context_switch),
                  std::exchange(next.starting, nullptr));
}

void Runtime::reset_counters() {
  counters_ = {};
  for (Core& core : cores_) {
    core.busy = {};
    core.handled = 0;
  }
}

std::uint32_t Runtime::make(TaskState& task, Kind kind, CoreId home) {
  const std::uint32_t index = messages_.take();
  messages_[index] = {.kind = kind,
                      .from = static_cast<std::uint16_t>(task.core.value()),
                      .to = static_cast<std::uint16_t>(home.value()),
                      .thread = task.thread->id().value()};
  return index;
}

Time Runtime::send(std::uint32_t index) {
  Message& message = messages_[index];
  message.ready = occupy(core(CoreId(message.from)), options_.costs.enqueue + giving(message));
  const Time made = message.ready;
  enqueue(index);
  return made;
}

void Runtime::wake_answered(Core& core) {
  for (TaskState* const task : answered_) {
    const Time at = occupy(core, options_.costs.context_switch);
    if (task->draining) {
      queue_.schedule(at, std::exchange(task->draining, nullptr));
    } else {
      task->reply.write_xf(task->value, at);
    }
  }
  answered_.clear();
}

}  // namespace dsmsim::grappa
