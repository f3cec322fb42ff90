#pragma once
// Too many threads, or too much memory, for one server: what a system with a scheduler and a
// controller is for (Ma et al., DRust, OSDI'24, section 4.2.2).
//
// The first thread starts all others, by default on its own server. Each allocates objects there,
// and then works in steps: it computes, and writes one of its objects or reads one that belongs to
// another server, always the same server for one thread; or, if asked for, writes the object of its
// own server that others read. README.md says more.

#include <vector>

#include "workloads/crowd/options.hpp"
#include "workloads/generators/drivers.hpp"

namespace dsmsim {

class Crowd final : public Program {
 public:
  explicit Crowd(CrowdOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override {
    return std::uint64_t{options_.threads} * options_.steps;
  }
  void report(CounterReport& numbers) const override;

 private:
  Task<> member(Thread& thread, std::size_t index);

  CrowdOptions options_;
  std::vector<std::vector<ObjectId>> shared_;  ///< of each server
  KindId step_kind_;
  std::vector<std::uint32_t> ended_;  ///< threads, by the server that they ended on
};

}  // namespace dsmsim
