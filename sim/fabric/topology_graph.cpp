#include "sim/fabric/topology_graph.hpp"

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/range/iterator_range.hpp>
#include <functional>

#include "sim/base/stop.hpp"
#include "sim/fabric/ecmp.hpp"
#include "sim/fabric/topology_builder.hpp"

namespace dsmsim {
namespace {

/// Edges that a route may take once it has left `root`: those out of switches.
struct ForwardedEdges {
  const Graph* graph = nullptr;
  Vertex root = 0;
  bool operator()(const Graph::edge_descriptor& edge) const {
    const Vertex from = boost::source(edge, *graph);
    return from == root || !(*graph)[from].is_server;
  }
};

auto out_edges_of(const Graph& graph, Vertex vertex) {
  return boost::make_iterator_range(boost::out_edges(vertex, graph));
}

/// True if one connected set of switches has a cable to every server: then every pair is connected.
bool one_fabric_reaches_all(const Graph& graph, const std::vector<Vertex>& servers) {
  const auto is_switch = [&graph](Vertex vertex) { return !graph[vertex].is_server; };
  const boost::filtered_graph<Graph, boost::keep_all, std::function<bool(Vertex)>> switches(
      graph, boost::keep_all{}, is_switch);
  std::vector<std::size_t> component(boost::num_vertices(graph));
  const std::size_t components = boost::strong_components(
      switches,
      boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
  std::vector<std::size_t> attached(components, 0);
  for (const Vertex server : servers) {
    std::vector<std::size_t> seen;
    for (const auto edge : out_edges_of(graph, server)) {
      const Vertex peer = boost::target(edge, graph);
      if (is_switch(peer) && std::ranges::find(seen, component[peer]) == seen.end()) {
        seen.push_back(component[peer]);
        ++attached[component[peer]];
      }
    }
  }
  return std::ranges::find(attached, servers.size()) != attached.end();
}

}  // namespace

std::vector<unsigned> distances(const Graph& graph, Vertex root) {
  const boost::filtered_graph<Graph, ForwardedEdges> forwarded(graph, ForwardedEdges{&graph, root});
  std::vector<unsigned> result(boost::num_vertices(graph));
  const auto index = boost::get(boost::vertex_index, graph);
  boost::dijkstra_shortest_paths(
      forwarded, root,
      boost::weight_map(boost::get(&GraphEdge::weight, graph))
          .distance_map(boost::make_iterator_property_map(result.begin(), index))
          .distance_inf(unreachable));
  return result;
}

std::pair<const std::string*, const std::string*> find_unconnected(
    const Graph& graph, const std::vector<Vertex>& servers) {
  if (one_fabric_reaches_all(graph, servers)) {
    return {};
  }
  // Rare: servers cabled back to back, or a mistake. Look at every pair.
  for (const Vertex from : servers) {
    stop_if_asked();
    const std::vector<unsigned> reached = distances(graph, from);
    for (const Vertex to : servers) {
      if (reached[to] == unreachable) {
        return {&graph[from].name, &graph[to].name};
      }
    }
  }
  return {};
}

ShortestPaths::ShortestPaths(std::unique_ptr<const Graph> graph, std::vector<Vertex> servers)
    : graph_(std::move(graph)),
      servers_(std::move(servers)),
      tables_(boost::num_vertices(*graph_)) {}

const std::vector<unsigned>& ShortestPaths::distances_to(Vertex root) {
  if (tables_[root].empty()) {
    stop_if_asked();
    tables_[root] = distances(*graph_, root);
  }
  return tables_[root];
}

Route ShortestPaths::route(NodeId from, NodeId to, std::uint64_t flow) {
  const Graph& graph = *graph_;
  const Vertex destination = servers_[to.index()];
  // All servers that hang on one switch with one cable share its table; the cable comes last.
  const Graph::edge_descriptor cable = *boost::out_edges(destination, graph).first;
  const Vertex peer = boost::target(cable, graph);
  const bool hangs_on_switch = boost::out_degree(destination, graph) == 1 && !graph[peer].is_server;
  const Vertex root = hangs_on_switch ? peer : destination;
  const std::vector<unsigned>& distance = distances_to(root);
  const std::uint64_t key = flow_key(from, to, flow);

  Route route;
  std::vector<Graph::edge_descriptor> choices;
  for (Vertex here = servers_[from.index()]; here != root;) {
    choices.clear();
    for (const auto edge : out_edges_of(graph, here)) {
      const Vertex next = boost::target(edge, graph);
      const bool may_enter = next == root || !graph[next].is_server;
      if (may_enter && distance[next] + graph[edge].weight == distance[here]) {
        choices.push_back(edge);
      }
    }
    const auto& chosen = choices[ecmp_choice(key, here, choices.size())];
    route.push_back(graph[chosen].link);
    here = boost::target(chosen, graph);
  }
  if (hangs_on_switch) {
    route.push_back(TopologyBuilder::reverse(graph[cable].link));
  }
  return route;
}

}  // namespace dsmsim
