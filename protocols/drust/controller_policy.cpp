// Which thread has to move, and where to (OSDI'24, section 4.2.2; margin and cooldown are not the
// paper's).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "protocols/drust/controller.hpp"

namespace dsmsim::drust {
namespace {

std::uint64_t total(std::span<const std::uint16_t> requests) {
  return std::accumulate(requests.begin(), requests.end(), std::uint64_t{0});
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

}  // namespace

/// With the answers of all servers. Requests are counted as long as some server is overloaded: for
/// a period before the first thread moves.
void Controller::decide() {
  const bool counted = runtime_.threads().counts_requests();
  bool overloaded = false;
  for (std::uint32_t i = 0; options().migration && i < views_.size(); ++i) {
    if (memory_share(views_[i].memory) > options().memory_limit) {
      relieve_memory(NodeId(i));
    }
    if (views_[i].cpu > options().cpu_limit) {
      overloaded = true;
      if (counted) {
        relieve_cpu(NodeId(i));
      }
    }
  }
  if (counted || overloaded) {
    runtime_.threads().count_requests(overloaded);
  }
}

double Controller::memory_share(Bytes used) const {
  return static_cast<double>(used.count()) / static_cast<double>(heap_.partition().count());
}

bool Controller::may_move(const ThreadEntry& entry, NodeId from) const {
  return entry.server == from && !entry.ordered && runtime_.queue().now() >= entry.settled;
}

// ---- memory

void Controller::relieve_memory(NodeId server) {
  const ThreadId thread = largest_thread(server);
  if (!thread.valid()) {
    return;
  }
  NodeId to;
  for (std::uint32_t i = 0; i < views_.size(); ++i) {
    const bool roomy =
        memory_share(views_[i].memory) <= options().memory_limit - options().margin &&
        !runtime_.lost().contains(NodeId(i));
    if (roomy && (!to.valid() || views_[i].memory < views_[to.index()].memory)) {
      to = NodeId(i);
    }
  }
  if (to.valid()) {
    order(thread, to,
          fmt::format("{} of server {}'s memory is in use, and the thread has most of it",
                      percent(memory_share(views_[server.index()].memory)), server.value()));
  }
}

/// That has most memory on its server, of those that may move; invalid: there is none with any.
ThreadId Controller::largest_thread(NodeId server) {
  std::map<ThreadId, Bytes> owned;
  runtime_.threads().for_each_owned([&](ObjectId object, ThreadId owner) {
    const ObjectState& state = objects_[object];
    if (state.live && heap_.is_local(state.box.target.address(), server)) {
      owned[owner] += heap_.footprint(objects_.size(object));
    }
  });
  ThreadId largest;
  Bytes most;
  runtime_.threads().for_each([&](ThreadId id, const ThreadEntry& entry) {
    if (may_move(entry, server) && owned[id] > most) {
      most = owned[id];
      largest = id;
    }
  });
  return largest;
}

// ---- cores

bool Controller::has_core_for_one(NodeId server) const {
  const auto cores = static_cast<double>(runtime_.profile().cores);
  const View& view = views_[server.index()];
  const double limit = options().cpu_limit - options().margin;
  return view.cpu + 1 / cores <= limit && static_cast<double>(view.threads) + 1 <= cores &&
         !runtime_.lost().contains(server);
}

void Controller::relieve_cpu(NodeId server) {
  View& here = views_[server.index()];
  const auto cores = static_cast<double>(runtime_.profile().cores);
  const double fit = std::floor(options().cpu_limit * cores);
  const double busy = std::max(static_cast<double>(here.threads), here.cpu * cores);
  auto surplus = static_cast<std::size_t>(std::max(1.0, busy - fit));
  const double was = here.cpu;
  for (const ThreadId id : by_requests(server)) {
    if (surplus == 0) {
      return;
    }
    const std::span<const std::uint16_t> requests = runtime_.threads().requests(id);
    const auto most = std::max_element(requests.begin(), requests.end());
    const NodeId used(static_cast<std::uint32_t>(most - requests.begin()));
    const bool by_data = most != requests.end() && *most > 0 && has_core_for_one(used);
    const NodeId to = by_data ? used : most_vacant();
    if (!to.valid()) {
      return;  // nowhere is it better
    }
    order(id, to,
          fmt::format("server {}'s cores are busy for {} of the time, and this is the server that "
                      "{}",
                      server.value(), percent(was),
                      by_data ? "the thread accesses most" : "is the most vacant"));
    --surplus;
  }
}

/// Invalid: none has a core for one more.
NodeId Controller::most_vacant() const {
  NodeId best;
  for (std::uint32_t i = 0; i < views_.size(); ++i) {
    if (has_core_for_one(NodeId(i)) &&
        (!best.valid() || views_[i].cpu < views_[best.index()].cpu)) {
      best = NodeId(i);
    }
  }
  return best;
}

/// Those that may move, the ones with most remote accesses first.
std::vector<ThreadId> Controller::by_requests(NodeId server) {
  std::vector<std::pair<std::uint64_t, ThreadId>> found;
  runtime_.threads().for_each([&](ThreadId id, const ThreadEntry& entry) {
    if (may_move(entry, server) && !entry.thread->rests()) {
      found.emplace_back(total(runtime_.threads().requests(id)), id);
    }
  });
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<ThreadId> ids;
  for (const auto& [requests, id] : found) {
    ids.push_back(id);
  }
  return ids;
}

/// Its server is told; until it has moved it counts where it goes to.
void Controller::order(ThreadId thread, NodeId to, const std::string& reason) {
  ThreadEntry& entry = runtime_.threads()[thread];
  const NodeId from = entry.server;
  const double core = 1 / static_cast<double>(runtime_.profile().cores);
  views_[from.index()].cpu -= core;
  views_[to.index()].cpu += core;
  --views_[from.index()].threads;
  ++views_[to.index()].threads;
  entry.ordered = true;
  log_.add({.at = runtime_.queue().now(),
            .event = "order",
            .server = from,
            .reason = reason,
            .numbers = {{"thread", static_cast<double>(thread.value())},
                        {"to", static_cast<double>(to.value())}}});
  ++runtime_.counters().migration_orders;
  Sender sender{self()};
  if (from == self()) {
    obey(sender, {thread, to});
  } else {
    runtime_.send(sender, from, MessageKind::order, runtime_.options().control, Order{thread, to});
  }
}

}  // namespace dsmsim::drust
