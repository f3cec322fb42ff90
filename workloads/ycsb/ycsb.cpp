#include "workloads/ycsb/ycsb.hpp"

#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {

/// One client thread's random streams.
struct Ycsb::Client {
  Client(Simulation& simulation, std::size_t index)
      : operations(simulation.random("ycsb.operations", index)),
        keys(simulation.random("ycsb.keys", index)),
        fields(simulation.random("ycsb.fields", index)),
        lengths(simulation.random("ycsb.lengths", index)) {}
  RandomStream operations;
  RandomStream keys;
  RandomStream fields;
  RandomStream lengths;
};

Ycsb::Ycsb(YcsbOptions options)
    : options_(std::move(options)),
      proportions_(options_.proportions()),
      records_(options_.recordcount),
      keys_(options_, records_),
      index_(options_.insertorder),
      scan_lengths_(
          make_generator({.distribution = options_.scanlengthdistribution == ScanLengths::zipfian
                                              ? Distribution::zipf
                                              : Distribution::uniform,
                          .theta = options_.zipfianconstant},
                         options_.maxscanlength)) {}

Demand Ycsb::demand(std::size_t servers) const {
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  return demand.add(options_.recordcount,
                    saturated_product(options_.fieldcount, options_.fieldlength));
}

Task<> Ycsb::main(Thread& thread) {
  World& world = thread.world();
  const std::array<std::pair<const char*, double>, kOperations> kinds{
      {{"ycsb_read", proportions_.read},
       {"ycsb_update", proportions_.update},
       {"ycsb_insert", proportions_.insert},
       {"ycsb_scan", proportions_.scan},
       {"ycsb_read_modify_write", proportions_.read_modify_write}}};
  for (std::size_t i = 0; i < kOperations; ++i) {
    kinds_[i] = kinds[i].second > 0 ? world.meter().define(kinds[i].first) : KindId();
  }
  co_await load(thread);

  const std::size_t servers = world.compute_servers();
  const std::size_t clients = servers * options_.threads_per_server;
  Task<> run = run_drivers(
      thread, clients, [servers](std::size_t client) { return server_of_driver(client, servers); },
      [this, clients](Thread& t, std::size_t client, StartLine& start) {
        return drive(t, client, clients, start);
      });
  co_await run;
}

Task<> Ycsb::load(Thread& thread) {
  std::vector<NodeId> homes;
  homes.reserve(options_.recordcount);
  StopCounter counter(1 << 16);
  for (std::uint64_t record = 0; record < options_.recordcount; ++record) {
    counter.step();
    homes.push_back(server_of_driver(record, thread.world().compute_servers()));
    if (proportions_.scan > 0) {
      index_.insert(record);
    }
  }
  objects_ = co_await allocate_at(thread, homes, options_.record_size(),
                                  options_.locking != RecordLocking::borrow);
}

Task<> Ycsb::drive(Thread& thread, std::size_t client, std::size_t clients, StartLine& start) {
  for (std::uint64_t record = client; record < options_.recordcount; record += clients) {
    co_await write_whole(thread, record);
  }
  co_await start.pass(thread);
  Client self(thread.world().simulation(), client);
  const std::uint64_t share = share_of(options_.operationcount, clients, client);
  for (std::uint64_t i = 0; i < share; ++i) {
    const Operation operation = choose(self.operations);
    const Time begin = thread.now();
    co_await thread.compute(options_.compute);
    co_await perform(thread, operation, self);
    thread.count_operation(kinds_[operation], begin);
  }
}

Ycsb::Operation Ycsb::choose(RandomStream& random) const {
  const double shares[kOperations] = {proportions_.read, proportions_.update, proportions_.insert,
                                      proportions_.scan, proportions_.read_modify_write};
  double draw = random.uniform() * proportions_.sum();
  Operation chosen = read_op;
  for (std::size_t i = 0; i < kOperations; ++i) {
    if (shares[i] == 0) {
      continue;
    }
    chosen = static_cast<Operation>(i);
    if (draw < shares[i]) {
      break;
    }
    draw -= shares[i];
  }
  return chosen;
}

