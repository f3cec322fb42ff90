#include "workloads/dataframe/dataframe.hpp"

#include <algorithm>
#include <cmath>

namespace dsmsim {
namespace {

/// Of one chunk, in its column (drust/src/app/dataframe/chunked_array/chunk.rs).
constexpr Bytes kChunkHeader(48);
/// Of a group, or of a row, in the vectors that tasks make.
constexpr Bytes kIndex(8);
/// A vector that comes back, and a reference that is shipped (drust_std/collections/dvec.rs).
constexpr Bytes kFrameVector(72);

}  // namespace

Demand Dataframe::demand(std::size_t servers) const {
  (void)servers;
  Demand demand;
  demand.threads = queries();
  for (std::size_t column = 0; column < dataframe::kColumns; ++column) {
    demand.add(options_.chunks(dataframe::width_of(column)), options_.chunk());
  }
  return demand;
}

Task<> Dataframe::main(Thread& thread) {
  World& world = thread.world();
  query_kind_ = world.meter().define("query");
  tasks_.assign(world.compute_servers(), 0);
  TaskSlots slots(world, options_.slots_per_server * world.compute_servers(), "dataframe.slots");
  slots_ = &slots;
  co_await build(thread);
  for (std::size_t i = 0; i < queries(); ++i) {
    const bool large = i < options_.large_queries;
    const std::size_t kind = (i - options_.large_queries) % dataframe::small_queries().size();
    Query query{large ? dataframe::large_query() : dataframe::small_queries()[kind]};
    query.groups = groups_of(query.what);
    queries_.push_back(std::move(query));
  }
  world.start_measuring();
  std::vector<ThreadId> threads;
  for (std::size_t i = 0; i < queries_.size(); ++i) {
    if (i == options_.large_queries && i > 0) {
      co_await thread.compute(options_.scaled_head_start());
    }
    threads.push_back(thread.spawn(thread.node(), [this, i](Thread& t) { return run(t, i); }));
  }
  for (const ThreadId each : threads) {
    co_await thread.join(each);
  }
}

// ---- the table

Task<> Dataframe::build(Thread& thread) {
  const std::size_t servers = thread.world().compute_servers();
  columns_.resize(dataframe::kColumns);
  co_await build_chunks(thread, servers);
  for (const Bytes width : {Bytes(4), Bytes(8)}) {
    co_await build_headers(thread, servers, width);
  }
  co_await run_on_servers(
      thread, columns_.size(),
      [servers](std::size_t column) { return server_of_driver(column, servers); },
      [this](Thread& t, std::size_t column) { return fill(t, column); });
}

Task<> Dataframe::build_chunks(Thread& thread, std::size_t servers) {
  std::vector<NodeId> homes;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const Bytes width = dataframe::width_of(i);
    column.first = homes.size();
    column.rows_in_chunk =
        std::min(options_.chunk().count() / width.count(), options_.scaled_rows());
    column.chunks.resize(options_.chunks(width));
    homes.insert(homes.end(), column.chunks.size(), server_of_driver(i, servers));
  }
  const ObjectList chunks = co_await allocate_at(thread, homes, options_.chunk(), false);
  for (Column& column : columns_) {
    std::copy_n(chunks.begin() + static_cast<std::ptrdiff_t>(column.first), column.chunks.size(),
                column.chunks.begin());
  }
  kept_.assign(servers, std::vector<bool>(chunks.size()));
}

/// Of the columns of this width.
Task<> Dataframe::build_headers(Thread& thread, std::size_t servers, Bytes width) {
  std::vector<std::size_t> columns;
  std::vector<NodeId> homes;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (dataframe::width_of(i) == width) {
      columns.push_back(i);
      homes.push_back(server_of_driver(i, servers));
    }
  }
  const Bytes size = kChunkHeader * options_.chunks(width);
  const ObjectList headers = co_await allocate_at(thread, homes, size, false);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns_[columns[i]].headers = headers[i];
  }
}

