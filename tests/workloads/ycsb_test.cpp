#include "workloads/ycsb/ycsb.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"
#include "tests/workloads/complaint.hpp"
#include "tests/workloads/trace_files.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

YcsbOptions workload(CoreWorkload which) {
  YcsbOptions options;
  options.workload = which;
  options.recordcount = 1'000;
  options.operationcount = 5'000;
  options.maxscanlength = 20;
  return options;
}

std::map<std::string, std::uint64_t> run(MemoryWorld& m, const YcsbOptions& options) {
  Ycsb ycsb(options);
  m.world.run(ycsb);
  CHECK(m.engine.at_rest());
  std::map<std::string, std::uint64_t> counts;
  for (const KindMeter& kind : m.world.meter().kinds()) {
    if (kind.name.starts_with("ycsb_")) {
      counts[kind.name] = kind.latency.count();
    }
  }
  return counts;
}

std::string ycsb_complaint(const std::string& text) {
  return test::complaint_of<YcsbOptions>(text, "y.json");
}

}  // namespace

TEST_CASE("Workloads A to F are the mixes that YCSB's files describe") {
  const std::map<CoreWorkload, std::map<std::string, double>> expected = {
      {CoreWorkload::a, {{"ycsb_read", .5}, {"ycsb_update", .5}}},
      {CoreWorkload::b, {{"ycsb_read", .95}, {"ycsb_update", .05}}},
      {CoreWorkload::c, {{"ycsb_read", 1}}},
      {CoreWorkload::d, {{"ycsb_read", .95}, {"ycsb_insert", .05}}},
      {CoreWorkload::e, {{"ycsb_scan", .95}, {"ycsb_insert", .05}}},
      {CoreWorkload::f, {{"ycsb_read", .5}, {"ycsb_read_modify_write", .5}}}};
  for (const auto& [which, shares] : expected) {
    MemoryWorld m(4);
    const auto counts = run(m, workload(which));
    REQUIRE(counts.size() == shares.size());
    std::uint64_t sum = 0;
    for (const auto& [kind, share] : shares) {
      CHECK(counts.at(kind) / 5'000.0 == Approx(share).margin(0.02));
      sum += counts.at(kind);
    }
    CHECK(sum == 5'000);
    CHECK(m.world.meter().operations() == 5'000);
  }
}

TEST_CASE("Records have YCSB's size and are loaded in full before the measuring") {
  MemoryWorld m(4);
  run(m, workload(CoreWorkload::c));
  CHECK(m.engine.counts().at(OpKind::allocate) == 1'000);
  CHECK(m.engine.counts().at(OpKind::write) == 1'000);
  CHECK(m.engine.measured().count(OpKind::write) == 0);
  CHECK(m.objects.size(ObjectId(0)) == 1'000_B);
  for (std::uint64_t record = 0; record < 1'000; ++record) {
    REQUIRE(m.engine.home(ObjectId(record)).value() == record % 4);
  }
}

TEST_CASE("A read takes all fields and an update writes one, unless told otherwise") {
  YcsbOptions options = workload(CoreWorkload::a);
  const auto lengths = [&options] {
    MemoryWorld m(1);
    run(m, options);
    std::map<OpKind, std::set<std::uint64_t>> seen;
    for (const Op& op : m.engine.log(2)) {
      seen[op.kind].insert(op.length.count());
    }
    seen[OpKind::write].erase(1'000);  // loading
    return std::pair(seen[OpKind::read], seen[OpKind::write]);
  };
  using Set = std::set<std::uint64_t>;
  CHECK(lengths() == std::pair(Set{1'000}, Set{100}));
  options.readallfields = false;
  CHECK(lengths() == std::pair(Set{100}, Set{100}));
  options.writeallfields = true;
  CHECK(lengths() == std::pair(Set{100}, Set{}));
}

TEST_CASE("A read-modify-write reads and writes under one lock") {
  MemoryWorld m(1);
  YcsbOptions options = workload(CoreWorkload::f);
  options.readproportion = 0;
  options.readmodifywriteproportion = 1;
  run(m, options);
  for (const OpKind kind : {OpKind::lock, OpKind::read, OpKind::write, OpKind::unlock}) {
    CHECK(m.engine.measured().at(kind) == 5'000);
  }
}

TEST_CASE("Without locks, records are borrowed and given back") {
  MemoryWorld m(2);
  YcsbOptions options = workload(CoreWorkload::a);
  options.locking = RecordLocking::borrow;
  const auto counts = run(m, options);
  CHECK(m.engine.measured().count(OpKind::lock) == 0);
  CHECK(m.engine.measured().at(OpKind::borrow) == counts.at("ycsb_read"));
  CHECK(m.engine.measured().at(OpKind::borrow_mut) == counts.at("ycsb_update"));
  CHECK(m.engine.measured().at(OpKind::give_back) == 5'000);
  CHECK_FALSE(m.engine.guarded(ObjectId(0)));
}

TEST_CASE("Reads take shared locks where locks are reader-writer locks") {
  MemoryWorld m(2);
  YcsbOptions options = workload(CoreWorkload::b);
  options.locking = RecordLocking::rwlock;
  const auto counts = run(m, options);
  CHECK(m.engine.measured().at(OpKind::rlock) == counts.at("ycsb_read"));
  CHECK(m.engine.measured().at(OpKind::lock) == counts.at("ycsb_update"));
}

TEST_CASE("The most popular record of zipfian gets 3.78 % and is where the hash puts it") {
  MemoryWorld m(1);
  YcsbOptions options = workload(CoreWorkload::c);
  options.operationcount = 50'000;
  run(m, options);
  std::map<std::uint64_t, int> reads;
  for (const Op& op : m.engine.log(2)) {
    reads[op.object.value()] += op.kind == OpKind::read ? 1 : 0;
  }
  // one key more than there are records: its draws are repeated
  CHECK(reads[fnv64(0) % 1'001] / 50'000.0 == Approx(.0378 + .0009).margin(.004));
}

TEST_CASE("Latest reads what was inserted last, and inserted records are new objects") {
  MemoryWorld m(2);
  Ycsb ycsb(workload(CoreWorkload::d));
  m.world.run(ycsb);
  const nlohmann::ordered_json numbers = report_of(ycsb);
  const auto inserted = numbers["inserted"].get<std::uint64_t>();
  CHECK(inserted == m.engine.measured().at(OpKind::allocate));
  CHECK(numbers["records"] == 1'000 + inserted);
  std::uint64_t new_reads = 0, reads = 0;
  for (const std::size_t client : {3, 4}) {
    for (const Op& op : m.engine.log(client)) {
      reads += op.kind == OpKind::read ? 1 : 0;
      new_reads += op.kind == OpKind::read && op.object.value() >= 1'000 ? 1 : 0;
    }
  }
  CHECK(static_cast<double>(new_reads) / static_cast<double>(reads) > 0.4);
}

TEST_CASE("A scan reads consecutive records in the order of their keys as text") {
  RecordIndex ordered(InsertOrder::ordered);
  for (const std::uint64_t record : {0, 1, 2, 9, 10, 11, 19, 20, 100}) {
    ordered.insert(record);
  }
  std::vector<std::uint64_t> scan{0};
  while (const auto next = ordered.after(scan.back())) {
    scan.push_back(*next);
  }
  CHECK(scan == std::vector<std::uint64_t>{0, 1, 10, 100, 11, 19, 2, 20, 9});

  RecordIndex hashed(InsertOrder::hashed);
  std::set<std::string> names;
  for (std::uint64_t record = 0; record < 1'000; ++record) {
    hashed.insert(record);
    names.insert(std::to_string(fnv64(record)));
  }
  std::map<std::string, std::uint64_t> by_name;
  for (std::uint64_t record = 0; record < 1'000; ++record) {
    by_name[std::to_string(fnv64(record))] = record;
  }
  std::optional<std::uint64_t> record = by_name.begin()->second;
  for (const std::string& name : names) {
    REQUIRE(record);
    REQUIRE(std::to_string(fnv64(*record)) == name);
    record = hashed.after(*record);
  }
  CHECK_FALSE(record);
}

TEST_CASE("Scans have uniform lengths from 1 to the longest") {
  MemoryWorld m(1);
  Ycsb ycsb(workload(CoreWorkload::e));
  m.world.run(ycsb);
  const nlohmann::ordered_json numbers = report_of(ycsb);
  const auto inserts = numbers["inserted"].get<double>();
  CHECK(numbers["scanned"].get<double>() / (5'000 - inserts) == Approx(10.5).margin(0.5));
}

TEST_CASE("Clients ask for the same operations however slow the engine is") {
  for (const CoreWorkload which : {CoreWorkload::a, CoreWorkload::f}) {
    YcsbOptions options = workload(which);
    options.threads_per_server = 2;
    MemoryWorld fast(3, 20_ns), slow(3, 9_us, true);
    run(fast, options);
    run(slow, options);
    for (std::size_t thread = 0; thread < fast.engine.threads_logged(); ++thread) {
      const auto& a = fast.engine.log(thread);
      const auto& b = slow.engine.log(thread);
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        REQUIRE(a[i].kind == b[i].kind);
        REQUIRE(a[i].object == b[i].object);
        REQUIRE(a[i].offset == b[i].offset);
      }
    }
  }
}

TEST_CASE("Every distribution of requests stays among the records that exist") {
  for (const auto distribution :
       {RequestDistribution::uniform, RequestDistribution::zipfian, RequestDistribution::latest,
        RequestDistribution::hotspot, RequestDistribution::exponential}) {
    YcsbOptions options = workload(CoreWorkload::d);
    options.requestdistribution = distribution;
    options.insertproportion = 0.3;
    options.readproportion = 0.7;
    MemoryWorld m(2, 3_us, true);
    run(m, options);  // the engine throws on an object that was not allocated
    CHECK(m.world.meter().operations() == 5'000);
  }
}

TEST_CASE("Proportions that do not give 1 are refused") {
  CHECK(ycsb_complaint(R"({"workload": "B"})").empty());
  CHECK(ycsb_complaint(R"({"workload": "A", "readproportion": 0.2, "updateproportion": 0.8})")
            .empty());
  CHECK_THAT(ycsb_complaint(R"({"workload": "A", "readproportion": 0.2})"),
             Catch::Contains("y.json:1:14  /workload  with the proportions beside it must give 1"));
  CHECK_THAT(ycsb_complaint(R"({"workload": "G"})"),
             Catch::Contains("/workload  unknown value \"G\""));
  CHECK_THAT(ycsb_complaint(R"({"fieldlength": "100 rods"})"), Catch::Contains("/fieldlength"));
}

// "Properties have YCSB's names and defaults", but insertstart and others were unknown keys.
TEST_CASE("Properties of YCSB's files are taken with the values that are simulated anyway") {
  CHECK(ycsb_complaint(
            R"({"insertstart": 0, "fieldlength": 100, "fieldlengthdistribution": "constant",
    "minscanlength": 1, "maxscanrate": 0, "discardscannedrecord": false, "table": "usertable",
    "workload": "site.ycsb.workloads.CoreWorkload", "measurementtype": "histogram"})")
            .empty());
  CHECK_THAT(ycsb_complaint(R"({"insertstart": 7})"),
             Catch::Contains("/insertstart  must be one of 0"));
  CHECK_THAT(ycsb_complaint(R"({"minscanlength": 2})"), Catch::Contains("/minscanlength"));
  CHECK_THAT(ycsb_complaint(R"({"fieldlengthdistribution": "zipfian"})"),
             Catch::Contains("/fieldlengthdistribution"));
}

TEST_CASE("The class behind YCSB's files has defaults of its own") {
  YcsbOptions options;
  options.workload = CoreWorkload::core;
  CHECK(options.proportions().read == 0.95);
  CHECK(options.proportions().update == 0.05);
  CHECK(options.distribution() == RequestDistribution::uniform);
}

TEST_CASE("A workload file of YCSB can be named, and what stands beside it wins") {
  const test::TraceFolder folder;
  const std::string file =
      folder.write("workloade",
                   "# Workload E\n\nrecordcount=1000\noperationcount=1000\n"
                   "workload=site.ycsb.workloads.CoreWorkload\n\nreadallfields="
                   "true\n\nreadproportion=0\nupdateproportion=0\n"
                   "scanproportion=0.95\ninsertproportion=0.05\n\nrequestdistribution="
                   "zipfian\nexponential.frac=0.5\n"
                   "histogram.buckets=1000\n\nmaxscanlength=100\nscanlengthdistribution=uniform\n");
  config::Document document =
      config::parse(R"({"properties": ")" + file + R"(", "recordcount": 7})", "y.json");
  const auto options = config::read<YcsbOptions>(document);
  CHECK(options.recordcount == 7);
  CHECK(options.operationcount == 1000);
  CHECK(options.proportions().scan == 0.95);
  CHECK(options.proportions().read == 0);
  CHECK(options.distribution() == RequestDistribution::zipfian);
  CHECK(options.exponential_frac == 0.5);
  CHECK(config::write(options)["operationcount"] == 1000);
}
