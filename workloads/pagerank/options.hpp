#pragma once
// The parameters of PageRank over a generated power-law graph (pagerank.hpp).

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// How a thread gets at the contributions of the vertices that its edges come from.
enum class PagerankAccess : unsigned char { chunks, elements };
constexpr auto config_values(PagerankAccess) {
  using enum PagerankAccess;
  return std::to_array<config::Value<PagerankAccess>>({
      {chunks, "chunks",
       "it borrows and reads every chunk that it needs once in an iteration, as a whole"},
      {elements, "elements", "it reads the 8 bytes of an edge's vertex for each edge"},
  });
}

/// What keeps the halves of an iteration apart.
enum class PagerankBarrier : unsigned char { program, free };
constexpr auto config_values(PagerankBarrier) {
  using enum PagerankBarrier;
  return std::to_array<config::Value<PagerankBarrier>>({
      {program, "program", "a barrier of the program's own, on a word in shared memory"},
      {free, "free", "one that costs nothing and sends nothing"},
  });
}

struct PagerankOptions {
  config::Sources sources;
  std::uint32_t log2_vertices = 14;
  std::uint32_t degree = 16;  ///< edges a vertex, on average
  double rmat_a = 0.57;
  double rmat_b = 0.19;
  double rmat_c = 0.19;
  std::uint32_t iterations = 5;
  double damping = 0.85;
  std::uint32_t threads_per_server = 4;
  std::uint32_t chunk_vertices = 1024;
  PagerankAccess access = PagerankAccess::chunks;
  PagerankBarrier barrier = PagerankBarrier::program;
  Duration compute_edge = Duration::picoseconds(5'000);
  Duration compute_vertex = Duration::picoseconds(5'000);
  bool verify = false;

  std::uint32_t vertices() const { return std::uint32_t{1} << log2_vertices; }
  std::uint64_t edges() const { return std::uint64_t{vertices()} * degree; }
};
void describe(config::Fields& fields, PagerankOptions& options);

}  // namespace dsmsim
