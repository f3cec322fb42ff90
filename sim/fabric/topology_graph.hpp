#pragma once
// The Boost.Graph behind a Topology and the two searches on it. Internal to topology_*.cpp: the
// header is kept from the rest of the simulator because Boost.Graph is slow to compile.

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/fabric/topology.hpp"

namespace dsmsim {

struct GraphVertex {
  std::string name;
  bool is_server = false;
  Duration latency;    ///< switches: port to port
  unsigned radix = 0;  ///< switches: number of ports, 0 = unlimited
};

struct GraphEdge {
  LinkId link;
  unsigned weight = 1;
};

/// One edge per directed link; the edges of a cable come in pairs with equal weights.
using Graph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, GraphVertex, GraphEdge>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;

constexpr unsigned unreachable = ~0u;

/// The weight of the shortest way from `root` to every vertex that passes through switches only;
/// `unreachable` if there is none. As cables go both ways with one weight, also the distance back.
std::vector<unsigned> distances(const Graph& graph, Vertex root);

/// Two servers with no way between them, or nothing if every pair is connected.
std::pair<const std::string*, const std::string*> find_unconnected(
    const Graph& graph, const std::vector<Vertex>& servers);

/// Shortest routes with a hash choosing among the equal next hops of every switch. Memory: one
/// table of distances per destination asked for, shared by the servers that hang on one switch with
/// one cable.
class ShortestPaths : public Routing {
 public:
  ShortestPaths(std::unique_ptr<const Graph> graph, std::vector<Vertex> servers);
  Route route(NodeId from, NodeId to, std::uint64_t flow) override;

 private:
  const std::vector<unsigned>& distances_to(Vertex root);

  std::unique_ptr<const Graph> graph_;
  std::vector<Vertex> servers_;
  std::vector<std::vector<unsigned>> tables_;  ///< by root vertex, filled on demand
};

}  // namespace dsmsim
