#include "workloads/tpcc/tpcc.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/workloads/complaint.hpp"
#include "workloads/tpcc/records.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

TpccOptions small_tpcc() {
  TpccOptions options;
  options.transactions = 200;
  options.warm_up = 20;
  options.threads_per_server = 2;
  options.warehouses = 8;
  options.items = 100;
  options.customers = 20;
  return options;
}

std::uint64_t number(const Tpcc& tpcc, const std::string& name) {
  return report_of(tpcc)[name].get<std::uint64_t>();
}

std::string tpcc_complaint(const std::string& text) {
  return test::complaint_of<TpccOptions>(text, "tpcc.json");
}

/// Share of the lines of 2,000 orders, of a thread of server 1, that another warehouse supplies.
double remote_lines(const TpccOptions& options) {
  tpcc::Generator requests(options, RandomStream(1, "test"), 1, 4, 0);
  std::uint64_t lines = 0;
  std::uint64_t remote = 0;
  for (int i = 0; i < 2'000; ++i) {
    const tpcc::Request request = requests.next();
    CHECK(request.warehouse % 4 == 1);
    for (std::uint32_t line = 0; line < request.lines; ++line) {
      ++lines;
      remote += request.line[line].supplier != request.warehouse ? 1 : 0;
    }
  }
  return static_cast<double>(remote) / static_cast<double>(lines);
}

}  // namespace

TEST_CASE("tpcc does as many transactions as asked for, 45 new-orders for 43 payments") {
  TpccOptions options = small_tpcc();
  options.threads_per_server = 1;  // all locks of the test's engine are exclusive: two would meet
  MemoryWorld m(4);
  Tpcc tpcc(options);
  m.world.run(tpcc);  // the engine throws on an access without its lock
  CHECK(number(tpcc, "transactions") == 4 * 200);
  CHECK(number(tpcc, "aborts") == 0);
  CHECK(number(tpcc, "committed") + number(tpcc, "aborts") == number(tpcc, "transactions"));
  CHECK(number(tpcc, "committed") == m.world.meter().operations());
  const double orders = static_cast<double>(number(tpcc, "new_orders"));
  CHECK(orders / static_cast<double>(number(tpcc, "committed")) == Approx(45 / 88.0).margin(0.05));
  CHECK(m.engine.at_rest());
}

TEST_CASE("Without distribution a transaction writes at its own server alone") {
  MemoryWorld m(4);
  Tpcc tpcc(small_tpcc());
  m.world.run(tpcc);
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    for (const Op& op : m.engine.log(thread)) {
      if (op.kind == OpKind::try_lock) {
        CHECK(m.engine.home(op.object) == m.world.thread(ThreadId(thread)).node());
      }
    }
  }
}

TEST_CASE("What a transaction locks it reads, and unlocks, be it committed or aborted") {
  TpccOptions options = small_tpcc();
  options.distribution_ratio = 0.5;
  options.customers = 2;
  options.home_warehouse = HomeWarehouse::server;
  MemoryWorld m(4);
  Tpcc tpcc(options);
  m.world.run(tpcc);
  CHECK(number(tpcc, "aborts") > 0);
  const auto& measured = m.engine.measured();
  CHECK(measured.at(OpKind::read) == measured.at(OpKind::unlock));
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    std::set<ObjectId> held;
    for (const Op& op : m.engine.log(thread)) {
      if (op.kind == OpKind::read) {  // follows a lock that was taken
        CHECK(held.insert(op.object).second);
      } else if (op.kind == OpKind::unlock) {
        CHECK(held.erase(op.object) == 1);
      }
    }
    CHECK(held.empty());
  }
}

TEST_CASE("An aborted transaction is tried again until it commits, if asked to") {
  TpccOptions options = small_tpcc();
  options.distribution_ratio = 0.5;
  options.customers = 2;
  options.after_abort = AfterAbort::again;
  MemoryWorld m(4);
  Tpcc tpcc(options);
  m.world.run(tpcc);
  CHECK(number(tpcc, "committed") == 4 * 2 * 200);
  CHECK(number(tpcc, "aborts") > 0);
  CHECK(report_of(tpcc)["abort_rate"].get<double>() ==
        Approx(static_cast<double>(number(tpcc, "aborts")) /
               static_cast<double>(number(tpcc, "transactions"))));
}

