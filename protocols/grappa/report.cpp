// Counters and waits.

#include "protocols/grappa/engine.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using grappa::Counters;
using grappa::kKinds;

namespace {

void add_by_kind(CounterReport& report, const CounterRow& row, const Counters::ByKind& counts) {
  const std::string name(row.name);
  report.group(name);
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (counts[i] > 0) {
      const auto kind = grappa::to_string(static_cast<grappa::Kind>(i));
      report.add(name + "." + std::string(kind), counts[i]);
    }
  }
}

std::uint64_t sum(const std::array<std::uint64_t, kKinds>& counts) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) {
    total += count;
  }
  return total;
}

double ratio(double value, std::uint64_t count) {
  return count == 0 ? 0 : value / static_cast<double>(count);
}

}  // namespace

void GrappaEngine::reset_counters() {
  system_.counters = {};
  cores_.reset_counters();
  counting_since_ = system_.now();
}

void GrappaEngine::report(CounterReport& report) const {
  Counters c = system_.counters;
  add_by_kind(report, grappa::kGroups[0], c.delegates);
  add_by_kind(report, grappa::kGroups[1], c.short_circuits);
  add_by_kind(report, grappa::kGroups[2], c.requests);
  add_by_kind(report, grappa::kGroups[3], c.replies);
  const auto bytes = static_cast<double>(c.packet_bytes.count());
  c.messages = sum(c.requests) + sum(c.replies);
  c.messages_per_packet = ratio(static_cast<double>(c.in_packets), c.packets);
  c.bytes_per_packet = ratio(bytes, c.packets);
  c.bytes_per_message = ratio(bytes, c.in_packets);
  c.mean_list_wait = {ratio(c.list_wait.ns(), c.in_packets)};
  Duration busy;
  for (const grappa::Core& core : cores_.all()) {
    busy += core.busy;
  }
  const double window = (system_.now() - counting_since_).seconds();
  const auto cores = static_cast<double>(cores_.all().size());
  c.core_utilisation = window > 0 ? busy.seconds() / window / cores : 0;
  report.add<grappa::PacketCounters>(c);
}

void GrappaEngine::describe_waits(WaitForGraph& graph) const {
  const auto held = [&](ObjectId object, ThreadId holder) {
    graph.held(object_name(object), thread_name(holder, tasks_.find(holder)->thread->node()));
  };
  for (std::size_t i = 0; i < memory_.objects().size(); ++i) {
    const ObjectId object(i);
    const grappa::Mutex* const mutex = memory_.find_mutex(object);
    if (mutex == nullptr) {
      continue;
    }
    if (mutex->owner.valid()) {
      held(object, mutex->owner);
    }
    for (const ThreadId reader : mutex->readers) {
      held(object, reader);
    }
  }
  describe_workers(graph);
}

/// A core that has no worker free: who has them, and who waits.
void GrappaEngine::describe_workers(WaitForGraph& graph) const {
  for (const grappa::Core& core : cores_.all()) {
    if (core.starting.empty()) {
      continue;
    }
    const std::string workers = "one of the " + std::to_string(system_.options.workers) +
                                " workers of core " + std::to_string(core.id.value());
    for (const auto& task : tasks_.all()) {
      if (task == nullptr || task->core != core.id) {
        continue;
      }
      const std::string name = thread_name(task->thread->id(), task->thread->node());
      if (task->starting) {
        graph.waits(name, workers);
      } else if (!task->thread->has_ended()) {
        graph.held(workers, name);
      }
    }
  }
}

}  // namespace dsmsim
