#pragma once
// What is measured at the boundary between programs and engines (docs/metrics.md defines every
// metric once).
//
// Per kind of operation: an exact count and a histogram of latencies (< 1 % value error); the sum
// of its latencies by category. Kinds are the DSM operations and those that a program defines
// ("get", "put"). The measured window starts at reset(); recording is cheap enough for hits (no
// allocation in the steady state).

#include <array>
#include <string>
#include <vector>

#include "sim/base/histogram.hpp"
#include "sim/dsm/op.hpp"
#include "sim/fabric/tally.hpp"

namespace dsmsim {

using KindId = Id<struct KindTag, std::uint16_t>;

struct KindMeter {
  std::string name;
  Histogram latency;  ///< picoseconds
  std::array<Duration, kCategories> spent{};
};

class Meter {
 public:
  Meter();
  /// A kind of a program's own; its operations are what operations.total counts.
  KindId define(std::string name);
  static KindId kind_of(OpKind kind) { return KindId(static_cast<std::uint16_t>(kind)); }

  /// An operation answered locally: all of it CPU time.
  void record_local(OpKind kind, Duration latency) {
    KindMeter& meter = kinds_[static_cast<std::size_t>(kind)];
    meter.latency.record(latency.ps());
    meter.spent[static_cast<std::size_t>(Category::cpu)] += latency;
    ++local_;
  }
  /// So many of them in a row that are operations of the program, too.
  void record_hits(OpKind kind, KindId operation, Duration latency, std::uint64_t count) {
    KindMeter& meter = kinds_[static_cast<std::size_t>(kind)];
    meter.latency.record(latency.ps(), count);
    meter.spent[static_cast<std::size_t>(Category::cpu)] +=
        latency * static_cast<std::int64_t>(count);
    local_ += count;
    kinds_[operation.index()].latency.record(latency.ps(), count);
    operations_ += count;
  }
  /// `tally` must cover `latency` exactly.
  void record(KindId kind, Duration latency, const Tally& tally);
  /// A program's operation, which contains operations of the other kinds.
  void record_operation(KindId kind, Duration latency);

  void reset();
  const std::vector<KindMeter>& kinds() const { return kinds_; }
  std::uint64_t operations() const { return operations_; }
  std::uint64_t local_operations() const { return local_; }

 private:
  std::vector<KindMeter> kinds_;
  std::uint64_t operations_ = 0;
  std::uint64_t local_ = 0;
};

}  // namespace dsmsim
