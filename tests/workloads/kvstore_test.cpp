#include "workloads/kvstore/kvstore.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
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

KvstoreOptions small_kvstore() {
  KvstoreOptions options;
  options.operations = 4'000;
  options.populate_operations = 1'000;
  options.keys = 1 << 16;
  options.buckets = 256;
  return options;
}

/// The buckets, as entry objects, that every thread wrote or read, thread by thread.
std::vector<std::vector<std::uint64_t>> touched(MemoryWorld& m) {
  std::vector<std::vector<std::uint64_t>> all;
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    std::vector<std::uint64_t> one;
    for (const Op& op : m.engine.log(thread)) {
      one.push_back(op.object.value() * 32 + static_cast<std::uint64_t>(op.kind));
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::uint64_t operations(World& world, const std::string& kind) {
  for (const KindMeter& meter : world.meter().kinds()) {
    if (meter.name == kind) {
      return meter.latency.count();
    }
  }
  return 0;
}

std::string kvstore_complaint(const std::string& text) {
  return test::complaint_of<KvstoreOptions>(text, "kv.json");
}

}  // namespace

TEST_CASE("A store of 4 servers does the operations asked for, each under its entry's lock") {
  MemoryWorld m(4);
  Kvstore store(small_kvstore());
  m.world.run(store);  // the engine throws on a guarded access without its lock
  CHECK(m.world.meter().operations() == 4'000);
  const std::uint64_t gets = operations(m.world, "get");
  const std::uint64_t puts = operations(m.world, "put");
  CHECK(gets + puts == 4'000);
  CHECK(gets / 4'000.0 == Approx(0.9).margin(0.02));
  CHECK(m.engine.measured().at(OpKind::lock) == 4'000);
  CHECK(m.engine.measured().at(OpKind::unlock) == 4'000);
  CHECK(m.engine.measured().at(OpKind::read) == gets);
  CHECK(m.engine.measured().at(OpKind::write) == puts);
  CHECK(m.engine.at_rest());
}

TEST_CASE("Entries and handles are allocated before the measuring begins") {
  MemoryWorld m(4);
  Kvstore store(small_kvstore());
  m.world.run(store);
  CHECK(m.engine.counts().at(OpKind::allocate) == 256 + 1);
  CHECK(m.engine.measured().count(OpKind::allocate) == 0);
  CHECK(m.objects.size(ObjectId(0)) == 40_B);
  CHECK(m.engine.guarded(ObjectId(0)));
  CHECK(m.objects.size(ObjectId(256)) == 4096_B);  // 256 handles of 16 B in one chunk
  CHECK_FALSE(m.engine.guarded(ObjectId(256)));
}

TEST_CASE("The store asks for the same operations however slow the engine is") {
  for (const auto placement :
       {EntryPlacement::spread, EntryPlacement::populate, EntryPlacement::server0}) {
    KvstoreOptions options = small_kvstore();
    options.placement = placement;
    options.threads_per_server = 3;
    MemoryWorld fast(4, 50_ns), slow(4, 7_us, true, 2);
    Kvstore first(options), second(options);
    fast.world.run(first);
    slow.world.run(second);
    CHECK(touched(fast) == touched(slow));
  }
}

TEST_CASE("Another seed gives other keys") {
  MemoryWorld one(2), other(2, 100_ns, false, 16, 2);
  Kvstore first(small_kvstore()), second(small_kvstore());
  one.world.run(first);
  other.world.run(second);
  CHECK(touched(one) != touched(other));
}

TEST_CASE("A driver measures with the keys with which the next driver populated") {
  KvstoreOptions options = small_kvstore();
  options.operations = options.populate_operations = 300;
  options.handle_array = HandleAccess::none;
  options.get_ratio = 0;
  MemoryWorld m(3);
  Kvstore store(options);
  m.world.run(store);
  // threads: 0 is main, 1-3 allocate, 4-6 drive
  std::vector<std::vector<std::uint64_t>> populated(3), measured(3);
  for (std::size_t driver = 0; driver < 3; ++driver) {
    const std::vector<Op>& log = m.engine.log(4 + driver);
    for (std::size_t i = 0; i < log.size(); ++i) {
      if (log[i].kind == OpKind::write) {
        (i < log.size() / 2 ? populated : measured).at(driver).push_back(log[i].object.value());
      }
    }
  }
  for (std::size_t driver = 0; driver < 3; ++driver) {
    CHECK(populated[driver].size() == 100);
    CHECK(measured[driver] == populated[(driver + 1) % 3]);
  }
}

TEST_CASE("Placement decides which server allocates an entry") {
  KvstoreOptions options = small_kvstore();
  options.placement = EntryPlacement::spread;
  MemoryWorld spread(4);
  Kvstore store(options);
  spread.world.run(store);
  std::map<std::uint32_t, int> homes;
  for (std::uint64_t bucket = 0; bucket < 256; ++bucket) {
    ++homes[spread.engine.home(ObjectId(bucket)).value()];
  }
  CHECK(homes == std::map<std::uint32_t, int>{{0, 64}, {1, 64}, {2, 64}, {3, 64}});

  options.placement = EntryPlacement::server0;
  MemoryWorld single(4);
  Kvstore at_server0(options);
  single.world.run(at_server0);
  for (std::uint64_t bucket = 0; bucket < 256; ++bucket) {
    REQUIRE(single.engine.home(ObjectId(bucket)) == NodeId(0));
  }
}

TEST_CASE("Placement by populating puts an entry where its first driver is") {
  KvstoreOptions options = small_kvstore();
  options.placement = EntryPlacement::populate;
  options.populate_operations = 100'000;
  options.popularity.distribution = Distribution::uniform;
  MemoryWorld m(4);
  Kvstore store(options);
  m.world.run(store);
  std::map<std::uint32_t, int> homes;
  for (std::uint64_t bucket = 0; bucket < 256; ++bucket) {
    ++homes[m.engine.home(ObjectId(bucket)).value()];
  }
  CHECK(homes.size() == 4);
  for (const auto& [server, count] : homes) {
    CHECK(count == Approx(64).margin(25));
  }
  // the first put of driver 0 finds its bucket untouched by anybody
  const std::vector<Op>& log = m.engine.log(5);
  const auto first =
      std::find_if(log.begin(), log.end(), [](const Op& op) { return op.kind == OpKind::write; });
  CHECK(m.engine.home(first->object) == NodeId(0));
}

TEST_CASE("Ranked keys put the most popular keys into one bucket, hashed keys do not") {
  const auto busiest = [](KeyOrder order) {
    KvstoreOptions options = small_kvstore();
    options.keys = 1 << 20;
    options.key_order = order;
    MemoryWorld m(1);
    Kvstore store(options);
    m.world.run(store);
    std::map<std::uint64_t, int> locks;
    for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
      for (const Op& op : m.engine.log(thread)) {
        locks[op.object.value()] += op.kind == OpKind::lock ? 1 : 0;
      }
    }
    int most = 0;
    for (const auto& [entry, count] : locks) {
      most = std::max(most, count);
    }
    return most / 5'000.0;
  };
  // zeta(2048) / zeta(2^20), and P(top) of 2^20 keys with what else falls into its bucket
  CHECK(busiest(KeyOrder::ranked) == Approx(0.546).margin(0.03));
  CHECK(busiest(KeyOrder::hashed) < 0.12);
}

TEST_CASE("Every operation reads its handle if asked to, through one borrow a driver and chunk") {
  KvstoreOptions options = small_kvstore();
  options.handle_array = HandleAccess::each_operation;
  options.handle_chunk = 1024_B;
  options.get_ratio = 0;
  MemoryWorld m(2);
  Kvstore store(options);
  m.world.run(store);
  CHECK(m.engine.counts().at(OpKind::allocate) == 256 + 4);
  CHECK(m.engine.counts().at(OpKind::borrow) == 2 * 4);
  CHECK(m.engine.counts().at(OpKind::give_back) == 2 * 4);
  CHECK(m.engine.measured().at(OpKind::read) == 4'000);
}

KvstoreOptions as_measured(double scale) {
  KvstoreOptions options;
  options.scale = scale;
  options.operations = options.populate_operations = 100'000'000;
  options.keys = 4'000'000;
  options.buckets = std::uint64_t{1} << 24;
  options.files = KeyFiles::disjoint;
  options.handle_array = HandleAccess::each_phase;
  options.handle_chunk = Bytes(1 << 30);
  options.placement = EntryPlacement::server0;
  return options;
}

TEST_CASE("Disjoint key files have buckets of their own") {
  KvstoreOptions options = as_measured(1e-4);
  options.get_ratio = 0;
  options.handle_array = HandleAccess::none;
  MemoryWorld m(3);
  Kvstore store(options);
  m.world.run(store);
  const std::uint64_t buckets = options.scaled().buckets;
  for (std::size_t driver = 0; driver < 3; ++driver) {
    const std::size_t stream = (driver + 1) % 3;  // of the measured part
    std::size_t used = 0;
    for (const Op& op : m.engine.log(4 + driver)) {  // threads: 0 is main, 1-3 allocate
      if (op.kind == OpKind::write) {
        const std::uint64_t part = op.object.value() * 3 / buckets;
        CHECK((part == driver || part == stream));
        ++used;
      }
    }
    CHECK(used > 3'000);
  }
}

TEST_CASE("What is used for the first time per operation does not depend on the store's scale") {
  const auto first_touches = [](double scale) {
    MemoryWorld m(4);
    Kvstore store(as_measured(scale));
    m.world.run(store);
    CounterReport numbers;
    store.report(numbers);
    return to_json(numbers)["first_touches_per_operation"].get<double>();
  };
  const double small = first_touches(2e-4);
  CHECK(small == Approx(0.036).epsilon(0.05));
  CHECK(first_touches(2e-3) == Approx(small).epsilon(0.05));
}

TEST_CASE("In each phase of the measured program every driver reads the array of handles once") {
  KvstoreOptions options = as_measured(1e-4);
  options.get_ratio = 0;
  MemoryWorld m(2);
  Kvstore store(options);
  m.world.run(store);
  CHECK(m.engine.counts().at(OpKind::borrow) == 4);
  CHECK(m.engine.counts().at(OpKind::give_back) == 4);
  CHECK(m.engine.counts().at(OpKind::read) == 4);
  CHECK(m.engine.measured().at(OpKind::read) == 2);
  CHECK(m.objects.size(ObjectId(options.scaled().buckets)) == 16_B * options.scaled().buckets);
}

TEST_CASE("A store guarded by borrows takes no locks") {
  KvstoreOptions options = as_measured(1e-4);
  options.guard = EntryGuard::borrow;
  MemoryWorld m(2);
  Kvstore store(options);
  m.world.run(store);
  CHECK(m.engine.counts().count(OpKind::lock) == 0);
  CHECK_FALSE(m.engine.guarded(ObjectId(0)));
  CHECK(m.engine.measured().at(OpKind::write) == operations(m.world, "put"));
  CHECK(m.engine.measured().at(OpKind::read) == operations(m.world, "get") + 2);
}

TEST_CASE(
    "Of the populating the first PUT into each bucket is enough to put the entries in place") {
  KvstoreOptions options = as_measured(1e-4);
  options.get_ratio = 0;
  options.handle_array = HandleAccess::none;
  MemoryWorld whole(2), short_cut(2);
  Kvstore all(options);
  whole.world.run(all);
  options.populating = Populating::first_touches;
  Kvstore first(options);
  short_cut.world.run(first);
  CHECK(whole.engine.measured() == short_cut.engine.measured());
  CHECK(whole.engine.counts().at(OpKind::write) == 20'000);
  CHECK(short_cut.engine.counts().at(OpKind::write) < 11'000);
}

TEST_CASE("GETs take a shared lock if asked to") {
  KvstoreOptions options = small_kvstore();
  options.get_lock = GetLock::shared;
  MemoryWorld m(2);
  Kvstore store(options);
  m.world.run(store);
  CHECK(m.engine.measured().at(OpKind::rlock) == operations(m.world, "get"));
  CHECK(m.engine.measured().at(OpKind::lock) == operations(m.world, "put"));
}

TEST_CASE("An operation takes the computing time and its accesses") {
  KvstoreOptions options = small_kvstore();
  options.operations = 1'000;
  options.compute = 70_ns;
  MemoryWorld m(1, 100_ns);
  Kvstore store(options);
  m.world.run(store);
  // the last operation is followed by giving back the handles
  CHECK(m.world.measured() == (70_ns + 100_ns * 3) * 1'000 + 100_ns);
}

TEST_CASE("Options that make no sense are refused with their place") {
  CHECK(kvstore_complaint("{}").empty());
  CHECK(kvstore_complaint(R"({"theta": 1.2, "distribution": "zipf-exact"})").empty());
  CHECK_THAT(kvstore_complaint(R"({"theta": 1.2})"), Catch::Contains("kv.json:1:11  /theta"));
  CHECK_THAT(kvstore_complaint(R"({"get_ratio": 1.5})"), Catch::Contains("/get_ratio"));
  CHECK_THAT(kvstore_complaint(R"({"buckets": 0})"), Catch::Contains("/buckets"));
  CHECK_THAT(kvstore_complaint(R"({"scale": 0})"), Catch::Contains("/scale"));
  CHECK_THAT(kvstore_complaint(R"({"handle_chunk": "1000B"})"),
             Catch::Contains("multiple of handle_size"));
  CHECK_THAT(kvstore_complaint(R"({"placement": "sprede"})"),
             Catch::Contains("did you mean \"spread\""));
}

TEST_CASE("A thousand servers with sixteen drivers each run") {
  KvstoreOptions options = small_kvstore();
  options.threads_per_server = 16;
  options.operations = 32'768;
  options.populate_operations = 0;
  options.buckets = 1 << 16;
  MemoryWorld m(1'024);
  Kvstore store(options);
  m.world.run(store);
  CHECK(m.world.meter().operations() == 32'768);
}
