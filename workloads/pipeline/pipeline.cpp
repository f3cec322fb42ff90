#include "workloads/pipeline/pipeline.hpp"

#include <algorithm>
#include <numeric>

namespace dsmsim {

using library::Arc;

Demand Pipeline::demand(std::size_t servers) const {
  (void)servers;
  Demand demand;
  demand.threads = std::uint64_t{options_.producers} + options_.workers;
  return demand.add(1, options_.table_size);
}

Task<> Pipeline::main(Thread& thread) {
  co_await prepare(thread);
  thread.world().start_measuring();
  co_await library::scoped(thread, [this](library::Scope& scope) { return start_all(scope); });
  if (table_) {
    co_await table_->drop(thread);
  } else {
    co_await thread.release(locked_table_);
  }
  co_await barrier_->drop(thread);
}

Task<> Pipeline::prepare(Thread& thread) {
  World& world = thread.world();
  item_kind_ = world.meter().define("item");
  const std::size_t servers = world.compute_servers();
  for (std::size_t worker = 0; worker < options_.workers; ++worker) {
    channels_.push_back(world.channels().open(server_of_driver(worker, servers)));
  }
  barrier_.emplace(co_await library::Barrier::make(thread, options_.producers + options_.workers,
                                                   NodeId(), {.limit = options_.patience}));
  if (options_.table == PipelineTable::arc) {
    table_.emplace(co_await Arc::make(thread, options_.table_size, options_.arc_count));
    co_await table_->write(thread, Bytes(0), options_.table_size);
  } else {
    locked_table_ = co_await thread.allocate(options_.table_size, NodeId(), true);
    co_await thread.lock(locked_table_);
    co_await thread.write(locked_table_, Bytes(0), options_.table_size);
    co_await thread.unlock(locked_table_);
  }
}

Task<> Pipeline::start_all(library::Scope& scope) {
  const std::size_t servers = scope.parent().world().compute_servers();
  for (std::size_t i = 0; i < options_.workers; ++i) {
    Handle table;
    if (table_) {
      table.emplace(co_await table_->clone(scope.parent()));
    }
    const Launch launch{.node = server_of_driver(i, servers)};
    barrier_->expect(
        co_await scope.start(launch, 0, [this, i, table](Thread& t) { return work(t, i, table); }));
  }
  for (std::size_t i = 0; i < options_.producers; ++i) {
    const Launch launch{.node = server_of_driver(i, servers)};
    producers_.push_back(
        co_await scope.start(launch, 0, [this, i](Thread& t) { return produce(t, i); }));
    barrier_->expect(producers_.back());
    for (const ChannelId channel : channels_) {
      scope.parent().world().add_sender(channel, producers_.back());
    }
  }
}

// ---- producers

Task<> Pipeline::produce(Thread& thread, std::size_t index) {
  RandomStream random = thread.world().simulation().random("pipeline.producer", index);
  std::vector<ObjectId> boxes(1);
  for (std::uint32_t round = 0; round < options_.rounds; ++round) {
    for (std::uint32_t i = 0; i < options_.items; ++i) {
      boxes[0] = co_await thread.allocate(options_.item_size);
      co_await thread.write(boxes[0], Bytes(0), options_.item_size);
      co_await thread.send(channels_[(index + i) % options_.workers], options_.message_size, index,
                           boxes);
    }
    co_await end_round(thread, random);
  }
}

// ---- workers

/// Items that each producer sends a worker in a round: its turn comes after the producer's own
/// number.
std::vector<std::uint64_t> Pipeline::items_of(std::size_t worker) const {
  std::vector<std::uint64_t> items;
  for (std::size_t producer = 0; producer < options_.producers; ++producer) {
    const std::size_t shift = producer % options_.workers;
    const std::size_t first = (worker + options_.workers - shift) % options_.workers;
    items.push_back(share_of(options_.items, options_.workers, first));
  }
  return items;
}

Task<> Pipeline::work(Thread& thread, std::size_t index, Handle table) {
  RandomStream random = thread.world().simulation().random("pipeline.worker", index);
  std::vector<std::uint64_t> items = items_of(index);
  for (std::uint32_t round = 0; round < options_.rounds; ++round) {
    std::vector<std::uint64_t> owed = items;
    while (std::accumulate(owed.begin(), owed.end(), std::uint64_t{0}) > 0) {
      const ReceivedMessage message = co_await thread.receive_message(channels_[index]);
      if (message.lost_sender.valid()) {
        const auto lost = std::find(producers_.begin(), producers_.end(), message.lost_sender);
        items[static_cast<std::size_t>(lost - producers_.begin())] = 0;
        owed[static_cast<std::size_t>(lost - producers_.begin())] = 0;
        continue;
      }
      owed[message.content] -= std::min<std::uint64_t>(owed[message.content], 1);
      co_await use_item(thread, message.boxes.front(), table, random);
    }
    co_await end_round(thread, random);
  }
  if (table) {
    co_await table->drop(thread);
  }
}

Task<> Pipeline::use_item(Thread& thread, ObjectId item, Handle& table, RandomStream& random) {
  const Time begin = thread.now();
  co_await thread.read(item, Bytes(0), options_.item_size);
  co_await look_up(thread, table, random);
  co_await thread.compute(options_.compute);
  co_await thread.release(item);
  thread.count_operation(item_kind_, begin);
  ++items_;
}

Bytes Pipeline::anywhere(RandomStream& random) const {
  return Bytes(random.below((options_.table_size - options_.lookup_size).count() + 1));
}

Task<> Pipeline::look_up(Thread& thread, Handle& table, RandomStream& random) {
  if (table) {
    for (std::uint32_t i = 0; i < options_.lookups; ++i) {
      co_await table->read(thread, anywhere(random), options_.lookup_size);
    }
    co_return;
  }
  co_await thread.rlock(locked_table_);
  for (std::uint32_t i = 0; i < options_.lookups; ++i) {
    co_await thread.read(locked_table_, anywhere(random), options_.lookup_size);
  }
  co_await thread.unlock(locked_table_);
}

/// The last thread to come brings a table that may be written up to date.
Task<> Pipeline::end_round(Thread& thread, RandomStream& random) {
  const bool last = co_await barrier_->wait(thread);
  if (last && !table_) {
    co_await thread.lock(locked_table_);
    co_await thread.write(locked_table_, anywhere(random), options_.lookup_size);
    co_await thread.unlock(locked_table_);
    ++updates_;
  }
}

void Pipeline::report(CounterReport& numbers) const {
  numbers.add("items", items_);
  numbers.add("table_updates", updates_);
}

}  // namespace dsmsim
