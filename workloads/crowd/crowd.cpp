#include "workloads/crowd/crowd.hpp"

#include <algorithm>

namespace dsmsim {

Demand Crowd::demand(std::size_t servers) const {
  const std::uint64_t shared = servers * options_.shared_objects;
  Demand demand;
  demand.threads = options_.threads;
  return demand.add(shared + options_.objects, options_.object_size);
}

Task<> Crowd::main(Thread& thread) {
  World& world = thread.world();
  step_kind_ = world.meter().define("step");
  const std::size_t servers = world.compute_servers();
  ended_.assign(servers, 0);
  for (std::uint32_t i = 0; i < servers; ++i) {
    shared_.emplace_back();
    for (std::uint32_t j = 0; j < options_.shared_objects; ++j) {
      shared_.back().push_back(co_await thread.allocate(options_.object_size, NodeId(i)));
    }
  }
  world.start_measuring();
  std::vector<ThreadId> members;
  for (std::size_t i = 0; i < options_.threads; ++i) {
    Launch launch;
    launch.node = options_.start == CrowdStart::server0 ? NodeId(0) : NodeId();
    members.push_back(
        co_await thread.start(std::move(launch), [this, i](Thread& t) { return member(t, i); }));
  }
  for (const ThreadId id : members) {
    co_await thread.join(id);
  }
}

Task<> Crowd::member(Thread& thread, std::size_t index) {
  RandomStream random = thread.world().simulation().random("crowd", index);
  // Of another server than that of thread `index` if threads go round.
  const std::size_t servers = shared_.size();
  const std::size_t distance = 1 + index / servers % std::max<std::size_t>(servers - 1, 1);
  const std::vector<ObjectId>& far = shared_[(index + distance) % servers];
  std::vector<ObjectId> own;
  for (std::uint32_t i = 0; i < options_.objects; ++i) {
    own.push_back(co_await thread.allocate(options_.object_size));
  }
  for (std::uint32_t i = 0; i < options_.steps; ++i) {
    const Time begin = thread.now();
    co_await thread.compute(options_.compute);
    const bool shared = random.chance(options_.remote_share);
    if (shared && options_.rewrite_share > 0 && random.chance(options_.rewrite_share)) {
      const std::vector<ObjectId>& near = shared_[thread.node().index()];
      const Borrow lent = co_await thread.borrow_mut(near[random.below(near.size())]);
      co_await thread.write(lent, Bytes(0), options_.object_size);
      co_await thread.give_back(lent);
    } else if (shared) {
      const Borrow lent = co_await thread.borrow(far[random.below(far.size())]);
      co_await thread.read(lent, Bytes(0), options_.object_size);
      co_await thread.give_back(lent);
    } else {
      co_await thread.write(own[random.below(own.size())], Bytes(0), options_.object_size);
    }
    thread.count_operation(step_kind_, begin);
  }
  for (const ObjectId object : own) {
    co_await thread.release(object);
  }
  ++ended_[thread.node().index()];
}

void Crowd::report(CounterReport& numbers) const {
  numbers.add("threads", options_.threads);
  for (std::size_t server = 0; server < ended_.size(); ++server) {
    numbers.add("ended_on_server_" + std::to_string(server), ended_[server]);
  }
}

}  // namespace dsmsim
