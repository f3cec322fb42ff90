#include "sim/experiment/cluster_config.hpp"

#include <fmt/format.h>

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

/// A network, or why there is none.
struct Attempt {
  std::shared_ptr<const Topology> network;
  std::vector<std::string> errors;
};

Attempt try_to_make(const ClusterConfig& c) {
  try {
    return {std::make_shared<const Topology>(make_topology(c.topology, c.servers)), {}};
  } catch (const InputErrors& errors) {
    return {nullptr, errors.lines()};
  }
}

/// A network that cannot be built for so many servers is a mistake of the file.
void make_network(config::Fields& f, ClusterConfig& c) {
  std::map<std::string, std::any> none;
  std::map<std::string, std::any>* const memory = f.memory();
  std::any& kept =
      (memory != nullptr
           ? *memory
           : none)[fmt::format("{} servers, topology {}", c.servers, identity(c.topology))];
  if (!kept.has_value()) {
    kept = try_to_make(c);
  }
  const auto& attempt = std::any_cast<const Attempt&>(kept);
  for (const std::string& line : attempt.errors) {
    f.check(false, "topology", line);
  }
  c.network = attempt.network;
}

void check_cores(config::Fields& f, const ClusterConfig& c) {
  const std::uint32_t said = c.network ? c.network->server_cores() : 0;
  f.check(said == 0 || said == c.server.cores, "topology",
          fmt::format("its hosts have {} cores, and cluster.server.cores is {}: say the same, or "
                      "\"ignore_cpus\": true with the platform",
                      said, c.server.cores));
}

}  // namespace

void describe(config::Fields& f, ClusterConfig& c) {
  constexpr std::uint32_t kMostServers = 65536;
  f.sources(c.sources);
  f.required("servers", c.servers, "how many", config::range(1U, kMostServers));
  f.tagged("topology", c.topology, topology_kinds(), "the network between them");
  if (f.checking() && c.servers > 1) {
    make_network(f, c);
  }
  f.nested("server", c.server, "what each server is made of");
  check_cores(f, c);
  f.reference("nic", c.nic, "nics", "the NIC of each server");
  f.optional("wire", c.fabric.wire, "wire model");
  f.optional("flow_above", c.fabric.flow_above, "automatic: larger messages are flows");
  f.optional("queue_pairs", c.fabric.lanes, "queue pairs between two servers",
             config::range(1U, 1024U));
}

}  // namespace dsmsim
