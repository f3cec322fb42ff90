#include "workloads/dht/dht.hpp"

#include <utility>

#include "sim/base/stop.hpp"

namespace dsmsim {

namespace {

RandomStream file_stream(World& world, std::size_t file) {
  return world.simulation().random("dht.keys", file);
}

}  // namespace

std::uint64_t Dht::objects_per_table() const {
  return (options_.buckets - 1) / options_.buckets_per_object + 1;
}

Demand Dht::demand(std::size_t servers) const {
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  return demand.add(servers * objects_per_table(),
                    options_.bucket_size * options_.buckets_per_object);
}

Task<> Dht::main(Thread& thread) {
  World& world = thread.world();
  get_kind_ = world.meter().define("get");
  put_kind_ = world.meter().define("put");
  tables_ = world.compute_servers();
  drivers_ = tables_ * options_.threads_per_server;
  planned_ = options_.operations;
  if (options_.operations_of == OperationsOf::driver) {
    *planned_ *= drivers_;
  }
  files_.emplace(options_.key_space(), options_.popularity, drivers_);
  Task<> building = build(thread);
  co_await building;
  Task<> run = run_drivers(
      thread, drivers_, [this](std::size_t driver) { return server_of_driver(driver, tables_); },
      [this](Thread& t, std::size_t driver, StartLine& start) { return drive(t, driver, start); });
  co_await run;
}

/// The tables. Values get their identifiers, and no memory: a key has the same one whoever puts it
/// first.
Task<> Dht::build(Thread& thread) {
  std::vector<NodeId> homes;
  homes.reserve(tables_ * objects_per_table());
  for (std::size_t table = 0; table < tables_; ++table) {
    homes.insert(homes.end(), objects_per_table(), server_of_driver(table, tables_));
  }
  const Bytes size = options_.bucket_size * options_.buckets_per_object;
  Task<ObjectList> allocation = allocate_at(thread, homes, size, true);
  buckets_ = co_await allocation;
  values_.reserve(options_.keys);
  StopCounter counter(1 << 16);
  for (std::uint64_t key = 0; key < options_.keys; ++key) {
    counter.step();
    values_.push_back(thread.world().objects().add(options_.value_size));
  }
  stored_.resize(options_.keys);
}

std::size_t Dht::measured_file(std::size_t driver) const {
  return options_.measured_file == MeasuredFile::own ? driver : (driver + 1) % drivers_;
}

/// Operations of a driver, in each part of the run.
std::uint64_t Dht::share(std::size_t driver) const {
  return options_.operations_of == OperationsOf::driver
             ? options_.operations
             : share_of(options_.operations, drivers_, driver);
}

/// kvclient.cc takes the table by the first bits of the key's hash, and the bucket by others.
Dht::Place Dht::place_of(const KeyPlace& key) const {
  const std::uint64_t table = SplitMix64(key.key).next() % tables_;
  const std::uint64_t object = key.bucket / options_.buckets_per_object;
  const std::uint64_t within = key.bucket % options_.buckets_per_object;
  return {.key = key.key,
          .table = buckets_[table * objects_per_table() + object],
          .offset = options_.bucket_size * within};
}

Task<> Dht::drive(Thread& thread, std::size_t driver, StartLine& start) {
  co_await populate(thread, driver);
  if (options_.warm_up) {
    co_await use(thread, driver, false);
  }
  co_await start.pass(thread);
  co_await use(thread, driver, true);
}

Task<> Dht::populate(Thread& thread, std::size_t driver) {
  RandomStream random = file_stream(thread.world(), driver);
  const KeyFile file = files_->of(driver);
  const bool all = options_.populating == DhtPopulating::all;
  Touched touched(0, options_.keys);
  StopCounter counter(1 << 16);
  const std::uint64_t operations = share(driver);
  for (std::uint64_t i = 0; i < operations; ++i) {
    counter.step();
    const KeyPlace key = files_->next(file, random);
    if (touched.is_first(key.key) || all) {
      co_await put(thread, place_of(key));
    }
  }
}

/// The operations of the file, in its order: the warm-up, or the measured part.
Task<> Dht::use(Thread& thread, std::size_t driver, bool measured) {
  const std::size_t number = measured_file(driver);
  RandomStream random = file_stream(thread.world(), number);
  RandomStream mix = thread.world().simulation().random("dht.mix", driver);
  const KeyFile file = files_->of(number);
  Touched touched(0, options_.keys);
  const std::uint64_t operations = share(driver);
  KeyPlace next = files_->next(file, random);
  for (std::uint64_t i = 0; i < operations; ++i) {
    const KeyPlace key = std::exchange(next, files_->next(file, random));
    __builtin_prefetch(&values_[next.key]);  // millions of them lie in no cache
    const Place place = place_of(key);
    const bool is_get = mix.chance(options_.get_ratio);
    const Time start = thread.now();
    co_await thread.compute(options_.compute);
    bool found = true;
    if (is_get) {
      found = co_await get(thread, place);
    } else {
      co_await put(thread, place);
    }
    if (measured) {
      thread.count_operation(is_get ? get_kind_ : put_kind_, start);
      ++(is_get ? gets_ : puts_);
      misses_ += found ? 0 : 1;
      first_touches_ += touched.is_first(key.key) ? 1 : 0;
    }
  }
}

/// Whether the key was there.
Task<bool> Dht::get(Thread& thread, Place place) {
  const Bytes size = options_.bucket_size;
  if (options_.get_lock == GetLock::shared) {
    co_await thread.execute(Op::rlock(place.table, size, place.offset));
  } else {
    co_await thread.execute(Op::lock(place.table, size, place.offset));
  }
  co_await thread.read(place.table, place.offset, size);
  const bool found = stored_[place.key];
  if (found) {
    co_await thread.read(values_[place.key], Bytes(0), options_.value_size);
  }
  co_await thread.execute(Op::unlock(place.table, size, place.offset));
  co_return found;
}

Task<> Dht::put(Thread& thread, Place place) {
  const Bytes size = options_.bucket_size;
  const ObjectId value = values_[place.key];
  co_await thread.execute(Op::lock(place.table, size, place.offset));
  co_await thread.read(place.table, place.offset, size);
  if (!stored_[place.key]) {
    co_await thread.execute(Op::allocate_raw(value, options_.value_size));
    stored_[place.key] = true;
    co_await thread.write(place.table, place.offset, size);
  }
  co_await thread.write(value, Bytes(0), options_.value_size);
  co_await thread.execute(Op::unlock(place.table, size, place.offset));
}

void Dht::report(CounterReport& numbers) const {
  const auto stored = static_cast<std::uint64_t>(std::count(stored_.begin(), stored_.end(), true));
  numbers.add("tables", tables_);
  numbers.add("buckets_per_table", options_.buckets);
  numbers.add("keys_stored", stored);
  numbers.add("gets", gets_);
  numbers.add("puts", puts_);
  numbers.add("misses", misses_);
  numbers.add("first_touches", first_touches_);
  numbers.add("first_touches_per_operation",
              static_cast<double>(first_touches_) / static_cast<double>(gets_ + puts_));
}

}  // namespace dsmsim
