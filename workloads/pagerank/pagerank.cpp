#include "workloads/pagerank/pagerank.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/error.hpp"
#include "sim/base/int128.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {

namespace {

NodeId node(std::size_t server) { return NodeId(static_cast<std::uint32_t>(server)); }

/// share * number / kOne
std::uint64_t part(std::uint64_t share, std::uint64_t number) {
  return static_cast<std::uint64_t>((static_cast<UInt128>(share) * number) / Pagerank::kOne);
}

}  // namespace

Demand Pagerank::demand(std::size_t servers) const {
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  demand.add(2 * std::uint64_t{chunks()}, chunk_size());
  return demand.add(demand.threads, Bytes(4) * (options_.edges() / demand.threads + 1));
}

Task<> Pagerank::main(Thread& thread) {
  World& world = thread.world();
  iteration_kind_ = world.meter().define("iteration");
  const std::size_t servers = world.compute_servers();
  const std::size_t threads = servers * options_.threads_per_server;
  planned_ = threads * std::uint64_t{options_.iterations};
  graph_ = pagerank::make_graph(options_, world.simulation().random("pagerank.graph"));
  shares_.resize(threads);
  divide(servers);
  Task<> allocation = allocate(thread);
  co_await allocation;
  if (options_.barrier == PagerankBarrier::program) {
    barrier_ = co_await library::Barrier::make(thread, static_cast<std::uint32_t>(threads));
  } else {
    free_barrier_.emplace(world.simulation().queue(), threads);
  }
  Task<> run = run_drivers(
      thread, threads, [this](std::size_t i) { return node(server_of_thread(i)); },
      [this](Thread& t, std::size_t i, StartLine& start) { return drive(t, i, start); });
  co_await run;
  if (options_.verify) {
    Task<> verification = verify(thread);
    co_await verification;
  }
}

/// Edges evenly over the threads; a chunk to the server that has the first edge to its vertices,
/// and to one of its threads after the other.
void Pagerank::divide(std::size_t servers) {
  const std::size_t threads = shares_.size();
  std::vector<std::size_t> applied(servers);
  chunk_server_.resize(chunks());
  for (std::uint32_t chunk = 0; chunk < chunks(); ++chunk) {
    const std::uint64_t edge = graph_.first_edge[std::size_t{chunk} * options_.chunk_vertices];
    const std::size_t of_thread =
        std::min<std::uint64_t>(edge * threads / graph_.edges(), threads - 1);
    const std::size_t server = server_of_thread(of_thread);
    chunk_server_[chunk] = static_cast<std::uint32_t>(server);
    const std::size_t local = applied[server]++ % options_.threads_per_server;
    shares_[server * options_.threads_per_server + local].applied.push_back(chunk);
  }
  for (std::size_t i = 0; i < threads; ++i) {
    Share& share = shares_[i];
    share.first_edge = graph_.edges() * i / threads;
    share.end_edge = graph_.edges() * (i + 1) / threads;
    std::vector<bool> needs(chunks());
    for (std::uint64_t edge = share.first_edge; edge < share.end_edge; ++edge) {
      needs[graph_.source[edge] / options_.chunk_vertices] = true;
    }
    for (std::uint32_t chunk = 0; chunk < chunks(); ++chunk) {
      if (needs[chunk] && options_.access == PagerankAccess::chunks) {
        share.needed.push_back(chunk);
      }
    }
  }
}

Task<> Pagerank::allocate(Thread& thread) {
  std::vector<NodeId> homes;
  for (const std::uint32_t server : chunk_server_) {
    homes.push_back(node(server));
  }
  Task<ObjectList> contributions = allocate_at(thread, homes, chunk_size(), false);
  contribution_chunks_ = co_await contributions;
  for (const NodeId home : homes) {  // several threads write a chunk of sums, each its part
    sum_chunks_.push_back(co_await thread.allocate_raw(chunk_size(), home));
  }
  dangling_ = co_await thread.allocate(Bytes(8));
  Task<> edges = allocate_edges(thread);
  co_await edges;
}

Task<> Pagerank::allocate_edges(Thread& thread) {
  std::vector<NodeId> homes;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    homes.push_back(node(server_of_thread(i)));
  }
  const std::uint64_t most = (graph_.edges() - 1) / shares_.size() + 1;
  Task<ObjectList> allocation = allocate_at(thread, homes, Bytes(4) * most, false);
  const ObjectList edges = co_await allocation;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    shares_[i].edges = edges[i];
  }
  const std::uint64_t rank = kOne / options_.vertices();
  ranks_.assign(options_.vertices(), rank);
  contributions_.resize(options_.vertices());
  sums_.resize(options_.vertices());
  added_.resize(options_.vertices());
}

