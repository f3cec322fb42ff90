#include "workloads/table/table.hpp"

#include <algorithm>

namespace dsmsim {
namespace {

/// Of one chunk, in its column (DVec<DBox<[u8; CHUNK_SIZE]>> of the released code: 48 B each).
constexpr Bytes kHeader(48);

}  // namespace

Demand Table::demand(std::size_t servers) const {
  (void)servers;
  const std::uint64_t chunks = std::uint64_t{options_.columns} * options_.chunks;
  Demand demand;
  demand.threads = options_.queries;  // they start together
  return demand.add(options_.columns, kHeader * options_.chunks).add(chunks, options_.chunk_size);
}

Task<> Table::main(Thread& thread) {
  World& world = thread.world();
  query_kind_ = world.meter().define("query");
  columns_.resize(options_.columns);
  results_.resize(options_.queries);
  ended_.assign(world.compute_servers(), 0);
  co_await run_on_servers(
      thread, columns_.size(),
      [servers = ended_.size()](std::size_t column) { return server_of_driver(column, servers); },
      [this](Thread& t, std::size_t column) { return build(t, column); });
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (columns_[column].chunks.size() < options_.chunks) {  // its builder is lost
      columns_[column] = {};
      co_await build(thread, column);
    }
  }
  world.start_measuring();
  std::vector<ThreadId> queries;
  for (std::size_t i = 0; i < options_.queries; ++i) {
    Launch launch;
    if (options_.affinity == TableAffinity::tbox_spawn_to) {
      launch.near = columns_[columns_of(world, i).back()].headers;
    }
    queries.push_back(
        co_await thread.start(std::move(launch), [this, i](Thread& t) { return query(t, i); }));
  }
  for (std::size_t i = 0; i < options_.queries; ++i) {
    if (const bool well = co_await thread.join(queries[i]); well) {
      co_await thread.read(results_[i], Bytes(0), options_.result_size);
      co_await thread.release(results_[i]);
    }
  }
}

Task<> Table::build(Thread& thread, std::size_t column) {
  Column& built = columns_[column];
  built.headers = co_await thread.allocate(kHeader * options_.chunks);
  for (std::uint32_t i = 0; i < options_.chunks; ++i) {
    const ObjectId chunk = co_await thread.allocate(options_.chunk_size);
    co_await thread.write(chunk, Bytes(0), options_.chunk_size);
    co_await thread.write(built.headers, kHeader * i, kHeader);
    if (options_.affinity != TableAffinity::none) {
      co_await thread.tie(chunk, built.headers);
    }
    built.chunks.push_back(chunk);
  }
}

/// Some keys, and the column that is aggregated; no column twice.
std::vector<std::size_t> Table::columns_of(World& world, std::size_t query) const {
  RandomStream random = world.simulation().random("table", query);
  std::vector<std::size_t> chosen;
  while (chosen.size() <= options_.keys) {
    const std::size_t column = random.below(columns_.size());
    if (std::find(chosen.begin(), chosen.end(), column) == chosen.end()) {
      chosen.push_back(column);
    }
  }
  return chosen;
}

Task<> Table::query(Thread& thread, std::size_t number) {
  const Time begin = thread.now();
  const std::vector<std::size_t> columns = columns_of(thread.world(), number);
  const ObjectId result = co_await thread.allocate(options_.result_size);
  for (std::uint32_t chunk = 0; chunk < options_.chunks; ++chunk) {
    for (const std::size_t column : columns) {
      co_await read_chunk(thread, columns_[column], chunk);
    }
    co_await thread.compute(options_.compute);
  }
  co_await thread.write(result, Bytes(0), options_.result_size);
  results_[number] = result;
  LaunchResult handed;
  handed.owned.push_back(result);
  thread.give_result(std::move(handed));
  ++ended_[thread.node().index()];
  thread.count_operation(query_kind_, begin);
}

Task<> Table::read_chunk(Thread& thread, const Column& column, std::size_t chunk) const {
  co_await thread.read(column.headers, kHeader * chunk, kHeader);
  co_await thread.read(column.chunks[chunk], Bytes(0), options_.chunk_size);
}

void Table::report(CounterReport& numbers) const {
  numbers.add("queries", options_.queries);
  for (std::size_t server = 0; server < ended_.size(); ++server) {
    numbers.add("queries_on_server_" + std::to_string(server), ended_[server]);
  }
}

}  // namespace dsmsim
