#include "workloads/generators/drivers.hpp"

#include "sim/base/stop.hpp"

namespace dsmsim {

namespace {

/// The indices of the objects whose home is one server, in order; one list a server.
std::vector<std::vector<std::size_t>> by_server(const std::vector<NodeId>& homes,
                                                std::size_t servers) {
  std::vector<std::vector<std::size_t>> lists(servers);
  StopCounter counter(1 << 16);
  for (std::size_t i = 0; i < homes.size(); ++i) {
    counter.step();
    lists[homes[i].index()].push_back(i);
  }
  return lists;
}

/// What is to be allocated at one server, and how much of it has been.
struct Allocation {
  const std::vector<std::size_t>& list;
  std::size_t done = 0;
};

Task<> allocate_list(Thread& thread, Allocation& what, const ObjectList& objects, Bytes size,
                     bool guarded) {
  for (; what.done < what.list.size(); ++what.done) {
    co_await thread.execute(Op::allocate(objects[what.list[what.done]], size, NodeId(), guarded));
  }
}

/// In the place of a thread that is lost. The allocation that it was in may have been done.
Task<> allocate_rest(Thread& parent, Allocation& what, ObjectList& objects, Bytes size,
                     bool guarded) {
  for (; what.done < what.list.size(); ++what.done) {
    objects[what.list[what.done]] = co_await parent.allocate(size, NodeId(), guarded);
  }
}

std::vector<ThreadId> spawn_all(Thread& parent, std::size_t count,
                                const std::function<NodeId(std::size_t)>& place,
                                const std::function<Task<>(Thread&, std::size_t)>& body) {
  std::vector<ThreadId> threads;
  threads.reserve(count);
  StopCounter counter(1 << 12);
  for (std::size_t i = 0; i < count; ++i) {
    counter.step();
    threads.push_back(parent.spawn(place(i), [&body, i](Thread& t) { return body(t, i); }));
  }
  return threads;
}

}  // namespace

Task<> run_on_servers(Thread& parent, std::size_t count, std::function<NodeId(std::size_t)> place,
                      std::function<Task<>(Thread&, std::size_t)> body) {
  const std::vector<ThreadId> threads = spawn_all(parent, count, place, body);
  for (const ThreadId thread : threads) {
    co_await parent.join(thread);
  }
}

Task<ObjectList> allocate_at(Thread& parent, const std::vector<NodeId>& homes, Bytes size,
                             bool guarded) {
  const auto lists = by_server(homes, parent.world().compute_servers());
  std::vector<Allocation> allocations;
  for (const std::vector<std::size_t>& list : lists) {
    allocations.push_back({list});
  }
  ObjectList objects;
  objects.reserve(homes.size());
  StopCounter counter(1 << 16);
  for (std::size_t i = 0; i < homes.size(); ++i) {
    counter.step();
    objects.push_back(parent.world().objects().add(size));
  }
  const auto place = [](std::size_t server) { return NodeId(static_cast<std::uint32_t>(server)); };
  const auto body = [&](Thread& thread, std::size_t server) {
    return allocate_list(thread, allocations[server], objects, size, guarded);
  };
  Task<> allocation = run_on_servers(parent, lists.size(), place, body);
  co_await allocation;
  for (Allocation& each : allocations) {
    if (each.done < each.list.size()) {
      co_await allocate_rest(parent, each, objects, size, guarded);
    }
  }
  co_return objects;
}

// ---- the start line

StartLine::StartLine(World& world, std::size_t drivers)
    : world_(world), barrier_(world.simulation().queue(), drivers) {
  world_.add_listener(*this);
}

void StartLine::expect(ThreadId driver) {
  if (world_.knows_lost(driver)) {
    barrier_.withdraw();
  } else {
    missing_.insert(driver);
  }
}

Task<> StartLine::pass(Thread& thread) {
  co_await thread.end_phase();  // of the set-up
  co_await thread.stop_if_lost();
  missing_.erase(thread.id());
  begin_with_last();
  co_await thread.barrier(barrier_);
}

void StartLine::lost(ThreadId thread) {
  if (missing_.erase(thread) > 0) {
    begin_with_last();
    barrier_.withdraw();
  }
}

void StartLine::begin_with_last() {
  if (missing_.empty()) {
    world_.start_measuring();
  }
}

Task<> run_drivers(Thread& parent, std::size_t count, std::function<NodeId(std::size_t)> place,
                   std::function<Task<>(Thread&, std::size_t, StartLine&)> body) {
  StartLine start(parent.world(), count);
  const auto drive = [&](Thread& thread, std::size_t i) { return body(thread, i, start); };
  const std::vector<ThreadId> threads = spawn_all(parent, count, place, drive);
  for (const ThreadId thread : threads) {
    start.expect(thread);
  }
  for (const ThreadId thread : threads) {
    co_await parent.join(thread);
  }
}

}  // namespace dsmsim