Task<> Dataframe::fill(Thread& thread, std::size_t column) {
  const Column& filled = columns_[column];
  for (const ObjectId chunk : filled.chunks) {
    co_await write_in_pieces(thread, chunk, Bytes(0), options_.chunk(), pieces());
    if (tied()) {
      co_await thread.tie(chunk, filled.headers);
    }
  }
  co_await write_in_pieces(thread, filled.headers, Bytes(0), kChunkHeader * filled.chunks.size(),
                           pieces());
}

// ---- a query

/// id3 and id6 have rows / K values, the others K; more groups than rows there are not.
std::uint64_t Dataframe::groups_of(const dataframe::Query& query) const {
  const std::uint64_t rows = options_.scaled_rows();
  std::uint64_t groups = 1;
  for (const std::size_t key : query.keys) {
    const bool many = key == dataframe::id3 || key == dataframe::id6;
    const std::uint64_t values =
        many ? std::max<std::uint64_t>(rows / options_.groups_per_key, 1) : options_.groups_per_key;
    groups = std::min(groups * values, rows);
  }
  return groups;
}

Task<> Dataframe::run(Thread& thread, std::size_t number) {
  const Time begin = thread.now();
  Query& query = queries_[number];
  std::vector<Job> first = {{Kind::group_by, query}};
  co_await run_phase(thread, first);
  std::vector<Job> takes;
  for (const std::size_t key : query.what.keys) {
    takes.push_back({Kind::take, query, key});
  }
  co_await run_phase(thread, takes);
  std::vector<Job> aggregates;
  const std::size_t servers = thread.world().compute_servers();
  for (const std::size_t value : query.what.values) {
    aggregates.push_back({Kind::aggregate, query, value, goes_to_column() ? value % servers : 0});
  }
  co_await run_phase(thread, aggregates);
  for (const Job& job : takes) {
    co_await thread.release(job.result);
  }
  for (const Job& job : aggregates) {
    co_await thread.release(job.result);
  }
  co_await thread.release(query.keys);
  co_await thread.release(query.first_rows);
  co_await thread.release(query.groups_of_rows);
  thread.count_operation(query_kind_, begin);
}

/// Starts all of them, and waits for them in order.
Task<> Dataframe::run_phase(Thread& thread, std::vector<Job>& jobs) {
  for (Job& job : jobs) {
    co_await start_job(thread, job);
  }
  for (Job& job : jobs) {
    Task<> finished = slots_->finish(thread, job.task, [&] { return start_job(thread, job); });
    co_await finished;
  }
}

Task<> Dataframe::start_job(Thread& thread, Job& job) {
  job.task.slot = co_await slots_->take(thread, job.from);
  Launch launch;
  launch.node = slots_->server(job.task.slot);
  launch.closure = kFrameVector * (job.kind == Kind::group_by ? job.query.what.keys.size() : 3);
  job.task.thread =
      co_await thread.start(std::move(launch), [this, &job](Thread& t) { return work_on(t, job); });
}

// ---- a task

Task<> Dataframe::work_on(Thread& thread, Job& job) {
  const Time begin = thread.now();
  const std::size_t slot = job.task.slot;
  LaunchResult handed;
  switch (job.kind) {
    case Kind::group_by:
      co_await group_by(thread, job.query, handed);
      break;
    case Kind::take:
      co_await take(thread, job, handed);
      break;
    case Kind::aggregate:
      co_await aggregate(thread, job, handed);
      break;
  }
  handed.size = kFrameVector * handed.owned.size();
  thread.give_result(std::move(handed));
  ++tasks_[thread.node().index()];
  time_[static_cast<std::size_t>(job.kind)] += thread.now() - begin;
  slots_->end(slot, thread);
}

/// The threads put the ids of their rows into one map of this server.
Task<> Dataframe::group_by(Thread& thread, Query& query, LaunchResult& handed) {
  Scan rows;
  rows.columns.assign(query.what.keys.begin(), query.what.keys.end());
  rows.chunks = columns_[rows.columns.front()].chunks.size();
  rows.work = options_.group_by * columns_[rows.columns.front()].rows_in_chunk;
  co_await scan(thread, rows);
  query.keys = co_await make(thread, kIndex * query.groups);
  query.first_rows = co_await make(thread, kIndex * query.groups);
  query.groups_of_rows = co_await make(thread, kIndex * options_.scaled_rows());
  handed.owned = {query.keys, query.first_rows, query.groups_of_rows};
}

