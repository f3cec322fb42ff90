#include "sim/time/wait_for_graph.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <map>
#include <memory>

namespace dsmsim {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;

/// Remembers the depth-first path and keeps the first cycle that a back edge closes.
class FindCycle : public boost::default_dfs_visitor {
 public:
  explicit FindCycle(std::vector<Vertex>& cycle) : cycle_(cycle) {}
  void discover_vertex(Vertex v, const Graph&) { path_->push_back(v); }
  void finish_vertex(Vertex, const Graph&) { path_->pop_back(); }
  void back_edge(Graph::edge_descriptor edge, const Graph& graph) {
    if (cycle_.empty()) {
      const auto start = std::find(path_->begin(), path_->end(), boost::target(edge, graph));
      cycle_.assign(start, path_->end());
    }
  }

 private:
  std::vector<Vertex>& cycle_;
  std::shared_ptr<std::vector<Vertex>> path_ = std::make_shared<std::vector<Vertex>>();
};

}  // namespace

std::string thread_name(ThreadId thread, NodeId server) {
  return "thread " + std::to_string(thread.value()) + " on server " +
         std::to_string(server.value());
}

std::string object_name(ObjectId object) { return "object " + std::to_string(object.value()); }

void WaitForGraph::waits(const std::string& waiter, const std::string& resource) {
  waits_.emplace_back(waiter, resource);
}

void WaitForGraph::held(const std::string& resource, const std::string& holder) {
  holds_.emplace_back(resource, holder);
}

std::vector<std::string> WaitForGraph::cycle() const {
  std::map<std::string, Vertex> vertices;
  std::vector<std::string> names;
  Graph graph;
  const auto vertex = [&](const std::string& name) {
    const auto [at, fresh] = vertices.try_emplace(name, names.size());
    if (fresh) {
      names.push_back(name);
      boost::add_vertex(graph);
    }
    return at->second;
  };
  for (const auto* edges : {&waits_, &holds_}) {
    for (const auto& [from, to] : *edges) {
      const Vertex source = vertex(from);
      boost::add_edge(source, vertex(to), graph);
    }
  }
  std::vector<Vertex> found;
  boost::depth_first_search(graph, boost::visitor(FindCycle(found)));
  std::vector<std::string> along;
  for (const Vertex v : found) {
    along.push_back(names[v]);
  }
  return along;
}

bool WaitForGraph::has_cycle() const { return !cycle().empty(); }

std::string WaitForGraph::report() const {
  std::string text;
  const std::vector<std::string> along = cycle();
  if (!along.empty()) {
    text = "cycle: ";
    for (const std::string& name : along) {
      text += name + " -> ";
    }
    text += along.front() + "\n";
  }
  for (const auto& [waiter, resource] : waits_) {
    text += waiter + " waits for " + resource + "\n";
  }
  for (const auto& [resource, holder] : holds_) {
    text += resource + " is held by " + holder + "\n";
  }
  return text;
}

}  // namespace dsmsim