Task<> Pagerank::drive(Thread& thread, std::size_t index, StartLine& start) {
  Share& share = shares_[index];
  co_await set_up(thread, share);
  co_await start.pass(thread);
  started_ = thread.now();
  share.dangling_before = 0;
  for (std::uint32_t i = 0; i < options_.iterations; ++i) {
    const Time begin = thread.now();
    co_await iterate(thread, share);
    thread.count_operation(iteration_kind_, begin);
  }
  ended_ = std::max(ended_, thread.now());
}

/// The ranks at the beginning, and what they contribute.
Task<> Pagerank::set_up(Thread& thread, Share& share) {
  std::uint64_t dangling = 0;
  for (const std::uint32_t chunk : share.applied) {
    const std::uint32_t first = chunk * options_.chunk_vertices;
    const std::uint32_t end = std::min(first + options_.chunk_vertices, options_.vertices());
    for (std::uint32_t vertex = first; vertex < end; ++vertex) {
      dangling += contribute(vertex);
    }
    co_await thread.write(contribution_chunks_[chunk], Bytes(0), chunk_size());
  }
  if (share.end_edge > share.first_edge) {
    co_await thread.write(share.edges, Bytes(0), Bytes(4) * (share.end_edge - share.first_edge));
  }
  co_await thread.atomic_add(dangling_, Bytes(0), dangling);
  co_await thread.fence();
}

/// What an edge of the vertex brings from now on; gives its rank if it has none.
std::uint64_t Pagerank::contribute(std::uint32_t vertex) {
  const std::uint32_t degree = graph_.out_degree[vertex];
  contributions_[vertex] = degree > 0 ? ranks_[vertex] / degree : 0;
  return degree > 0 ? 0 : ranks_[vertex];
}

Task<> Pagerank::iterate(Thread& thread, Share& share) {
  const std::uint64_t dangling_now = co_await thread.atomic_add(dangling_, Bytes(0), 0);
  const std::uint64_t dangling = dangling_now - share.dangling_before;
  share.dangling_before = dangling_now;
  co_await gather(thread, share);
  co_await wait_for_all(thread);
  co_await apply(thread, share, dangling);
  co_await wait_for_all(thread);
}

// ---- the first half

Task<> Pagerank::gather(Thread& thread, Share& share) {
  if (share.first_edge == share.end_edge) {
    co_return;
  }
  const std::uint64_t edges = share.end_edge - share.first_edge;
  co_await thread.read(share.edges, Bytes(0), Bytes(4) * edges);
  co_await borrow_chunks(thread, share);
  co_await thread.compute(options_.compute_edge * edges);
  std::uint64_t edge = share.first_edge;
  Whole whole;
  for (std::uint32_t vertex = graph_.target(edge); edge < share.end_edge; ++vertex) {
    const std::uint64_t end = graph_.first_edge[vertex + std::size_t{1}];
    const std::uint64_t to = std::min(end, share.end_edge);
    const std::uint64_t sum = co_await gather_vertex(thread, edge, to);
    sums_[vertex] += sum;
    if (edge == graph_.first_edge[vertex] && to == end) {
      whole.add(vertex);
    } else {
      const ObjectId chunk = sum_chunks_[vertex / options_.chunk_vertices];
      co_await thread.atomic_add(chunk, place_in_chunk(vertex), sum);
      added_[vertex] += sum;
    }
    edge = to;
  }
  co_await write_sums(thread, whole);
  co_await give_chunks_back(thread, share);
  edges_done_ += edges;
}

Task<> Pagerank::borrow_chunks(Thread& thread, Share& share) {
  for (const std::uint32_t chunk : share.needed) {
    share.held.push_back(co_await thread.borrow(contribution_chunks_[chunk]));
    co_await thread.read(share.held.back(), Bytes(0), chunk_size());
  }
}

Task<> Pagerank::give_chunks_back(Thread& thread, Share& share) {
  for (const Borrow& chunk : share.held) {
    co_await thread.give_back(chunk);
  }
  share.held.clear();
}

