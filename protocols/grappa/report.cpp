// Counters, waits, and the check at the end.

#include <nlohmann/json.hpp>

#include "protocols/grappa/engine.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using grappa::Counters;
using grappa::kKinds;

namespace {

nlohmann::ordered_json by_kind(const std::array<std::uint64_t, kKinds>& counts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (counts[i] > 0) {
      json[std::string(grappa::to_string(static_cast<grappa::Kind>(i)))] = counts[i];
    }
  }
  return json;
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
  runtime_.reset_counters();
  counting_since_ = queue_.now();
}

void GrappaEngine::report(nlohmann::ordered_json& counters) const {
  const Counters& c = runtime_.counters();
  counters["delegates"] = by_kind(c.delegates);
  counters["short_circuits"] = by_kind(c.short_circuits);
  counters["requests"] = by_kind(c.requests);
  counters["replies"] = by_kind(c.replies);
  counters["messages"] = sum(c.requests) + sum(c.replies);
  counters["packets"] = c.packets;
  counters["messages_per_packet"] = ratio(static_cast<double>(c.in_packets), c.packets);
  counters["bytes_per_packet"] = ratio(static_cast<double>(c.packet_bytes.count()), c.packets);
  counters["bytes_per_message"] = ratio(static_cast<double>(c.packet_bytes.count()), c.in_packets);
  counters["mean_list_wait_ns"] = ratio(c.list_wait.ns(), c.in_packets);
  counters["flushes"] = {{"timeout", c.flushes_timeout},
                         {"size", c.flushes_size},
                         {"empty", c.flushes_empty},
                         {"alone", c.alone}};
  counters["polls_with_messages"] = c.polls;
  counters["parked"] = c.parked;
  Duration busy;
  for (const grappa::Core& core : runtime_.cores()) {
    busy += core.busy;
  }
  const double window = (queue_.now() - counting_since_).seconds();
  const auto cores = static_cast<double>(runtime_.cores().size());
  counters["core_utilisation"] = window > 0 ? busy.seconds() / window / cores : 0;
}

void GrappaEngine::describe_waits(WaitForGraph& graph) const {
  const grappa::Memory& memory = runtime_.memory();
  const auto held = [&](ObjectId object, ThreadId holder) {
    graph.held(object_name(object), thread_name(holder, runtime_.task(holder)->thread->node()));
  };
  for (std::size_t i = 0; i < memory.objects().size(); ++i) {
    const ObjectId object(i);
    const grappa::Mutex* const mutex = memory.find_mutex(object);
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
  for (const grappa::Core& core : runtime_.cores()) {
    if (core.starting.empty()) {
      continue;
    }
    const std::string workers = "one of the " + std::to_string(options_.workers) +
                                " workers of core " + std::to_string(core.id.value());
    for (const auto& task : runtime_.tasks()) {
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

void GrappaEngine::check_quiescent() const { runtime_.check_quiescent(); }

}  // namespace dsmsim