TEST_CASE(
    "A new-order inserts an order, a new-order and its lines, and a payment a line of history") {
  TpccOptions options = small_tpcc();
  options.warm_up = 0;
  for (const bool inserts : {true, false}) {
    options.inserts = inserts;
    MemoryWorld m(1);
    Tpcc tpcc(options);
    m.world.run(tpcc);
    std::map<Bytes, std::uint64_t> rows;
    const std::uint64_t first = 8 * (1 + 10 + 10 * 20 + 100) + 100;
    for (std::uint64_t row = first; row < m.objects.count(); ++row) {
      ++rows[m.objects.size(ObjectId(row))];
    }
    CHECK(rows[tpcc::kOrder] == (inserts ? number(tpcc, "new_orders") : 0));
    CHECK(rows[tpcc::kNewOrder] == (inserts ? number(tpcc, "new_orders") : 0));
    CHECK(rows[tpcc::kHistory] == (inserts ? number(tpcc, "payments") : 0));
    if (inserts) {
      CHECK(static_cast<double>(rows[tpcc::kOrderLine]) / static_cast<double>(rows[tpcc::kOrder]) ==
            Approx(10).margin(0.7));
    }
  }
}

TEST_CASE("The distribution ratio is the share of items that other warehouses supply") {
  TpccOptions options = small_tpcc();
  CHECK(remote_lines(options) == 0);
  options.distribution_ratio = 0.3;
  CHECK(remote_lines(options) == Approx(0.3).margin(0.02));
  options.distribution_ratio = 1;
  CHECK(remote_lines(options) == 1);
}

TEST_CASE("The items of an order are different, and with time locality those of the last one") {
  TpccOptions options = small_tpcc();
  options.payment_weight = 0;
  options.items = 20;
  options.time_locality = 1;
  options.order_lines_min = 15;
  tpcc::Generator requests(options, RandomStream(1, "test"), 0, 1, 0);
  std::set<std::uint32_t> first;
  for (int i = 0; i < 50; ++i) {
    const tpcc::Request order = requests.next();
    std::set<std::uint32_t> items;
    for (std::uint32_t line = 0; line < order.lines; ++line) {
      CHECK(order.line[line].item < 20);
      items.insert(order.line[line].item);
    }
    CHECK(items.size() == 15);
    if (i == 0) {
      first = items;
    }
    CHECK(items == first);
  }
}

TEST_CASE("With a read ratio of one nothing but what is inserted is written") {
  TpccOptions options = small_tpcc();
  options.read_ratio = 1;
  MemoryWorld m(2);
  Tpcc tpcc(options);
  m.world.run(tpcc);
  CHECK(m.engine.counts().count(OpKind::try_lock) == 0);
  CHECK(m.engine.measured().at(OpKind::write) == m.engine.measured().at(OpKind::allocate));
}

TEST_CASE("Options of tpcc that make no sense are refused") {
  CHECK(tpcc_complaint("{}").empty());
  CHECK_THAT(tpcc_complaint(R"({"distribution_ratio": 2})"),
             Catch::Contains("/distribution_ratio"));
  CHECK_THAT(tpcc_complaint(R"({"order_lines_min": 12, "order_lines_max": 6})"),
             Catch::Contains("/order_lines_min"));
  CHECK_THAT(tpcc_complaint(R"({"items": 10})"), Catch::Contains("/items"));
  CHECK_THAT(tpcc_complaint(R"({"new_order_weight": 0, "payment_weight": 0})"),
             Catch::Contains("/new_order_weight"));
  MemoryWorld m(9);
  Tpcc tpcc(small_tpcc());
  CHECK_THROWS_AS(m.world.run(tpcc), Misfit);
}