/// What edges to one vertex bring.
Task<std::uint64_t> Pagerank::gather_vertex(Thread& thread, std::uint64_t from, std::uint64_t to) {
  std::uint64_t sum = 0;
  for (std::uint64_t edge = from; edge < to; ++edge) {
    const std::uint32_t source = graph_.source[edge];
    if (options_.access == PagerankAccess::elements) {
      const ObjectId chunk = contribution_chunks_[source / options_.chunk_vertices];
      co_await thread.read(chunk, place_in_chunk(source), Bytes(8));
    }
    sum += contributions_[source];
  }
  co_return sum;
}

/// Of the vertices that are this thread's alone, chunk by chunk.
Task<> Pagerank::write_sums(Thread& thread, Whole whole) {
  for (std::uint32_t vertex = whole.first; vertex < whole.end;) {
    const std::uint32_t chunk = vertex / options_.chunk_vertices;
    const std::uint32_t end = std::min(whole.end, (chunk + 1) * options_.chunk_vertices);
    co_await thread.write(sum_chunks_[chunk], place_in_chunk(vertex), Bytes(8) * (end - vertex));
    vertex = end;
  }
}

// ---- the second half

Task<> Pagerank::apply(Thread& thread, Share& share, std::uint64_t dangling) {
  std::uint64_t dangling_next = 0;
  for (const std::uint32_t chunk : share.applied) {
    co_await thread.read(sum_chunks_[chunk], Bytes(0), chunk_size());
    co_await thread.compute(options_.compute_vertex * options_.chunk_vertices);
    dangling_next += apply_chunk(chunk, dangling);
    co_await thread.write(contribution_chunks_[chunk], Bytes(0), chunk_size());
    co_await thread.write(sum_chunks_[chunk], Bytes(0), chunk_size());  // zeros
  }
  co_await thread.atomic_add(dangling_, Bytes(0), dangling_next);
}

/// Gives what the chunk's vertices without edges have.
std::uint64_t Pagerank::apply_chunk(std::uint32_t chunk, std::uint64_t dangling) {
  const auto damping = static_cast<std::uint64_t>(options_.damping * static_cast<double>(kOne));
  const std::uint64_t base = (kOne - damping) / options_.vertices();
  const std::uint64_t from_dangling = dangling / options_.vertices();
  const std::uint32_t first = chunk * options_.chunk_vertices;
  const std::uint32_t end = std::min(first + options_.chunk_vertices, options_.vertices());
  std::uint64_t dangling_next = 0;
  for (std::uint32_t vertex = first; vertex < end; ++vertex) {
    ranks_[vertex] = base + part(damping, sums_[vertex] + from_dangling);
    sums_[vertex] = 0;
    dangling_next += contribute(vertex);
  }
  return dangling_next;
}

/// What this thread has written is everybody's, and the other way round.
Task<> Pagerank::wait_for_all(Thread& thread) {
  co_await thread.fence();
  if (barrier_) {
    co_await barrier_->wait(thread);
  } else {
    co_await thread.barrier(*free_barrier_);
  }
}

/// The words that atomics have added to hold what was added.
Task<> Pagerank::verify(Thread& thread) {
  StopCounter counter(1 << 12);
  for (std::uint32_t vertex = 0; vertex < options_.vertices(); ++vertex) {
    counter.step();
    const ObjectId chunk = sum_chunks_[vertex / options_.chunk_vertices];
    const std::uint64_t found = co_await thread.atomic_add(chunk, place_in_chunk(vertex), 0);
    if (found != added_[vertex]) {
      throw Error(ExitCode::incoherent,
                  "pagerank: the sum of vertex " + std::to_string(vertex) + " lacks additions");
    }
  }
}

void Pagerank::report(CounterReport& numbers) const {
  const double seconds = (ended_ - started_).seconds();
  const auto in_parts = [](std::uint64_t number) {
    return static_cast<double>(number) / static_cast<double>(kOne);
  };
  numbers.add("vertices", options_.vertices());
  numbers.add("edges", graph_.edges());
  numbers.add("largest_in_degree", graph_.largest_in_degree());
  numbers.add("chunks", chunks());
  numbers.add("edges_done", edges_done_);
  numbers.add("seconds", seconds);
  numbers.add("edges_per_second", seconds > 0 ? static_cast<double>(edges_done_) / seconds : 0.0);
  numbers.add("sum_of_ranks",
              in_parts(std::accumulate(ranks_.begin(), ranks_.end(), std::uint64_t{0})));
  numbers.add("largest_rank",
              ranks_.empty() ? 0.0 : in_parts(*std::max_element(ranks_.begin(), ranks_.end())));
  numbers.add("verified", options_.verify);
}

}  // namespace dsmsim