/// The ids of the groups, out of their first rows: of G groups that come at random, all have come
/// after about G (ln G + 1) rows, and the chunks behind those are not looked at.
Task<> Dataframe::take(Thread& thread, Job& job, LaunchResult& handed) {
  const Column& column = columns_[job.column];
  const auto groups = static_cast<double>(job.query.groups);
  const double rows =
      std::min(groups * (std::log(groups) + 1), static_cast<double>(options_.scaled_rows()));
  Scan taken;
  taken.columns = {job.column};
  taken.chunks = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(rows / static_cast<double>(column.rows_in_chunk))), 1,
      column.chunks.size());
  taken.work = options_.take * job.query.groups / static_cast<std::int64_t>(taken.chunks);
  co_await read_whole(thread, job.query.first_rows);
  co_await scan(thread, taken);
  job.result = co_await make(thread, dataframe::width_of(job.column) * job.query.groups);
  handed.owned = {job.result};
}

Task<> Dataframe::aggregate(Thread& thread, Job& job, LaunchResult& handed) {
  const Column& column = columns_[job.column];
  Scan rows;
  rows.columns = {job.column};
  rows.chunks = column.chunks.size();
  rows.work = options_.aggregate * column.rows_in_chunk;
  co_await read_whole(thread, job.query.groups_of_rows);
  co_await read_whole(thread, job.query.first_rows);
  co_await scan(thread, rows);
  job.result = co_await make(thread, kIndex * job.query.groups);
  handed.owned = {job.result};
}

Task<ObjectId> Dataframe::make(Thread& thread, Bytes size) {
  const ObjectId made = co_await thread.allocate(size);
  co_await write_in_pieces(thread, made, Bytes(0), size, pieces());
  co_return made;
}

Task<> Dataframe::read_whole(Thread& thread, ObjectId object) {
  const Bytes size = thread.world().objects().size(object);
  return read_in_pieces(thread, object, Bytes(0), size, pieces());
}

/// The headers first; then the threads share the chunks.
Task<> Dataframe::scan(Thread& thread, Scan& scan) {
  for (const std::size_t column : scan.columns) {
    co_await read_whole(thread, columns_[column].headers);
  }
  const NodeId here = thread.node();
  const std::size_t workers = std::min<std::uint64_t>(options_.workers, scan.chunks);
  co_await run_on_servers(
      thread, workers, [here](std::size_t) { return here; },
      [this, &scan](Thread& t, std::size_t) { return scan_share(t, scan); });
}

Task<> Dataframe::scan_share(Thread& thread, Scan& scan) {
  while (scan.next < scan.chunks) {
    const std::uint64_t chunk = scan.next++;
    for (const std::size_t column : scan.columns) {
      co_await read_chunk(thread, columns_[column], chunk);
    }
    co_await thread.compute(scan.work);
  }
}

Task<> Dataframe::read_chunk(Thread& thread, const Column& column, std::uint64_t chunk) {
  const ObjectId object = column.chunks[chunk];
  if (tied() || options_.access > Bytes(0)) {
    co_await read_whole(thread, object);
    co_return;
  }
  const Borrow reference = co_await thread.borrow(object);
  co_await thread.read(reference, Bytes(0), options_.chunk());
  auto kept = kept_[thread.node().index()][column.first + chunk];
  if (options_.chunk_copies == ChunkCopies::kept && !kept) {
    kept = true;  // for ever
  } else {
    co_await thread.give_back(reference);
  }
}

void Dataframe::report(CounterReport& numbers) const {
  numbers.add("rows", options_.scaled_rows());
  numbers.add("group_by_seconds", time_[0].seconds());
  numbers.add("take_seconds", time_[1].seconds());
  numbers.add("aggregate_seconds", time_[2].seconds());
  for (std::size_t server = 0; server < tasks_.size(); ++server) {
    numbers.add("tasks_on_server_" + std::to_string(server), tasks_[server]);
  }
}

}  // namespace dsmsim
