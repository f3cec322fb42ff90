#include "workloads/generators/drivers.hpp"

namespace dsmsim {

namespace {

/// The indices of the objects whose home is one server, in order; one list a server.
std::vector<std::vector<std::size_t>> by_server(const std::vector<NodeId>& homes,
                                                std::size_t servers) {
  std::vector<std::vector<std::size_t>> lists(servers);
  for (std::size_t i = 0; i < homes.size(); ++i) {
    lists[homes[i].index()].push_back(i);
  }
  return lists;
}

Task<> allocate_list(Thread& thread, const std::vector<std::size_t>& list,
                     const std::vector<ObjectId>& objects, Bytes size, bool guarded) {
  for (const std::size_t i : list) {
    const Op op{.kind = OpKind::allocate, .object = objects[i], .length = size, .guarded = guarded};
    co_await thread.execute(op);
  }
}

}  // namespace

Task<> run_on_servers(Thread& parent, std::size_t count, std::function<NodeId(std::size_t)> place,
                      std::function<Task<>(Thread&, std::size_t)> body) {
  std::vector<ThreadId> threads;
  threads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.push_back(parent.spawn(place(i), [&body, i](Thread& t) { return body(t, i); }));
  }
  for (const ThreadId thread : threads) {
    co_await parent.join(thread);
  }
}

Task<std::vector<ObjectId>> allocate_at(Thread& parent, const std::vector<NodeId>& homes,
                                        Bytes size, bool guarded) {
  const auto lists = by_server(homes, parent.world().compute_servers());
  std::vector<ObjectId> objects;
  objects.reserve(homes.size());
  for (std::size_t i = 0; i < homes.size(); ++i) {
    objects.push_back(parent.world().objects().add(size));
  }
  const auto place = [](std::size_t server) { return NodeId(static_cast<std::uint32_t>(server)); };
  const auto body = [&](Thread& thread, std::size_t server) {
    return allocate_list(thread, lists[server], objects, size, guarded);
  };
  Task<> allocation = run_on_servers(parent, lists.size(), place, body);
  co_await allocation;
  co_return objects;
}

}  // namespace dsmsim
