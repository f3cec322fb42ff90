#pragma once
// Puts a network together from servers, switches and cables, checks it, and hands out a Topology.
// Used by the generators and for explicit node and cable lists. The network is a Boost.Graph
// inside; build() reports every mistake at once: no server, a name used twice, a zero rate, a
// negative latency, more cables than a switch has ports, two servers with no way between them.
// Servers do not forward: only switches lie inside a route.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/fabric/topology.hpp"

namespace dsmsim {

struct SwitchSpec {
  Duration latency;    ///< head in at one port to head out at another, no queueing
  unsigned radix = 0;  ///< number of ports; 0 = as many as needed
};

struct CableSpec {
  Rate rate;            ///< data rate of each direction
  Duration latency;     ///< propagation, and what the cable's transceivers add
  unsigned weight = 1;  ///< a route minimises the sum of weights
};

class TopologyBuilder {
 public:
  /// `name` stands before every complaint, e.g. "topology ft2-hdr".
  explicit TopologyBuilder(std::string name);
  ~TopologyBuilder();
  TopologyBuilder(const TopologyBuilder&) = delete;
  TopologyBuilder& operator=(const TopologyBuilder&) = delete;

  /// Servers get the NodeIds 0, 1, 2, ... in the order of these calls.
  VertexId add_server(std::string name);
  VertexId add_switch(std::string name, SwitchSpec spec);
  /// Two links: the one returned leads from a to b, its reverse() from b to a.
  LinkId add_cable(VertexId a, VertexId b, CableSpec spec);
  /// The other direction of a cable.
  static LinkId reverse(LinkId link) { return LinkId(link.value() ^ 1U); }

  /// Throws InputErrors. Shortest routes by weight, equal ones chosen by hash, unless `routing`
  /// says otherwise.
  Topology build(std::unique_ptr<Routing> routing = nullptr) &&;

 private:
  void refuse_absurd_size() const;

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dsmsim
