#include "workloads/pagerank/graph.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/base/stop.hpp"

namespace dsmsim::pagerank {

namespace {

struct Edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

Edge draw_edge(const PagerankOptions& options, RandomStream& random) {
  Edge edge;
  for (std::uint32_t bit = 0; bit < options.log2_vertices; ++bit) {
    const double drawn = random.uniform();
    const bool right = drawn >= options.rmat_a && drawn < options.rmat_a + options.rmat_b;
    const bool below = drawn >= options.rmat_a + options.rmat_b &&
                       drawn < options.rmat_a + options.rmat_b + options.rmat_c;
    const bool both = drawn >= options.rmat_a + options.rmat_b + options.rmat_c;
    edge.from = 2 * edge.from + (below || both ? 1 : 0);
    edge.to = 2 * edge.to + (right || both ? 1 : 0);
  }
  return edge;
}

/// New numbers for the vertices.
std::vector<std::uint32_t> renumbering(std::uint32_t vertices, RandomStream& random) {
  std::vector<std::uint32_t> numbers(vertices);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (std::uint32_t i = vertices; i > 1; --i) {
    std::swap(numbers[i - 1], numbers[random.below(i)]);
  }
  return numbers;
}

}  // namespace

std::uint32_t Graph::target(std::uint64_t edge) const {
  const auto after = std::upper_bound(first_edge.begin(), first_edge.end(), edge);
  return static_cast<std::uint32_t>(after - first_edge.begin() - 1);
}

std::uint64_t Graph::largest_in_degree() const {
  std::uint64_t largest = 0;
  for (std::size_t vertex = 0; vertex + 1 < first_edge.size(); ++vertex) {
    largest = std::max(largest, first_edge[vertex + 1] - first_edge[vertex]);
  }
  return largest;
}

Graph make_graph(const PagerankOptions& options, RandomStream random) {
  const std::vector<std::uint32_t> numbers = renumbering(options.vertices(), random);
  std::vector<Edge> edges(options.edges());
  Graph graph;
  graph.first_edge.resize(options.vertices() + std::size_t{1});
  graph.out_degree.resize(options.vertices());
  graph.source.resize(edges.size());
  StopCounter counter(1 << 16);
  for (Edge& edge : edges) {
    counter.step();
    const Edge drawn = draw_edge(options, random);
    edge = {.from = numbers[drawn.from], .to = numbers[drawn.to]};
    ++graph.first_edge[edge.to + std::size_t{1}];
    ++graph.out_degree[edge.from];
  }
  std::partial_sum(graph.first_edge.begin(), graph.first_edge.end(), graph.first_edge.begin());
  std::vector<std::uint64_t> next(graph.first_edge.begin(), graph.first_edge.end() - 1);
  for (const Edge& edge : edges) {
    graph.source[next[edge.to]++] = edge.from;
  }
  return graph;
}

}  // namespace dsmsim::pagerank
