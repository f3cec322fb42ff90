#pragma once
// What is measured at the boundary between programs and engines (docs/metrics.md defines every
// metric once).
//
// Per kind of operation: an exact count and a histogram of latencies (< 1 % value error); the sum
// of its latencies by category. Of all operations that waited, the longest is known by itself: who
// starves is in no percentile. Kinds are the DSM operations and those that a program defines
// ("get", "put"). The measured window starts at reset(); recording is cheap enough for hits (no
// allocation in the steady state).

#include <array>
#include <string>
#include <vector>

#include "sim/base/histogram.hpp"
#include "sim/dsm/contract/op.hpp"
#include "sim/fabric/tally.hpp"

namespace dsmsim {

using KindId = Id<struct KindTag, std::uint16_t>;

struct KindMeter {
  std::string name;
  Histogram latency;  ///< picoseconds
  std::array<Duration, kCategories> spent{};
};

/// One operation that waited.
struct Wait {
  OpKind kind = OpKind::fence;
  ThreadId thread = {};  ///< invalid: nobody has waited
  NodeId server = {};
  ObjectId object = {};  ///< invalid: it is about none
  Time since;
  Duration time;
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
  /// Of the operations that wait for the system and not for what another thread of the program is
  /// to do first: the longest is kept.
  void note_wait(const Wait& wait) {
    if (wait.time > longest_.time) {
      longest_ = wait;
    }
  }
  /// A program's operation, which contains operations of the other kinds.
  void record_operation(KindId kind, Duration latency);

  void reset();
  const std::vector<KindMeter>& kinds() const { return kinds_; }
  std::uint64_t operations() const { return operations_; }
  std::uint64_t local_operations() const { return local_; }
  const Wait& longest_wait() const { return longest_; }
  /// A number that changes when operations end.
  std::uint64_t progress() const;

 private:
  std::vector<KindMeter> kinds_;
  std::uint64_t operations_ = 0;
  std::uint64_t local_ = 0;
  Wait longest_;
};

}  // namespace dsmsim
