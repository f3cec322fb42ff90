#pragma once
// A power-law graph: the recursive matrix of Chakrabarti, Zhan and Faloutsos (R-MAT, SDM 2004),
// with vertices renumbered at random, as Graph500's generator makes it. Edges may occur twice.

#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/pagerank/options.hpp"

namespace dsmsim::pagerank {

/// By the vertex that edges go to.
struct Graph {
  std::vector<std::uint64_t> first_edge;  ///< of each vertex, and the end of all
  std::vector<std::uint32_t> source;      ///< of each edge
  std::vector<std::uint32_t> out_degree;  ///< of each vertex

  std::uint64_t edges() const { return source.size(); }
  std::uint32_t vertices() const { return static_cast<std::uint32_t>(out_degree.size()); }
  /// The vertex that an edge goes to.
  std::uint32_t target(std::uint64_t edge) const;
  std::uint64_t largest_in_degree() const;
};

Graph make_graph(const PagerankOptions& options, RandomStream random);

}  // namespace dsmsim::pagerank
