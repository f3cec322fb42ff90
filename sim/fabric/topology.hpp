#pragma once
// The network between the servers: directed links and the routes over them. Built once per
// simulation by a generator (generators.hpp), from an explicit list of nodes and cables
// (TopologyBuilder) or from a SimGrid platform file (platform_xml.hpp); read by the NIC pipeline
// and by both wire models. Knows nothing of messages or of time.
//
// A cable is full duplex: two directed links that never disturb each other, each one an output
// port. The latency of a link holds the cable and the port-to-port latency of the switch at its
// arrival end, so a head that leaves at t is at the next output port (or in the server) at t +
// latency, and the sum over a route is the net latency N of the closed forms. Every mistake in a
// network is reported as InputErrors, all of them at once.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

using LinkId = Id<struct LinkTag, std::uint32_t>;  ///< one direction of a cable = one output port
using VertexId = Id<struct VertexTag, std::uint32_t>;  ///< a server or a switch

struct Link {
  VertexId from;  ///< invalid, like `to`, when the network was imported and names no end points
  VertexId to;
  Rate rate;
  Duration latency;
  /// False for a link that gives its full rate to every message however many cross it (SimGrid's
  /// FATPIPE).
  bool shared = true;
  /// One end is the NIC of a server: what the NIC can do limits the link too.
  bool at_server = false;
};

using Route = std::vector<LinkId>;

/// How a network finds its way. Called for distinct servers only; may compute lazily.
class Routing {
 public:
  virtual ~Routing() = default;
  virtual Route route(NodeId from, NodeId to, std::uint64_t flow) = 0;
};

class Topology {
 public:
  /// `names` are those of the vertices that links lead from and to; of the links, if they say
  /// nothing of vertices.
  Topology(std::vector<std::string> servers, std::vector<Link> links,
           std::unique_ptr<Routing> routing, std::vector<std::string> names);
  Topology(Topology&&) noexcept = default;
  Topology& operator=(Topology&&) noexcept = default;

  std::size_t servers() const { return server_names_.size(); }
  const std::string& server_name(NodeId server) const { return server_names_[server.index()]; }
  /// What the network's description says of the servers' cores; 0: nothing.
  std::uint32_t server_cores() const { return server_cores_; }
  void set_server_cores(std::uint32_t cores) { server_cores_ = cores; }
  /// "server0-switch": the names of its two ends, or what the imported network calls it.
  std::vector<std::string> cable_names() const;
  /// Both directions of that cable, and of others between the same ends; either end may come first.
  /// Empty if there is none.
  std::vector<LinkId> find_cable(const std::string& name) const;
  std::span<const Link> links() const { return links_; }
  const Link& link(LinkId id) const { return links_[id.index()]; }

  /// The links from one server to another in order; empty when they are the same (loopback). Among
  /// equally short ways every switch chooses by a hash of (flow, from, to): the same arguments
  /// always give the same route. The first call for a destination searches the graph, so callers
  /// keep the route of a queue pair.
  Route route(NodeId from, NodeId to, std::uint64_t flow) const;

  /// Sum of the link latencies: N, the time a head needs from the first port to the destination
  /// when nothing queues.
  Duration latency(std::span<const LinkId> route) const;
  /// The slowest link of the route. The route must not be empty.
  Rate bottleneck(std::span<const LinkId> route) const;

 private:
  std::string cable_name(std::size_t link) const;
  std::vector<std::string> server_names_;
  std::vector<Link> links_;
  std::unique_ptr<Routing> routing_;
  std::vector<std::string> names_;
  std::uint32_t server_cores_ = 0;
};

}  // namespace dsmsim
