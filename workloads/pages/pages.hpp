#pragma once
// Micro-benchmarks for memory in pages: which engine moves how much for accesses of which kind.
//
// Every thread has a working set of its own, in objects of one page, and accesses it in one
// pattern: in order, in steps, at random, a line of each page, or some lines of each page. With a
// working set larger than the cache of an engine, every pattern is a worst or a best case of
// something: see README.md. The program counts the pages and lines that its writes touched for the
// first time since the measuring began, which is what dirty tracking can at best report (KTracker,
// Calciu et al., ASPLOS 2021; project-kona/KTracker scripts/read_bin.py:76-86).

#include <vector>

#include "workloads/generators/drivers.hpp"
#include "workloads/pages/options.hpp"

namespace dsmsim {

class Pages final : public Program {
 public:
  explicit Pages(PagesOptions options);
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return planned_; }
  void report(CounterReport& numbers) const override;

 private:
  class Walk;
  /// Bytes of the working set of one thread.
  struct Place {
    std::uint64_t page;
    Bytes offset;
  };

  Task<> drive(Thread& thread, std::size_t index, StartLine& start);
  void count_write(std::size_t index, Place place);

  PagesOptions options_;
  std::uint64_t pages_;  // of a thread
  std::uint64_t planned_ = 0;
  std::vector<ObjectList> objects_;       // by thread
  std::vector<std::vector<bool>> dirty_;  // by thread: lines
  std::uint64_t dirty_pages_ = 0;
  std::uint64_t dirty_lines_ = 0;
  std::uint64_t writes_ = 0;
  KindId read_kind_;
  KindId write_kind_;
};

}  // namespace dsmsim