Task<> Ycsb::perform(Thread& thread, Operation operation, Client& client) {
  switch (operation) {
    case read_op:
      return read(thread, keys_.next(client.keys), client);
    case update_op:
      return update(thread, keys_.next(client.keys), client);
    case insert_op:
      return insert(thread);
    case scan_op:
      return scan(thread, keys_.next(client.keys), client);
    case rmw_op:
      break;
  }
  return read_modify_write(thread, keys_.next(client.keys), client);
}

Task<> Ycsb::read(Thread& thread, std::uint64_t record, Client& client) {
  const Borrow borrow = co_await open(thread, record, Access::read);
  co_await read_fields(thread, borrow, client);
  co_await close(thread, borrow);
}

Task<> Ycsb::update(Thread& thread, std::uint64_t record, Client& client) {
  const Borrow borrow = co_await open(thread, record, Access::write);
  co_await write_fields(thread, borrow, client);
  co_await close(thread, borrow);
}

Task<> Ycsb::read_modify_write(Thread& thread, std::uint64_t record, Client& client) {
  const Borrow borrow = co_await open(thread, record, Access::write);
  co_await read_fields(thread, borrow, client);
  co_await write_fields(thread, borrow, client);
  co_await close(thread, borrow);
}

/// The new record is where its inserter is; others see it once it has been written.
Task<> Ycsb::insert(Thread& thread) {
  const std::uint64_t record = records_.take();
  objects_.resize(std::max<std::size_t>(objects_.size(), record + 1));
  const ObjectId object = co_await thread.allocate(options_.record_size(), NodeId(),
                                                   options_.locking != RecordLocking::borrow);
  objects_[record] = object;
  co_await write_whole(thread, record);
  if (proportions_.scan > 0) {
    index_.insert(record);
  }
  records_.acknowledge(record);
}

Task<> Ycsb::scan(Thread& thread, std::uint64_t first, Client& client) {
  const std::uint64_t length = 1 + scan_lengths_->next(client.lengths);
  std::optional<std::uint64_t> record = first;
  for (std::uint64_t i = 0; i < length && record; ++i) {
    co_await read(thread, *record, client);
    ++scanned_;
    record = index_.after(*record);
  }
}

Task<> Ycsb::write_whole(Thread& thread, std::uint64_t record) {
  const Borrow borrow = co_await open(thread, record, Access::write);
  co_await thread.write(borrow, Bytes(0), options_.record_size());
  co_await close(thread, borrow);
}

/// Under a lock there is no borrow: the reference is the object itself.
Task<Borrow> Ycsb::open(Thread& thread, std::uint64_t record, Access access) {
  const ObjectId object = objects_[record];
  Borrow borrow{object, BorrowId()};
  if (options_.locking == RecordLocking::borrow) {
    if (access == Access::read) {
      borrow = co_await thread.borrow(object);
    } else {
      borrow = co_await thread.borrow_mut(object);
    }
  } else if (options_.locking == RecordLocking::rwlock && access == Access::read) {
    co_await thread.rlock(object);
  } else {
    co_await thread.lock(object);
  }
  co_return borrow;
}

Task<> Ycsb::close(Thread& thread, Borrow borrow) {
  if (options_.locking == RecordLocking::borrow) {
    co_await thread.give_back(borrow);
  } else {
    co_await thread.unlock(borrow.object);
  }
}

Task<> Ycsb::read_fields(Thread& thread, Borrow record, Client& client) {
  if (options_.readallfields) {
    co_await thread.read(record, Bytes(0), options_.record_size());
  } else {
    const std::uint64_t field = client.fields.below(options_.fieldcount);
    co_await thread.read(record, options_.fieldlength * field, options_.fieldlength);
  }
}

Task<> Ycsb::write_fields(Thread& thread, Borrow record, Client& client) {
  if (options_.writeallfields) {
    co_await thread.write(record, Bytes(0), options_.record_size());
  } else {
    const std::uint64_t field = client.fields.below(options_.fieldcount);
    co_await thread.write(record, options_.fieldlength * field, options_.fieldlength);
  }
}

void Ycsb::report(CounterReport& numbers) const {
  numbers.add("records", records_.acknowledged());
  numbers.add("inserted", records_.acknowledged() - options_.recordcount);
  numbers.add("scanned", scanned_);
}

}  // namespace dsmsim
