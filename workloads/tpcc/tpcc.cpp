#include "workloads/tpcc/tpcc.hpp"

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "workloads/tpcc/records.hpp"

namespace dsmsim {

using tpcc::Generator;
using tpcc::kDistricts;
using tpcc::Request;

void Tpcc::check_servers(std::size_t servers) const {
  if (options_.warehouses < servers) {
    throw Misfit("/warehouses", "must be as many as servers: each has its own");
  }
}

Demand Tpcc::demand(std::size_t servers) const {
  const std::uint64_t warehouses = options_.warehouses;
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  demand.add(warehouses, tpcc::kWarehouse);
  demand.add(warehouses * kDistricts, tpcc::kDistrict);
  demand.add(warehouses * kDistricts * options_.customers, tpcc::kCustomer);
  demand.add(warehouses * options_.items, tpcc::kStock);
  return demand.add(std::uint64_t{servers} * options_.items, tpcc::kItem);
}

Task<> Tpcc::main(Thread& thread) {
  World& world = thread.world();
  new_order_kind_ = world.meter().define("new-order");
  payment_kind_ = world.meter().define("payment");
  servers_ = world.compute_servers();
  const std::size_t drivers = servers_ * options_.threads_per_server;
  if (options_.after_abort == AfterAbort::again) {
    planned_ = drivers * options_.scaled(options_.transactions);
  }
  Task<> building = build(thread);
  co_await building;
  Task<> run = run_drivers(
      thread, drivers, [this](std::size_t driver) { return server_of_driver(driver, servers_); },
      [this](Thread& t, std::size_t driver, StartLine& start) { return drive(t, driver, start); });
  co_await run;
}

Task<> Tpcc::build(Thread& thread) {
  warehouses_ = co_await table(thread, 1, tpcc::kWarehouse);
  districts_ = co_await table(thread, kDistricts, tpcc::kDistrict);
  customers_ =
      co_await table(thread, std::size_t{kDistricts} * options_.customers, tpcc::kCustomer);
  stock_ = co_await table(thread, options_.items, tpcc::kStock);
  std::vector<NodeId> homes;
  for (std::size_t server = 0; server < servers_; ++server) {
    homes.insert(homes.end(), options_.items, server_of_driver(server, servers_));
  }
  Task<ObjectList> items = allocate_at(thread, homes, tpcc::kItem, true);
  items_ = co_await items;
}

/// So many rows of each warehouse, at its server.
Task<ObjectList> Tpcc::table(Thread& thread, std::size_t rows_of_warehouse, Bytes size) {
  std::vector<NodeId> homes;
  homes.reserve(options_.warehouses * rows_of_warehouse);
  for (std::size_t warehouse = 0; warehouse < options_.warehouses; ++warehouse) {
    homes.insert(homes.end(), rows_of_warehouse, server_of_driver(warehouse, servers_));
  }
  Task<ObjectList> rows = allocate_at(thread, homes, size, true);
  co_return co_await rows;
}

Task<> Tpcc::drive(Thread& thread, std::size_t driver, StartLine& start) {
  Generator requests(options_, thread.world().simulation().random("tpcc", driver),
                     driver % servers_, servers_, driver / servers_);
  co_await transact(thread, requests, options_.scaled(options_.warm_up), false);
  co_await start.pass(thread);
  co_await transact(thread, requests, options_.scaled(options_.transactions), true);
}

Task<> Tpcc::transact(Thread& thread, Generator& requests, std::uint64_t count, bool measured) {
  RandomStream pauses = thread.world().simulation().random("tpcc.pauses", thread.id().index());
  StopCounter counter(1 << 10);
  for (std::uint64_t i = 0; i < count; ++i) {
    counter.step();
    const Request request = requests.next();
    const Plan plan = plan_of(request, requests, thread.node());
    const Time start = thread.now();
    bool committed = co_await attempt(thread, plan);
    std::uint64_t aborts = committed ? 0 : 1;
    while (!committed && options_.after_abort == AfterAbort::again) {
      const std::uint64_t most = static_cast<std::uint64_t>(options_.pause.ps()) + 1;
      co_await thread.compute(Duration::picoseconds(static_cast<std::int64_t>(pauses.below(most))));
      committed = co_await attempt(thread, plan);
      aborts += committed ? 0 : 1;
    }
    if (!measured) {
      continue;
    }
    aborts_ += aborts;
    if (committed) {
      ++(request.is_payment() ? payments_ : new_orders_);
      thread.count_operation(request.is_payment() ? payment_kind_ : new_order_kind_, start);
    }
  }
}

/// Whether it has committed.
Task<bool> Tpcc::attempt(Thread& thread, const Plan& plan) {
  std::size_t held = 0;
  for (; held < plan.count; ++held) {
    const Access& access = plan.accesses[held];
    const Op lock = access.writes ? Op::try_lock(access.record, access.size)
                                  : Op::try_rlock(access.record, access.size);
    const std::uint64_t taken = co_await thread.execute(lock);
    if (taken == 0) {
      break;
    }
    co_await thread.read(access.record, Bytes(0), access.size);
  }
  const bool commits = held == plan.count;
  if (commits) {
    co_await commit(thread, plan);
  }
  for (std::size_t i = 0; i < held; ++i) {
    co_await thread.unlock(plan.accesses[i].record);
  }
  co_return commits;
}

Task<> Tpcc::commit(Thread& thread, const Plan& plan) {
  co_await thread.compute(options_.compute);
  for (std::size_t i = 0; i < plan.inserted; ++i) {
    const ObjectId row = co_await thread.allocate(plan.inserts[i]);
    co_await thread.write(row, Bytes(0), plan.inserts[i]);
  }
  for (std::size_t i = 0; i < plan.count; ++i) {
    if (plan.accesses[i].writes) {
      co_await thread.write(plan.accesses[i].record, Bytes(0), plan.accesses[i].size);
    }
  }
}

Tpcc::Plan Tpcc::plan_of(const Request& request, Generator& requests, NodeId server) const {
  Plan plan;
  if (request.is_payment()) {
    plan_payment(plan, request, requests.random());
  } else {
    plan_order(plan, request, requests.random(), server);
  }
  if (!options_.inserts) {
    plan.inserted = 0;
  }
  return plan;
}

/// Clause 2.4.2.2.
void Tpcc::plan_order(Plan& plan, const Request& order, RandomStream& random, NodeId server) const {
  for (std::uint32_t i = 0; i < order.lines; ++i) {
    plan.read(items_[server.index() * options_.items + order.line[i].item], tpcc::kItem);
  }
  const std::size_t district = std::size_t{order.warehouse} * kDistricts + order.district;
  plan.read(warehouses_[order.warehouse], tpcc::kWarehouse);
  plan.write(districts_[district], tpcc::kDistrict, changes(random));
  plan.read(customers_[district * options_.customers + order.customer], tpcc::kCustomer);
  plan.insert(tpcc::kOrder);
  plan.insert(tpcc::kNewOrder);
  for (std::uint32_t i = 0; i < order.lines; ++i) {
    const std::size_t row = std::size_t{order.line[i].supplier} * options_.items;
    plan.write(stock_[row + order.line[i].item], tpcc::kStock, changes(random));
    plan.insert(tpcc::kOrderLine);
  }
}

/// Clause 2.5.2.2.
void Tpcc::plan_payment(Plan& plan, const Request& payment, RandomStream& random) const {
  const std::size_t district = std::size_t{payment.warehouse} * kDistricts + payment.district;
  const std::size_t of_customer =
      std::size_t{payment.customer_warehouse} * kDistricts + payment.customer_district;
  plan.write(warehouses_[payment.warehouse], tpcc::kWarehouse, changes(random));
  plan.write(districts_[district], tpcc::kDistrict, changes(random));
  plan.write(customers_[of_customer * options_.customers + payment.customer], tpcc::kCustomer,
             changes(random));
  plan.insert(tpcc::kHistory);
}

void Tpcc::report(CounterReport& numbers) const {
  const std::uint64_t committed = new_orders_ + payments_;
  const std::uint64_t tried = committed + aborts_;
  numbers.add("transactions", tried);
  numbers.add("committed", committed);
  numbers.add("new_orders", new_orders_);
  numbers.add("payments", payments_);
  numbers.add("aborts", aborts_);
  numbers.add("abort_rate",
              tried > 0 ? static_cast<double>(aborts_) / static_cast<double>(tried) : 0.0);
}

}  // namespace dsmsim
