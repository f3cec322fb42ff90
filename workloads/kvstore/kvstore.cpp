#include "workloads/kvstore/kvstore.hpp"

#include <utility>

#include "sim/base/stop.hpp"

namespace dsmsim {

namespace {

RandomStream key_stream(World& world, std::size_t index) {
  return world.simulation().random("kvstore.keys", index);
}

}  // namespace

Kvstore::Kvstore(KvstoreOptions options) : options_(options.scaled()) {}

Demand Kvstore::demand(std::size_t servers) const {
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  return demand.add(options_.buckets, options_.entry_size());
}

Task<> Kvstore::main(Thread& thread) {
  World& world = thread.world();
  get_kind_ = world.meter().define("get");
  put_kind_ = world.meter().define("put");
  const std::size_t servers = world.compute_servers();
  const std::size_t drivers = servers * options_.threads_per_server;
  files_.emplace(options_.key_space(), options_.popularity, drivers);
  co_await build(thread, drivers);

  Task<> run = run_drivers(
      thread, drivers, [servers](std::size_t driver) { return server_of_driver(driver, servers); },
      [this, drivers](Thread& t, std::size_t driver, StartLine& start) {
        return drive(t, driver, drivers, start);
      });
  co_await run;
}

Task<> Kvstore::build(Thread& thread, std::size_t drivers) {
  const std::vector<NodeId> homes = entry_homes(thread.world(), drivers);
  entries_ = co_await allocate_at(thread, homes, options_.entry_size(),
                                  options_.guard == EntryGuard::mutex);
  if (options_.handle_array == HandleAccess::none) {
    co_return;
  }
  const Bytes array = options_.handle_size * options_.buckets;
  for (Bytes built; built < array; built += options_.handle_chunk) {
    const Bytes size = std::min(options_.handle_chunk, array - built);
    handle_chunks_.push_back(co_await thread.allocate(size));
    co_await thread.write(handle_chunks_.back(), Bytes(0), size);
  }
}

// Buckets that nobody puts into, and all buckets unless placement is by populating, are spread.
std::vector<NodeId> Kvstore::entry_homes(World& world, std::size_t drivers) const {
  const std::size_t servers = world.compute_servers();
  std::vector<NodeId> homes(options_.buckets, NodeId(0));
  if (options_.placement == EntryPlacement::server0) {
    return homes;
  }
  StopCounter counter(1 << 16);
  for (std::size_t bucket = 0; bucket < homes.size(); ++bucket) {
    counter.step();
    homes[bucket] = server_of_driver(bucket, servers);
  }
  if (options_.placement == EntryPlacement::spread) {
    return homes;
  }
  std::vector<RandomStream> keys;
  std::vector<KeyFile> files;
  for (std::size_t driver = 0; driver < drivers; ++driver) {
    keys.push_back(key_stream(world, driver));
    files.push_back(files_->of(driver));
  }
  std::vector<bool> taken(homes.size());
  for (std::uint64_t i = 0; i < options_.populate_operations; ++i) {
    counter.step();
    const std::size_t driver = i % drivers;
    const std::uint64_t bucket = files_->next(files[driver], keys[driver]).bucket;
    if (!taken[bucket]) {
      taken[bucket] = true;
      homes[bucket] = server_of_driver(driver, servers);
    }
  }
  return homes;
}

Task<> Kvstore::drive(Thread& thread, std::size_t driver, std::size_t drivers, StartLine& start) {
  std::vector<Borrow> handles = co_await open_handles(thread);
  co_await populate(thread, driver, drivers);
  const bool again = options_.handle_array == HandleAccess::each_phase;
  if (again) {
    co_await close_handles(thread, handles);
  }
  co_await start.pass(thread);
  if (again) {
    handles = co_await open_handles(thread);
  }
  co_await measure(thread, driver, drivers, handles);
  co_await close_handles(thread, handles);
}

Task<std::vector<Borrow>> Kvstore::open_handles(Thread& thread) {
  std::vector<Borrow> handles;
  for (const ObjectId chunk : handle_chunks_) {
    handles.push_back(co_await thread.borrow(chunk));
    co_await thread.read(handles.back(), Bytes(0), thread.world().objects().size(chunk));
  }
  co_return handles;
}

Task<> Kvstore::close_handles(Thread& thread, std::vector<Borrow>& handles) {
  for (const Borrow& chunk : handles) {
    co_await thread.give_back(chunk);
  }
  handles.clear();
}

Task<> Kvstore::populate(Thread& thread, std::size_t driver, std::size_t drivers) {
  RandomStream keys = key_stream(thread.world(), driver);
  const KeyFile file = files_->of(driver);
  const std::uint64_t share = share_of(options_.populate_operations, drivers, driver);
  const bool all = options_.populating == Populating::all;
  Touched touched(file.first_bucket, file.buckets);
  StopCounter counter(1 << 16);
  for (std::uint64_t i = 0; i < share; ++i) {
    counter.step();
    const std::uint64_t bucket = files_->next(file, keys).bucket;
    if (touched.is_first(bucket) || all) {
      co_await put(thread, entries_[bucket]);
    }
  }
}

Task<> Kvstore::measure(Thread& thread, std::size_t driver, std::size_t drivers,
                        const std::vector<Borrow>& handles) {
  const std::size_t stream = (driver + 1) % drivers;
  RandomStream keys = key_stream(thread.world(), stream);
  const KeyFile file = files_->of(stream);
  RandomStream mix = thread.world().simulation().random("kvstore.mix", driver);
  const std::uint64_t share = share_of(options_.operations, drivers, driver);
  Touched touched(file.first_bucket, file.buckets);
  std::uint64_t next = files_->next(file, keys).bucket;
  for (std::uint64_t i = 0; i < share; ++i) {
    const std::uint64_t bucket = std::exchange(next, files_->next(file, keys).bucket);
    __builtin_prefetch(&entries_[next]);  // millions of them lie in no cache
    first_touches_ += touched.is_first(bucket) ? 1 : 0;
    const bool is_get = mix.chance(options_.get_ratio);
    const Time start = thread.now();
    co_await look_up(thread, bucket, handles);
    if (is_get) {
      co_await get(thread, entries_[bucket]);
      ++gets_;
    } else {
      co_await put(thread, entries_[bucket]);
      ++puts_;
    }
    thread.count_operation(is_get ? get_kind_ : put_kind_, start);
  }
}

/// The part of an operation before it is at its entry.
Task<> Kvstore::look_up(Thread& thread, std::uint64_t bucket, const std::vector<Borrow>& handles) {
  co_await thread.compute(options_.compute);
  if (options_.handle_array == HandleAccess::each_operation) {
    const std::uint64_t per_chunk = options_.handle_chunk.count() / options_.handle_size.count();
    co_await thread.read(handles[bucket / per_chunk], options_.handle_size * (bucket % per_chunk),
                         options_.handle_size);
  }
}

Task<> Kvstore::get(Thread& thread, ObjectId entry) {
  if (options_.guard == EntryGuard::borrow) {
    co_await thread.read(entry, Bytes(0), options_.entry_size());
    co_return;
  }
  co_await thread.call_read(entry, Bytes(0), options_.entry_size(), options_.work,
                            options_.get_lock == GetLock::shared);
}

Task<> Kvstore::put(Thread& thread, ObjectId entry) {
  if (options_.guard == EntryGuard::borrow) {
    co_await thread.write(entry, Bytes(0), options_.entry_size());
    co_return;
  }
  co_await thread.call_write(entry, Bytes(0), options_.entry_size(), options_.work);
}

void Kvstore::report(CounterReport& numbers) const {
  numbers.add("buckets", options_.buckets);
  numbers.add("gets", gets_);
  numbers.add("puts", puts_);
  numbers.add("first_touches", first_touches_);
  numbers.add("first_touches_per_operation",
              static_cast<double>(first_touches_) / static_cast<double>(gets_ + puts_));
}

}  // namespace dsmsim
