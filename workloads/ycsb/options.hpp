#pragma once
// The parameters of YCSB's core workloads (Cooper et al., "Benchmarking cloud serving systems with
// YCSB", SoCC 2010; repository brianfrankcooper/YCSB, workloads/* and
// core/.../workloads/CoreWorkload.java). Properties have YCSB's names.

#include <optional>

#include "sim/base/units.hpp"
#include "workloads/generators/popularity.hpp"

namespace dsmsim {

/// The files workloada to workloadf, or the class behind them with its own defaults.
enum class CoreWorkload : unsigned char { a, b, c, d, e, f, core };
constexpr auto config_values(CoreWorkload) {
  using enum CoreWorkload;
  return std::to_array<config::Value<CoreWorkload>>({
      {a, "A", "half reads, half updates"},
      {b, "B", "reads, 1 update in 20"},
      {c, "C", "reads"},
      {d, "D", "reads of the latest records, 1 insert in 20"},
      {e, "E", "scans, 1 insert in 20"},
      {f, "F", "half reads, half read-modify-writes"},
      {core, "com.yahoo.ycsb.workloads.CoreWorkload", "YCSB's class with its own defaults"},
      {core, "site.ycsb.workloads.CoreWorkload", "YCSB's class with its own defaults"},
  });
}

enum class RequestDistribution : unsigned char { uniform, zipfian, latest, hotspot, exponential };
constexpr auto config_values(RequestDistribution) {
  using enum RequestDistribution;
  return std::to_array<config::Value<RequestDistribution>>({
      {uniform, "uniform", "all records alike"},
      {zipfian, "zipfian", "popular records lie anywhere"},
      {latest, "latest", "the record inserted last is the most popular"},
      {hotspot, "hotspot", "a share of the operations goes to a share of the records"},
      {exponential, "exponential", "the first records are the most popular"},
  });
}

enum class InsertOrder : unsigned char { hashed, ordered };
constexpr auto config_values(InsertOrder) {
  using enum InsertOrder;
  return std::to_array<config::Value<InsertOrder>>({
      {hashed, "hashed", "keys are FNV-64 hashes of the records' numbers"},
      {ordered, "ordered", "keys are the numbers"},
  });
}

enum class ScanLengths : unsigned char { uniform, zipfian };
constexpr auto config_values(ScanLengths) {
  using enum ScanLengths;
  return std::to_array<config::Value<ScanLengths>>({
      {uniform, "uniform", "all lengths alike"},
      {zipfian, "zipfian", "short scans are the most frequent"},
  });
}

/// How operations guard the record that they touch.
enum class RecordLocking : unsigned char { mutex, rwlock, borrow };
constexpr auto config_values(RecordLocking) {
  using enum RecordLocking;
  return std::to_array<config::Value<RecordLocking>>({
      {mutex, "mutex", "an exclusive lock of the record"},
      {rwlock, "rwlock", "a shared lock to read, an exclusive lock to write"},
      {borrow, "borrow", "no lock: borrow to read, borrow_mut to write"},
  });
}

struct Proportions {
  double read = 0;
  double update = 0;
  double insert = 0;
  double scan = 0;
  double read_modify_write = 0;
  double sum() const { return read + update + insert + scan + read_modify_write; }
};

/// Properties of YCSB that are taken for what they are: with their only value here, or without
/// effect on what is simulated.
struct YcsbFixed {
  std::uint64_t insertstart = 0;
  std::uint32_t minscanlength = 1;
  std::string fieldlengthdistribution = "constant";
  bool discardscannedrecord = false;
  std::uint64_t maxscanrate = 0;
  std::uint64_t scanoptimelimit = 0;
  std::string table = "usertable";
  std::string measurementtype = "hdrhistogram";
  std::uint64_t histogram_buckets = 1000;
  std::uint64_t timeseries_granularity = 1000;
};

struct YcsbOptions {
  config::Sources sources;
  config::File properties;  ///< a workload file of YCSB; what stands beside it wins
  YcsbFixed fixed;
  CoreWorkload workload = CoreWorkload::a;
  std::optional<double> readproportion;
  std::optional<double> updateproportion;
  std::optional<double> insertproportion;
  std::optional<double> scanproportion;
  std::optional<double> readmodifywriteproportion;
  std::optional<RequestDistribution> requestdistribution;
  double zipfianconstant = 0.99;
  double hotspotdatafraction = 0.2;
  double hotspotopnfraction = 0.8;
  double exponential_percentile = 95;
  double exponential_frac = 0.8571428571;
  std::uint64_t recordcount = 10'000;
  std::uint64_t operationcount = 100'000;
  std::uint32_t fieldcount = 10;
  Bytes fieldlength = Bytes(100);
  bool readallfields = true;
  bool writeallfields = false;
  std::uint32_t maxscanlength = 100;
  ScanLengths scanlengthdistribution = ScanLengths::uniform;
  InsertOrder insertorder = InsertOrder::hashed;
  std::uint32_t threads_per_server = 1;
  RecordLocking locking = RecordLocking::mutex;
  Duration compute = Duration::picoseconds(75'000);

  /// What the workload says, unless a property of the same name says otherwise.
  Proportions proportions() const;
  RequestDistribution distribution() const;
  Bytes record_size() const { return fieldlength * fieldcount; }
};
void describe(config::Fields& fields, YcsbOptions& options);

}  // namespace dsmsim
