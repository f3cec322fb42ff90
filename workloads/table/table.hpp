#pragma once
// A table by columns, in chunks, and group-by queries over it: the shape of the DataFrame
// application (Ma et al., DRust, OSDI'24, section 7; its released code, drust/src/app/dataframe),
// much smaller.
//
// A column is an object with the headers of its chunks, and its chunks, all on one server. All
// queries start together on the first server; each reads some columns as keys and aggregates
// another, chunk by chunk, and hands a result to the first thread. README.md says more.

#include <vector>

#include "workloads/generators/drivers.hpp"
#include "workloads/table/options.hpp"

namespace dsmsim {

class Table final : public Program {
 public:
  explicit Table(TableOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return options_.queries; }
  void report(CounterReport& numbers) const override;

 private:
  struct Column {
    ObjectId headers;
    std::vector<ObjectId> chunks;
  };

  Task<> build(Thread& thread, std::size_t column);
  Task<> query(Thread& thread, std::size_t number);
  Task<> read_chunk(Thread& thread, const Column& column, std::size_t chunk) const;
  std::vector<std::size_t> columns_of(World& world, std::size_t query) const;

  TableOptions options_;
  std::vector<Column> columns_;
  std::vector<ObjectId> results_;  ///< by query
  KindId query_kind_;
  std::vector<std::uint32_t> ended_;  ///< queries, by the server that they ended on
};

}  // namespace dsmsim
