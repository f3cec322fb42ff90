#include "workloads/pagerank/pagerank.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

PagerankOptions small_graph() {
  PagerankOptions options;
  options.log2_vertices = 8;
  options.degree = 8;
  options.iterations = 4;
  options.threads_per_server = 2;
  options.chunk_vertices = 32;
  options.verify = true;
  return options;
}

/// PageRank as its definition says, in floating point.
std::vector<double> reference_ranks(const pagerank::Graph& graph, const PagerankOptions& options) {
  const double vertices = options.vertices();
  std::vector<double> ranks(options.vertices(), 1 / vertices);
  for (std::uint32_t i = 0; i < options.iterations; ++i) {
    double dangling = 0;
    for (std::uint32_t vertex = 0; vertex < options.vertices(); ++vertex) {
      dangling += graph.out_degree[vertex] == 0 ? ranks[vertex] : 0;
    }
    std::vector<double> next(options.vertices());
    for (std::uint32_t vertex = 0; vertex < options.vertices(); ++vertex) {
      double sum = dangling / vertices;
      for (std::uint64_t edge = graph.first_edge[vertex]; edge < graph.first_edge[vertex + 1];
           ++edge) {
        const std::uint32_t source = graph.source[edge];
        sum += ranks[source] / graph.out_degree[source];
      }
      next[vertex] = (1 - options.damping) / vertices + options.damping * sum;
    }
    ranks = next;
  }
  return ranks;
}

}  // namespace

TEST_CASE("pagerank's ranks are those of its definition, and sum to one") {
  for (const auto access : {PagerankAccess::chunks, PagerankAccess::elements}) {
    PagerankOptions options = small_graph();
    options.access = access;
    MemoryWorld m(3);
    Pagerank pagerank(options);
    m.world.run(pagerank);
    const std::vector<double> expected = reference_ranks(pagerank.graph(), options);
    double sum = 0;
    for (std::uint32_t vertex = 0; vertex < options.vertices(); ++vertex) {
      const double rank =
          static_cast<double>(pagerank.ranks()[vertex]) / static_cast<double>(Pagerank::kOne);
      CHECK(rank == Approx(expected[vertex]).epsilon(1e-9));
      sum += rank;
    }
    CHECK(sum == Approx(1).epsilon(1e-12));
    CHECK(report_of(pagerank)["sum_of_ranks"].get<double>() == Approx(1).epsilon(1e-12));
    CHECK(report_of(pagerank)["edges_done"] == 4 * 256 * 8);
  }
}

TEST_CASE("pagerank's ranks do not depend on servers, threads, chunks or speed") {
  PagerankOptions options = small_graph();
  MemoryWorld one(1), four(4, 3_us, true);
  Pagerank first(options);
  one.world.run(first);
  options.threads_per_server = 5;
  options.chunk_vertices = 64;
  options.barrier = PagerankBarrier::free;
  Pagerank second(options);
  four.world.run(second);
  CHECK(first.ranks() == second.ranks());
}

TEST_CASE("An R-MAT graph has its edges, and a power law") {
  PagerankOptions options = small_graph();
  options.log2_vertices = 12;
  options.degree = 16;
  const pagerank::Graph graph = pagerank::make_graph(options, RandomStream(1, "test"));
  CHECK(graph.edges() == 4096 * 16);
  CHECK(graph.first_edge.back() == graph.edges());
  CHECK(std::accumulate(graph.out_degree.begin(), graph.out_degree.end(), std::uint64_t{0}) ==
        graph.edges());
  CHECK(graph.target(0) < 4096);
  // a uniform one has 40 at most; the expected in-degree of the first vertex of an R-MAT is
  // E (a + c)^12
  const double expected = 65'536 * std::pow(0.57 + 0.19, 12);
  CHECK(static_cast<double>(graph.largest_in_degree()) == Approx(expected).epsilon(0.1));
}

TEST_CASE("By elements each edge is a read of 8 bytes, by chunks each chunk is read once") {
  PagerankOptions options = small_graph();
  options.verify = false;
  options.barrier = PagerankBarrier::free;
  MemoryWorld elements(2), chunks(2);
  options.access = PagerankAccess::elements;
  Pagerank by_elements(options);
  elements.world.run(by_elements);
  options.access = PagerankAccess::chunks;
  Pagerank by_chunks(options);
  chunks.world.run(by_chunks);
  // in an iteration: the edges of 4 threads, and the sums of 8 chunks
  CHECK(elements.engine.measured().at(OpKind::read) == 4 * (256 * 8 + 4 + 8));
  CHECK(elements.engine.measured().count(OpKind::borrow) == 0);
  const std::uint64_t borrowed = chunks.engine.measured().at(OpKind::borrow);
  CHECK(borrowed <= 4 * 4 * 8);
  CHECK(chunks.engine.measured().at(OpKind::read) == borrowed + 4 * (4 + 8));
  CHECK(chunks.engine.measured().at(OpKind::give_back) == borrowed);
}

TEST_CASE("Only vertices whose edges are divided are added to by atomics") {
  PagerankOptions options = small_graph();
  options.verify = false;
  options.barrier = PagerankBarrier::free;
  MemoryWorld m(2);
  Pagerank pagerank(options);
  m.world.run(pagerank);
  // the dangling word twice, and two vertices at most, for 4 threads and iterations
  CHECK(m.engine.measured().at(OpKind::atomic_add) > 4 * 4 * 2);
  CHECK(m.engine.measured().at(OpKind::atomic_add) <= 4 * 4 * (2 + 2));
}

TEST_CASE("pagerank finds additions that are missing") {
  PagerankOptions options = small_graph();
  options.barrier = PagerankBarrier::free;
  MemoryWorld m(2);
  m.engine.loses_additions = true;
  Pagerank pagerank(options);
  CHECK_THROWS_WITH(m.world.run(pagerank), Catch::Contains("lacks additions"));
}
