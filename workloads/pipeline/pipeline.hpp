#pragma once
// Producers hand items over to workers, who look things up in a table that all of them share: the
// standard library of a distributed runtime at work (Ma et al., DRust, OSDI'24, section 4.1.2).
//
// Everything that threads have to do with each other is of sim/dsm/library or a channel: a scope
// starts and joins them, items are Boxes in messages, the table is an Arc or behind a reader lock,
// and a barrier ends each round. README.md says more.

#include <vector>

#include "sim/dsm/library/arc.hpp"
#include "sim/dsm/library/barrier.hpp"
#include "sim/dsm/library/scope.hpp"
#include "workloads/generators/drivers.hpp"
#include "workloads/pipeline/options.hpp"

namespace dsmsim {

class Pipeline final : public Program {
 public:
  explicit Pipeline(PipelineOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override {
    return std::uint64_t{options_.producers} * options_.items * options_.rounds;
  }
  void report(CounterReport& numbers) const override;

 private:
  using Handle = std::optional<library::Arc>;  ///< nothing: the table is behind a lock

  Task<> prepare(Thread& thread);
  Task<> start_all(library::Scope& scope);
  Task<> produce(Thread& thread, std::size_t index);
  Task<> work(Thread& thread, std::size_t index, Handle table);
  Task<> use_item(Thread& thread, ObjectId item, Handle& table, RandomStream& random);
  Task<> look_up(Thread& thread, Handle& table, RandomStream& random);
  Task<> end_round(Thread& thread, RandomStream& random);
  Bytes anywhere(RandomStream& random) const;
  std::vector<std::uint64_t> items_of(std::size_t worker) const;

  PipelineOptions options_;
  KindId item_kind_;
  Handle table_;
  ObjectId locked_table_;
  std::optional<library::Barrier> barrier_;
  std::vector<ChannelId> channels_;  ///< by worker
  std::vector<ThreadId> producers_;
  std::uint64_t items_ = 0;
  std::uint64_t updates_ = 0;
};

}  // namespace dsmsim
