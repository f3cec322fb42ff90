#pragma once
// The topology section of a configuration: `{"name": "fat_tree", ...}` with the fields of the
// struct of that kind (generators.hpp, platform_xml.hpp), or the name of a file in
// configs/topologies. Called by whoever builds a cluster.

#include "sim/base/config/tagged.hpp"
#include "sim/fabric/topology.hpp"

namespace dsmsim {

/// The kinds of topology, for config::Fields::tagged.
const config::Registry& topology_kinds();

/// A text that tells the section from every other one.
std::string identity(const config::Tagged& section);

/// Builds what the section describes for that many servers. Throws InputErrors.
Topology make_topology(const config::Tagged& section, std::size_t servers);

}  // namespace dsmsim
