#pragma once
// Random updates of a table that is spread over the cluster: nothing is local, nothing is used
// twice, and every access is eight bytes (HPC Challenge RandomAccess; Nelson et al., Grappa, USENIX
// ATC'15, section 4.1, "GUPS").
//
// The table is allocated in chunks that go round the servers, as far as the engine obeys; the
// threads start together, and each updates so many words of its own random sequence. With `verify`
// the first thread adds up the table in the end and throws Error(ExitCode::incoherent) if an
// addition is missing. README.md says more.

#include <vector>

#include "workloads/generators/drivers.hpp"
#include "workloads/gups/options.hpp"

namespace dsmsim {

class Gups final : public Program {
 public:
  explicit Gups(GupsOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return planned_; }
  void report(CounterReport& numbers) const override;

 private:
  Task<> allocate(Thread& thread);
  Task<> drive(Thread& thread, std::size_t index, StartLine& start);
  Task<> verify(Thread& thread);
  std::uint64_t words_per_chunk() const { return options_.chunk.count() / 8; }

  GupsOptions options_;
  ObjectList chunks_;
  KindId update_kind_;
  std::optional<std::uint64_t> planned_;
  std::uint64_t done_ = 0;
  std::size_t threads_ = 0;
  Time started_;
  Time ended_;
};

}  // namespace dsmsim
