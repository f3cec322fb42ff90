#include "workloads/ycsb/options.hpp"

#include <cmath>

namespace dsmsim {

namespace {

Proportions proportions_of(CoreWorkload workload) {
  switch (workload) {
    case CoreWorkload::a:
      return {.read = 0.5, .update = 0.5};
    case CoreWorkload::b:
      return {.read = 0.95, .update = 0.05};
    case CoreWorkload::c:
      return {.read = 1};
    case CoreWorkload::d:
      return {.read = 0.95, .insert = 0.05};
    case CoreWorkload::e:
      return {.insert = 0.05, .scan = 0.95};
    case CoreWorkload::core:  // CoreWorkload.java, READ_PROPORTION_PROPERTY_DEFAULT and so on
      return {.read = 0.95, .update = 0.05};
    case CoreWorkload::f:
      break;
  }
  return {.read = 0.5, .read_modify_write = 0.5};
}

}  // namespace

Proportions YcsbOptions::proportions() const {
  const Proportions preset = proportions_of(workload);
  return {.read = readproportion.value_or(preset.read),
          .update = updateproportion.value_or(preset.update),
          .insert = insertproportion.value_or(preset.insert),
          .scan = scanproportion.value_or(preset.scan),
          .read_modify_write = readmodifywriteproportion.value_or(preset.read_modify_write)};
}

RequestDistribution YcsbOptions::distribution() const {
  const RequestDistribution preset = workload == CoreWorkload::d ? RequestDistribution::latest
                                     : workload == CoreWorkload::core
                                         ? RequestDistribution::uniform
                                         : RequestDistribution::zipfian;
  return requestdistribution.value_or(preset);
}

namespace {

void describe_mix(config::Fields& f, YcsbOptions& o) {
  const auto share = config::range(0.0, 1.0);
  const std::string else_preset = "; that of the workload when left out";
  f.optional("workload", o.workload, "YCSB's core workload: proportions and distribution");
  f.optional("readproportion", o.readproportion, "share of reads" + else_preset, share);
  f.optional("updateproportion", o.updateproportion, "share of updates" + else_preset, share);
  f.optional("insertproportion", o.insertproportion, "share of inserts" + else_preset, share);
  f.optional("scanproportion", o.scanproportion, "share of scans" + else_preset, share);
  f.optional("readmodifywriteproportion", o.readmodifywriteproportion,
             "share of read-modify-writes" + else_preset, share);
  f.check(std::abs(o.proportions().sum() - 1) < 1e-9, "workload",
          "with the proportions beside it must give 1 in all, gives " +
              std::to_string(o.proportions().sum()));
}

void describe_keys(config::Fields& f, YcsbOptions& o) {
  f.optional("requestdistribution", o.requestdistribution,
             "which records are popular; that of the workload when left out");
  f.optional("zipfianconstant", o.zipfianconstant, "skew of zipfian and latest",
             config::range(0.001, 0.999));
  f.optional("hotspotdatafraction", o.hotspotdatafraction, "share of the records that is hot",
             config::range(0.0, 1.0));
  f.optional("hotspotopnfraction", o.hotspotopnfraction, "share of operations on hot records",
             config::range(0.0, 1.0));
  f.optional("exponential_percentile", o.exponential_percentile,
             "YCSB's exponential.percentile: this percentage of the operations ...",
             config::range(1.0, 99.999));
  f.optional("exponential_frac", o.exponential_frac,
             "YCSB's exponential.frac: ... goes to this share of the records, the newest",
             config::range(1e-6, 1e6));
  f.optional("insertorder", o.insertorder, "what keys are: scans follow their order");
}

/// What YCSB's workload files say, too.
void describe_fixed(config::Fields& f, YcsbFixed& o) {
  const auto only = [](auto value) { return config::one_of({value}); };
  f.optional("insertstart", o.insertstart, "the first record: always 0", only(std::uint64_t{0}));
  f.optional("minscanlength", o.minscanlength, "of the shortest scan: always 1", only(1U));
  f.optional("fieldlengthdistribution", o.fieldlengthdistribution, "always constant",
             config::one_of({"constant"}));
  f.optional("maxscanrate", o.maxscanrate, "always 0: no limit", only(std::uint64_t{0}));
  f.optional("scanoptimelimit", o.scanoptimelimit, "always 0: no limit", only(std::uint64_t{0}));
  const std::string none = "of YCSB's client; no effect here";
  f.optional("discardscannedrecord", o.discardscannedrecord, none);
  f.optional("table", o.table, none);
  f.optional("measurementtype", o.measurementtype, none);
  f.optional("histogram_buckets", o.histogram_buckets, none);
  f.optional("timeseries_granularity", o.timeseries_granularity, none);
}

}  // namespace

void describe(config::Fields& f, YcsbOptions& o) {
  f.sources(o.sources);
  f.properties("properties", o.properties, "workloads",
               "a workload file of YCSB, for what is left out here");
  describe_mix(f, o);
  describe_keys(f, o);
  f.optional("recordcount", o.recordcount, "records loaded before the measuring begins",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 28));
  f.optional("operationcount", o.operationcount, "operations of all threads together",
             config::positive());
  f.optional("fieldcount", o.fieldcount, "fields of a record", config::range(1, 10'000));
  f.optional("fieldlength", o.fieldlength, "size of a field", config::positive_or_bare());
  f.optional("readallfields", o.readallfields, "read all fields of a record, or one");
  f.optional("writeallfields", o.writeallfields, "update all fields of a record, or one");
  f.optional("maxscanlength", o.maxscanlength, "records of the longest scan", config::positive());
  f.optional("scanlengthdistribution", o.scanlengthdistribution,
             "of the lengths from 1 to maxscanlength");
  f.optional("threads_per_server", o.threads_per_server, "client threads on each server",
             config::range(1, 1024));
  f.optional("locking", o.locking, "how operations guard the record that they touch");
  f.optional("compute", o.compute, "CPU time of an operation beside its accesses to records");
  describe_fixed(f, o.fixed);
}

}  // namespace dsmsim
