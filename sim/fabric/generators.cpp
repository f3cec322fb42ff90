#include "sim/fabric/generators.hpp"

#include <string>

namespace dsmsim {

Topology make_single_switch(const SingleSwitch& shape, std::size_t servers) {
  TopologyBuilder builder("single_switch");
  std::vector<VertexId> ends;
  for (std::size_t i = 0; i < servers; ++i) {
    ends.push_back(builder.add_server("server" + std::to_string(i)));
  }
  const VertexId hub = builder.add_switch("switch", shape.switches);
  for (const VertexId end : ends) {
    builder.add_cable(end, hub, shape.server_cable);
  }
  return std::move(builder).build();
}

}  // namespace dsmsim
