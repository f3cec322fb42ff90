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
config::Names<CoreWorkload> config_names(CoreWorkload);

enum class RequestDistribution : unsigned char { uniform, zipfian, latest, hotspot, exponential };
config::Names<RequestDistribution> config_names(RequestDistribution);

enum class InsertOrder : unsigned char { hashed, ordered };
config::Names<InsertOrder> config_names(InsertOrder);

enum class ScanLengths : unsigned char { uniform, zipfian };
config::Names<ScanLengths> config_names(ScanLengths);

/// How operations guard the record that they touch.
enum class RecordLocking : unsigned char {
  mutex,   ///< an exclusive lock of the record
  rwlock,  ///< a shared lock to read, an exclusive lock to write
  borrow,  ///< no lock: borrow to read, borrow_mut to write
};
config::Names<RecordLocking> config_names(RecordLocking);

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
