#include "sim/fabric/topology_builder.hpp"

#include <set>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/fabric/topology_graph.hpp"

namespace dsmsim {

struct TopologyBuilder::Parts {
  std::string name;
  std::unique_ptr<Graph> owned_graph = std::make_unique<Graph>();
  Graph& graph = *owned_graph;  // copying or moving a Boost graph copies all of it
  std::vector<Vertex> servers;
  std::vector<Link> links;
  std::vector<std::string> errors;

  void complain(const std::string& what) { errors.push_back(name + ": " + what); }
  void check_names();
  void check_links();
  void check_ports();
  void check_connected();
};

TopologyBuilder::TopologyBuilder(std::string name) : parts_(std::make_unique<Parts>()) {
  parts_->name = std::move(name);
}

TopologyBuilder::~TopologyBuilder() = default;

void TopologyBuilder::refuse_absurd_size() const {
  constexpr std::size_t period = 4096;
  if (parts_->links.size() % period == 0) {
    stop_if_asked();
  }
  constexpr std::size_t most = 4 << 20;
  if (boost::num_vertices(parts_->graph) > most || parts_->links.size() > most) {
    throw InputErrors({parts_->name + ": more than 4 million nodes or links"});
  }
}

VertexId TopologyBuilder::add_server(std::string name) {
  const Vertex vertex = boost::add_vertex({std::move(name), true, Duration(), 0}, parts_->graph);
  parts_->servers.push_back(vertex);
  return VertexId(static_cast<std::uint32_t>(vertex));
}

VertexId TopologyBuilder::add_switch(std::string name, SwitchSpec spec) {
  const Vertex vertex =
      boost::add_vertex({std::move(name), false, spec.latency, spec.radix}, parts_->graph);
  refuse_absurd_size();
  return VertexId(static_cast<std::uint32_t>(vertex));
}

LinkId TopologyBuilder::add_cable(VertexId a, VertexId b, CableSpec spec) {
  Graph& graph = parts_->graph;
  std::vector<Link>& links = parts_->links;
  const auto add_direction = [&](VertexId from, VertexId to) {
    const LinkId id(static_cast<std::uint32_t>(links.size()));
    const bool at_server = graph[from.index()].is_server || graph[to.index()].is_server;
    links.push_back(
        {from, to, spec.rate, spec.latency + graph[to.index()].latency, true, at_server});
    boost::add_edge(from.index(), to.index(), {id, spec.weight}, graph);
    return id;
  };
  const LinkId forth = add_direction(a, b);
  add_direction(b, a);
  refuse_absurd_size();
  return forth;
}

void TopologyBuilder::Parts::check_names() {
  std::set<std::string> names;
  for (Vertex vertex = 0; vertex < boost::num_vertices(graph); ++vertex) {
    if (!names.insert(graph[vertex].name).second) {
      complain("two nodes are called \"" + graph[vertex].name + "\"");
    }
  }
}

void TopologyBuilder::Parts::check_links() {
  for (std::size_t i = 0; i < links.size(); i += 2) {
    const Link& link = links[i];
    const GraphVertex& a = graph[link.from.index()];
    const GraphVertex& b = graph[link.to.index()];
    const std::string where = "the cable from \"" + a.name + "\" to \"" + b.name + "\"";
    if (link.from == link.to) {
      complain(where + " joins a node with itself");
    }
    if (!(link.rate.bps() > 0)) {
      complain(where + " has rate " + to_string(link.rate) + "; a rate must be positive");
    }
    const Duration cable = link.latency - b.latency;
    if (cable < Duration()) {
      complain(where + " has the negative latency " + to_string(cable));
    }
  }
}

void TopologyBuilder::Parts::check_ports() {
  for (Vertex vertex = 0; vertex < boost::num_vertices(graph); ++vertex) {
    const GraphVertex& node = graph[vertex];
    const std::size_t cables = boost::out_degree(vertex, graph);
    if (node.latency < Duration()) {
      complain("switch \"" + node.name + "\" has the negative latency " + to_string(node.latency));
    }
    if (node.radix != 0 && cables > node.radix) {
      complain("switch \"" + node.name + "\" has " + std::to_string(node.radix) + " ports but " +
               std::to_string(cables) + " cables");
    }
  }
}

void TopologyBuilder::Parts::check_connected() {
  const auto [from, to] = find_unconnected(graph, servers);
  if (from != nullptr) {
    complain("there is no way from server \"" + *from + "\" to server \"" + *to +
             "\" (servers do not forward)");
  }
}

Topology TopologyBuilder::build(std::unique_ptr<Routing> routing) && {
  Parts& parts = *parts_;
  if (parts.servers.empty()) {
    parts.complain("a network needs at least one server");
  }
  parts.check_names();
  parts.check_links();
  parts.check_ports();
  parts.check_connected();
  if (!parts.errors.empty()) {
    throw InputErrors(std::move(parts.errors));
  }
  std::vector<std::string> names;
  names.reserve(parts.servers.size());
  for (const Vertex server : parts.servers) {
    names.push_back(parts.graph[server].name);
  }
  std::vector<std::string> all;
  for (Vertex vertex = 0; vertex < boost::num_vertices(parts.graph); ++vertex) {
    all.push_back(parts.graph[vertex].name);
  }
  if (routing == nullptr) {
    routing =
        std::make_unique<ShortestPaths>(std::move(parts.owned_graph), std::move(parts.servers));
  }
  return Topology(std::move(names), std::move(parts.links), std::move(routing), std::move(all));
}

}  // namespace dsmsim
