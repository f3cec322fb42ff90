#pragma once
// DRust's data frame (Ma et al., OSDI'24, section 7; repository uclasystem/DRust
// drust/src/app/dataframe): a table by columns, in chunks, and 29 group-by queries at once.
//
// Column k is on server k mod servers. A query is a thread of server 0, which has its work done by
// tasks in slots (TaskSlots), one at a time on each server, each by all cores: a group-by, which
// numbers the groups and says of each row in which it is; a take for each id, which finds the
// values of the groups; an aggregate for each value. README.md says what is taken from where, and
// what differs.

#include "workloads/dataframe/options.hpp"
#include "workloads/dataframe/queries.hpp"
#include "workloads/generators/drivers.hpp"
#include "workloads/generators/pieces.hpp"
#include "workloads/generators/task_slots.hpp"

namespace dsmsim {

class Dataframe final : public Program {
 public:
  explicit Dataframe(DataframeOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return queries(); }
  void report(CounterReport& numbers) const override;

 private:
  struct Column {
    ObjectId headers;
    std::vector<ObjectId> chunks;
    std::uint64_t first = 0;  ///< number of its first chunk among all
    std::uint64_t rows_in_chunk = 0;
  };
  struct Query {
    dataframe::Query what;
    std::uint64_t groups = 0;
    // What the group-by leaves: of each group its number and its first row; of each row its group.
    ObjectId keys = {};
    ObjectId first_rows = {};
    ObjectId groups_of_rows = {};
  };
  enum class Kind : std::uint8_t { group_by, take, aggregate };
  /// In a slot.
  struct Job {
    Kind kind;
    Query& query;
    std::size_t column = 0;  ///< of a take or an aggregate
    std::size_t from = 0;    ///< the first slot that it asks for
    TaskSlots::Started task = {};
    ObjectId result = {};
  };
  /// Chunks of some columns, [0, chunks) of each. The workers of a task take the next one in turn.
  struct Scan {
    std::vector<std::size_t> columns;
    std::uint64_t chunks;
    Duration work;  ///< on one chunk of all columns
    std::uint64_t next = 0;
  };

  Task<> build(Thread& thread);
  Task<> fill(Thread& thread, std::size_t column);
  Task<> build_chunks(Thread& thread, std::size_t servers);
  Task<> build_headers(Thread& thread, std::size_t servers, Bytes width);
  Task<> run(Thread& thread, std::size_t number);
  Task<> run_phase(Thread& thread, std::vector<Job>& jobs);
  Task<> start_job(Thread& thread, Job& job);
  Task<> work_on(Thread& thread, Job& job);
  Task<> group_by(Thread& thread, Query& query, LaunchResult& handed);
  Task<> take(Thread& thread, Job& job, LaunchResult& handed);
  Task<> aggregate(Thread& thread, Job& job, LaunchResult& handed);
  Task<ObjectId> make(Thread& thread, Bytes size);
  Task<> read_whole(Thread& thread, ObjectId object);
  Task<> scan(Thread& thread, Scan& scan);
  Task<> scan_share(Thread& thread, Scan& scan);
  Task<> read_chunk(Thread& thread, const Column& column, std::uint64_t chunk);
  std::uint64_t groups_of(const dataframe::Query& query) const;
  std::uint64_t queries() const {
    return options_.repetitions * dataframe::small_queries().size() + options_.large_queries;
  }
  bool tied() const {
    return options_.affinity == FrameAffinity::tbox ||
           options_.affinity == FrameAffinity::tbox_spawn_to;
  }
  bool goes_to_column() const {
    return options_.affinity == FrameAffinity::spawn_to ||
           options_.affinity == FrameAffinity::tbox_spawn_to;
  }
  Pieces pieces() const { return {options_.access, options_.access_threads}; }

  DataframeOptions options_;
  std::vector<Column> columns_;
  std::vector<Query> queries_;
  TaskSlots* slots_ = nullptr;           // main's: they must not outlive the World
  std::vector<std::vector<bool>> kept_;  ///< by server and chunk: there is a reference for ever
  KindId query_kind_;
  std::vector<std::uint64_t> tasks_;   ///< by the server that they ended on
  std::array<Duration, 3> time_ = {};  ///< of all tasks of a kind
};

}  // namespace dsmsim
