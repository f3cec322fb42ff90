#pragma once
// PageRank over a generated power-law graph, as programs on Grappa compute it (Nelson et al.,
// USENIX ATC'15, section 4: PageRank through the GraphLab interface), for every engine.
//
// Edges are divided evenly over the threads, in the order of the vertices that they go to. In the
// first half of an iteration a thread adds up the contributions (rank / out-degree) of the vertices
// that its edges come from, and adds each vertex's sum to that vertex's word by an atomic; in the
// second half whoever has a chunk of vertices makes ranks and contributions of the sums. A barrier
// is between the halves.
//
//   edges         one object a thread, read as a whole in each iteration
//   contribution  8 bytes a vertex, chunk by chunk; written by one thread, read by all
//   sum           8 bytes a vertex, chunk by chunk, beside its contributions; threads write parts
//   of
//                 a chunk at the same time, so it is what a language with owners calls unsafe
//   dangling      one word: what vertices without edges would pass on
//
// Ranks are numbers of 2^-60, so that sums do not depend on the order of the additions. Their
// values are kept beside the simulated memory, but for the dangling word's.

#include <optional>
#include <vector>

#include "sim/dsm/library/barrier.hpp"
#include "workloads/generators/drivers.hpp"
#include "workloads/pagerank/graph.hpp"
#include "workloads/pagerank/options.hpp"

namespace dsmsim {

class Pagerank final : public Program {
 public:
  static constexpr std::uint64_t kOne = std::uint64_t{1} << 60;

  explicit Pagerank(PagerankOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return planned_; }
  void report(CounterReport& numbers) const override;

  /// By vertex, in parts of kOne; for tests.
  const std::vector<std::uint64_t>& ranks() const { return ranks_; }
  const pagerank::Graph& graph() const { return graph_; }

 private:
  /// What one thread does in each iteration.
  struct Share {
    std::uint64_t first_edge = 0;
    std::uint64_t end_edge = 0;
    ObjectId edges;
    std::vector<std::uint32_t> needed;   ///< chunks of contributions, of the first half
    std::vector<std::uint32_t> applied;  ///< chunks that are its own, of the second half
    std::vector<Borrow> held;
    std::uint64_t dangling_before = 0;  ///< what the word held when the iteration began
  };
  /// Vertices all of whose edges a thread has, and those without edges between them.
  struct Whole {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    void add(std::uint32_t vertex) {
      first = end == 0 ? vertex : first;
      end = vertex + 1;
    }
  };
  void divide(std::size_t servers);
  std::size_t server_of_thread(std::size_t thread) const {
    return thread / options_.threads_per_server;
  }
  Task<> allocate(Thread& thread);
  Task<> allocate_edges(Thread& thread);
  Task<> drive(Thread& thread, std::size_t index, StartLine& start);
  Task<> set_up(Thread& thread, Share& share);
  Task<> iterate(Thread& thread, Share& share);
  Task<> gather(Thread& thread, Share& share);
  Task<> borrow_chunks(Thread& thread, Share& share);
  Task<> give_chunks_back(Thread& thread, Share& share);
  Task<std::uint64_t> gather_vertex(Thread& thread, std::uint64_t from, std::uint64_t to);
  Task<> write_sums(Thread& thread, Whole whole);
  Task<> apply(Thread& thread, Share& share, std::uint64_t dangling);
  std::uint64_t contribute(std::uint32_t vertex);
  std::uint64_t apply_chunk(std::uint32_t chunk, std::uint64_t dangling);
  Task<> wait_for_all(Thread& thread);
  Task<> verify(Thread& thread);
  std::uint32_t chunks() const { return (options_.vertices() - 1) / options_.chunk_vertices + 1; }
  Bytes chunk_size() const { return Bytes(8) * options_.chunk_vertices; }
  Bytes place_in_chunk(std::uint32_t vertex) const {
    return Bytes(8) * (vertex % options_.chunk_vertices);
  }

  PagerankOptions options_;
  pagerank::Graph graph_;
  std::vector<Share> shares_;
  std::vector<std::uint32_t> chunk_server_;
  ObjectList contribution_chunks_;
  ObjectList sum_chunks_;
  ObjectId dangling_;
  std::optional<library::Barrier> barrier_;
  std::optional<Barrier> free_barrier_;
  std::vector<std::uint64_t> ranks_;
  std::vector<std::uint64_t> contributions_;
  std::vector<std::uint64_t> sums_;
  std::vector<std::uint64_t> added_;  ///< to each word by atomics, in all iterations
  KindId iteration_kind_;
  std::optional<std::uint64_t> planned_;
  std::uint64_t edges_done_ = 0;
  Time started_;
  Time ended_;
};

}  // namespace dsmsim
