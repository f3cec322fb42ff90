#include "workloads/dht/dht.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/workloads/complaint.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

DhtOptions small_dht() {
  DhtOptions options;
  options.operations = 500;
  options.keys = 400;
  options.buckets = 256;
  options.threads_per_server = 2;
  return options;
}

std::string dht_complaint(const std::string& text) {
  return test::complaint_of<DhtOptions>(text, "dht.json");
}

}  // namespace

TEST_CASE("A hash table does a driver's operations three times, and measures the last") {
  MemoryWorld m(4);
  Dht dht(small_dht());
  m.world.run(dht);  // the engine throws on an access to a bucket without its lock
  CHECK(m.world.meter().operations() == 8 * 500);
  const auto numbers = report_of(dht);
  CHECK(numbers["gets"].get<std::uint64_t>() + numbers["puts"].get<std::uint64_t>() == 8 * 500);
  CHECK(numbers["misses"] == 0);  // a driver asks for keys that it has put
  CHECK(m.engine.counts().at(OpKind::unlock) == 3 * 8 * 500);
  CHECK(m.engine.measured().at(OpKind::rlock) == numbers["gets"]);
  CHECK(m.engine.measured().at(OpKind::lock) == numbers["puts"]);
  CHECK(m.engine.measured().count(OpKind::allocate) == 0);
  CHECK(m.engine.at_rest());
}

TEST_CASE("A value is allocated once, by the server whose driver puts its key first") {
  MemoryWorld m(4);
  DhtOptions options = small_dht();
  options.files = KeyFiles::disjoint;
  Dht dht(options);
  m.world.run(dht);
  const std::uint64_t stored = report_of(dht)["keys_stored"];
  CHECK(m.engine.counts().at(OpKind::allocate) == 4 * 256 + stored);
  CHECK(stored > 200);
  // keys are 50 a driver, and drivers go round the servers
  const std::uint64_t first_value = 4 * 256;
  std::size_t seen = 0;
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    for (const Op& op : m.engine.log(thread)) {
      if (op.kind == OpKind::allocate && op.object.value() >= first_value) {
        const std::uint64_t key = op.object.value() - first_value;
        CHECK(m.engine.home(op.object).value() == key / 50 % 4);
        CHECK_FALSE(m.engine.guarded(op.object));
        ++seen;
      }
    }
  }
  CHECK(seen == stored);
}

TEST_CASE("Every server has a table, and each gets its part of the keys") {
  MemoryWorld m(4);
  DhtOptions options = small_dht();
  options.buckets_per_object = 4;
  Dht dht(options);
  m.world.run(dht);
  std::set<std::uint64_t> tables;
  std::set<std::uint64_t> offsets;
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    for (const Op& op : m.engine.log(thread)) {
      if (op.kind == OpKind::lock) {
        tables.insert(op.object.value() / 64);
        offsets.insert(op.offset.count());
        CHECK(op.length == 128_B);
        CHECK(m.engine.home(op.object).value() == op.object.value() / 64);
      }
    }
  }
  CHECK(tables == std::set<std::uint64_t>{0, 1, 2, 3});
  CHECK(offsets == std::set<std::uint64_t>{0, 128, 256, 384});
}

TEST_CASE("The hash table asks for the same operations however slow the engine is") {
  const auto touched = [](MemoryWorld& m) {
    std::vector<std::vector<std::uint64_t>> all;
    for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
      std::vector<std::uint64_t> one;
      for (const Op& op : m.engine.log(thread)) {
        one.push_back(op.object.value() * 32 + static_cast<std::uint64_t>(op.kind));
      }
      all.push_back(std::move(one));
    }
    return all;
  };
  DhtOptions options = small_dht();
  options.files = KeyFiles::disjoint;
  options.measured_file = MeasuredFile::next;
  options.warm_up = false;
  MemoryWorld fast(4, 50_ns), slow(4, 7_us, true, 2);
  Dht first(options), second(options);
  fast.world.run(first);
  slow.world.run(second);
  CHECK(touched(fast) == touched(slow));
}

TEST_CASE("With operations of all drivers more servers do the same work, and scale makes it less") {
  DhtOptions options = small_dht();
  options.scale = 0.1;
  options.operations = 10'000;
  options.operations_of = OperationsOf::all;
  for (const std::size_t servers : {1, 3}) {
    MemoryWorld m(servers);
    Dht dht(options);
    m.world.run(dht);
    CHECK(m.world.meter().operations() == 1'000);
    CHECK(report_of(dht)["buckets_per_table"] == 26);
  }
}

TEST_CASE("Of the populating the first PUT of each key is enough for the measured part") {
  DhtOptions options = small_dht();
  options.get_ratio = 1;
  options.warm_up = false;
  options.files = KeyFiles::disjoint;
  MemoryWorld whole(2), short_cut(2);
  Dht all(options);
  whole.world.run(all);
  options.populating = DhtPopulating::first_puts;
  Dht first(options);
  short_cut.world.run(first);
  CHECK(whole.engine.measured() == short_cut.engine.measured());
  CHECK(whole.engine.counts().at(OpKind::lock) == 4 * 500);
  CHECK(short_cut.engine.counts().at(OpKind::lock) == report_of(first)["keys_stored"]);
}

TEST_CASE("A GET reads its bucket and its value, a PUT its bucket alone") {
  DhtOptions options = small_dht();
  MemoryWorld m(2);
  Dht dht(options);
  m.world.run(dht);
  const auto numbers = report_of(dht);
  const std::uint64_t gets = numbers["gets"];
  const std::uint64_t puts = numbers["puts"];
  CHECK(m.engine.measured().at(OpKind::read) == 2 * gets + puts);
  CHECK(m.engine.measured().at(OpKind::write) == puts);
}

TEST_CASE("Options of the hash table that make no sense are refused") {
  CHECK(dht_complaint("{}").empty());
  CHECK_THAT(dht_complaint(R"({"get_ratio": 1.5})"), Catch::Contains("/get_ratio"));
  CHECK_THAT(dht_complaint(R"({"buckets": 0})"), Catch::Contains("/buckets"));
  CHECK_THAT(dht_complaint(R"({"value_size": "0B"})"), Catch::Contains("/value_size"));
  CHECK_THAT(dht_complaint(R"({"measured_file": "others"})"), Catch::Contains("/measured_file"));
}
