#pragma once
// GAM's micro-benchmark: random reads and writes of small items in private and shared blocks (Cai
// et al., PVLDB 11(11), 2018, section 7.1; ooibc88/gam test/benchmark.cc:142-430).
//
// The first thread allocates its blocks; then every other thread takes each of its blocks from the
// first thread's with probability shared_ratio, and allocates it otherwise. A block that a thread
// allocates lies on another server with probability remote_ratio. Each thread goes through its
// trace of items once to warm up and, when all have done so, once measured. README.md says what
// differs from the original, and what the paper's throughput is.

#include <vector>

#include "workloads/gam_micro/options.hpp"
#include "workloads/generators/drivers.hpp"

namespace dsmsim {

class GamMicro final : public Program {
 public:
  explicit GamMicro(GamMicroOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  void report(CounterReport& numbers) const override;

 private:
  class Trace;
  /// One item: bytes of a block.
  struct Place {
    std::uint64_t block;
    std::uint64_t item;
  };

  Task<> allocate(Thread& thread, std::size_t index);
  Task<> drive(Thread& thread, std::size_t index, StartLine& start);
  Task<> run_trace(Thread& thread, Trace trace, RandomStream& mix, std::size_t index);
  Task<> operate(Thread& thread, ObjectId block, Bytes offset, bool read);
  double sum_of_rates() const;

  GamMicroOptions options_;
  std::vector<std::vector<ObjectId>> blocks_;  // by thread
  std::vector<Duration> times_;                // of the measured trace, by thread
  KindId read_kind_;
  KindId write_kind_;
  std::uint64_t failed_locks_ = 0;
};

}  // namespace dsmsim
