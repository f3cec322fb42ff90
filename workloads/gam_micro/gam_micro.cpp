#include "workloads/gam_micro/gam_micro.hpp"

namespace dsmsim {

/// The items that a thread visits; two traces from equal streams are equal.
class GamMicro::Trace {
 public:
  Trace(const GamMicroOptions& options, RandomStream random)
      : options_(options),
        items_(options.block_size.count() / options.item_size.count()),
        random_(random),
        at_{random_.below(options.blocks), random_.below(items_)} {}
  Place at() const { return at_; }
  void advance() {
    if (random_.chance(options_.space_locality)) {
      at_.item = (at_.item + 1) % items_;
      return;
    }
    at_.block = (at_.block + 1 + random_.below(options_.blocks - 1)) % options_.blocks;
    at_.item = random_.below(items_);
  }

 private:
  const GamMicroOptions& options_;
  std::uint64_t items_;
  RandomStream random_;
  Place at_;
};

Demand GamMicro::demand(std::size_t servers) const {
  const std::uint64_t threads = servers * options_.threads_per_server;
  const std::uint64_t own = options_.shared_ratio > 0 ? 1 : threads;  // lists of blocks
  Demand demand;
  demand.threads = threads;
  return demand.add(own * options_.blocks, options_.block_size);
}

Task<> GamMicro::main(Thread& thread) {
  World& world = thread.world();
  read_kind_ = world.meter().define("read_item");
  write_kind_ = world.meter().define("write_item");
  const std::size_t servers = world.compute_servers();
  const std::size_t threads = servers * options_.threads_per_server;
  blocks_.resize(threads);
  times_.resize(threads);
  co_await allocate(thread, 0);
  const auto place = [servers](std::size_t i) { return server_of_driver(i, servers); };
  const auto next_place = [servers](std::size_t i) { return server_of_driver(i + 1, servers); };
  Task<> allocation =
      run_on_servers(thread, threads - 1, next_place,
                     [this](Thread& t, std::size_t i) { return allocate(t, i + 1); });
  co_await allocation;

  Task<> run = run_drivers(
      thread, threads, place,
      [this](Thread& t, std::size_t i, StartLine& start) { return drive(t, i, start); });
  co_await run;
}

Task<> GamMicro::allocate(Thread& thread, std::size_t index) {
  RandomStream random = thread.world().simulation().random("gam_micro.blocks", index);
  const std::size_t servers = thread.world().compute_servers();
  std::vector<ObjectId>& mine = blocks_[index];
  for (std::uint64_t i = 0; i < options_.blocks; ++i) {
    if (index != 0 && random.chance(options_.shared_ratio)) {
      mine.push_back(blocks_[0][i]);
      continue;
    }
    NodeId home = thread.node();
    if (servers > 1 && random.chance(options_.remote_ratio)) {
      const std::uint64_t other = (home.value() + 1 + random.below(servers - 1)) % servers;
      home = NodeId(static_cast<std::uint32_t>(other));
    }
    const bool guarded = options_.operation != MicroOperation::access;
    mine.push_back(co_await thread.allocate(options_.block_size, home, guarded));
  }
}

Task<> GamMicro::drive(Thread& thread, std::size_t index, StartLine& start) {
  Simulation& simulation = thread.world().simulation();
  RandomStream mix = simulation.random("gam_micro.mix", index);
  const Trace trace(options_, simulation.random("gam_micro.trace", index));
  co_await run_trace(thread, trace, mix, index);
  co_await start.pass(thread);
  const Time began = thread.now();
  co_await run_trace(thread, trace, mix, index);
  times_[index] = thread.now() - began;
}

Task<> GamMicro::run_trace(Thread& thread, Trace trace, RandomStream& mix, std::size_t index) {
  const std::vector<ObjectId>& mine = blocks_[index];
  for (std::uint64_t i = 0; i < options_.operations; ++i) {
    const Place place = trace.at();
    const bool read = mix.chance(options_.read_ratio);
    const Time start = thread.now();
    co_await operate(thread, mine[place.block], options_.item_size * place.item, read);
    thread.count_operation(read ? read_kind_ : write_kind_, start);
    if (!mix.chance(options_.time_locality)) {
      trace.advance();
    }
  }
  if (options_.operation == MicroOperation::access) {
    co_await thread.fence();
    co_await thread.read(mine[trace.at().block], Bytes(0), options_.item_size);
  }
}

Task<> GamMicro::operate(Thread& thread, ObjectId block, Bytes offset, bool read) {
  const Bytes size = options_.item_size;
  if (options_.operation == MicroOperation::access) {
    if (read) {
      co_await thread.read(block, offset, size);
    } else {
      co_await thread.write(block, offset, size);
    }
    co_return;
  }
  const bool trying = options_.operation == MicroOperation::try_locked_access;
  const Op waiting = read ? Op::rlock(block, size, offset) : Op::lock(block, size, offset);
  const Op at_once = read ? Op::try_rlock(block, size, offset) : Op::try_lock(block, size, offset);
  const Op lock = trying ? at_once : waiting;
  const std::uint64_t taken = co_await thread.execute(lock);
  if (trying && taken == 0) {
    ++failed_locks_;
    co_return;
  }
  if (options_.operation != MicroOperation::lock) {
    if (read) {
      co_await thread.read(block, offset, size);
    } else {
      co_await thread.write(block, offset, size);
    }
  }
  const Op unlock = Op::unlock(block, size, offset);
  co_await thread.execute(unlock);
}

/// test/benchmark.cc adds ITERATION / (end - start) over threads and nodes.
double GamMicro::sum_of_rates() const {
  double sum = 0;
  for (const Duration time : times_) {
    sum += time > Duration() ? static_cast<double>(options_.operations) / time.seconds() : 0.0;
  }
  return sum;
}

void GamMicro::report(CounterReport& numbers) const {
  numbers.add("sum_of_thread_rates_per_second", sum_of_rates());
  numbers.add("threads", blocks_.size());
  numbers.add("blocks_per_thread", options_.blocks);
  numbers.add("failed_locks", failed_locks_);
}

}  // namespace dsmsim
