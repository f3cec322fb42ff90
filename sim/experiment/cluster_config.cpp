#include "sim/experiment/cluster_config.hpp"

#include "sim/base/error.hpp"

namespace dsmsim {

config::Names<WireModel> config_names(WireModel) {
  return {
      {"automatic", WireModel::automatic}, {"queue", WireModel::queue}, {"flow", WireModel::flow}};
}

namespace {

/// A network that cannot be built for so many servers is a mistake of the file.
void check_topology(config::Fields& f, const ClusterConfig& c) {
  try {
    make_topology(c.topology, c.servers);
  } catch (const InputErrors& errors) {
    for (const std::string& line : errors.lines()) {
      f.check(false, "topology", line);
    }
  }
}

}  // namespace

void describe(config::Fields& f, ClusterConfig& c) {
  constexpr std::uint32_t kMostServers = 65536;
  f.sources(c.sources);
  f.required("servers", c.servers, "how many", config::range(1U, kMostServers));
  f.tagged("topology", c.topology, topology_kinds(), "the network between them");
  if (f.checking() && c.servers > 1) {
    check_topology(f, c);
  }
  f.nested("server", c.server, "what each server is made of");
  f.reference("nic", c.nic, "nics", "the NIC of each server");
  f.optional("wire", c.fabric.wire,
             "queue: packets wait in ports; flow: fluid flows share links; automatic: by size");
  f.optional("flow_above", c.fabric.flow_above, "automatic: larger messages are flows");
  f.optional("queue_pairs", c.fabric.lanes, "queue pairs between two servers",
             config::range(1U, 1024U));
}

}  // namespace dsmsim
