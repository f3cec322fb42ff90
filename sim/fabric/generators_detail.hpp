#pragma once
// What the generators share; for generators*.cpp only.

#include <string>
#include <vector>

#include "sim/fabric/topology_builder.hpp"

namespace dsmsim {

/// server0, server1, ...
std::vector<VertexId> add_servers(TopologyBuilder& builder, std::size_t count);
/// prefix0, prefix1, ...
std::vector<VertexId> add_switches(TopologyBuilder& builder, const std::string& prefix,
                                   std::size_t count, const SwitchSpec& spec);
/// Cables the first `servers_per_leaf` servers to the first leaf, the next to the second, ...
void attach_in_order(TopologyBuilder& builder, const std::vector<VertexId>& servers,
                     const std::vector<VertexId>& leaves, std::size_t servers_per_leaf,
                     const CableSpec& cable);
/// Throws InputErrors for a network that is larger than a TopologyBuilder takes, before any of it
/// is made. Sizes of at most 2^16 each may be multiplied in threes.
void must_be_buildable(const std::string& kind, std::size_t switches, std::size_t cables);
/// Throws InputErrors when more servers are wanted than the network holds.
void must_hold(const std::string& kind, std::size_t capacity, std::size_t servers);

}  // namespace dsmsim
