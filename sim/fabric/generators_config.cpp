// How the networks of generators.hpp look in a file.

#include "sim/fabric/generators.hpp"

namespace dsmsim {

using namespace literals;

namespace {

/// Of switches or servers. The upper bound keeps products in range.
config::Check<unsigned> count() { return config::range(1u, 65536u); }

/// The upper bound keeps the sum over every route in range, as that of weights does: a network has
/// at most 4 million links.
config::Check<Duration> hop_latency() { return config::range(0_ns, 1000_ms); }

}  // namespace

void describe(config::Fields& f, CableSpec& c) {
  f.required("rate", c.rate, "data rate of each direction",
             config::at_least(Rate::bits_per_second(1e6)));
  f.required("latency", c.latency, "propagation, and what transceivers and error correction add",
             hop_latency());
}

void describe(config::Fields& f, SwitchSpec& s) {
  f.required("latency", s.latency, "port to port, without queueing", hop_latency());
  f.optional("radix", s.radix, "number of ports; 0: as many as needed", config::range(0u, 65536u));
}

void describe(config::Fields& f, SingleSwitch& s) {
  f.nested("switch", s.switches, "the switch");
  f.nested("server_cable", s.server_cable, "cable from a server to the switch");
  f.sources(s.sources);
}

void describe(config::Fields& f, FatTree& s) {
  f.nested("switch", s.switches, "every switch; needs its radix");
  f.nested("server_cable", s.server_cable, "cable from a server to its leaf switch");
  f.nested("spine_cable", s.spine_cable, "cable from a leaf to a spine switch");
  f.optional("oversubscription", s.oversubscription,
             "ports of a leaf for servers, over ports for spines", config::positive());
  f.optional("servers_per_leaf", s.servers_per_leaf,
             "servers on a leaf before the next is used; 0: all its ports for servers");
  f.check(s.switches.radix >= 2, "switch", "a fat tree needs a radix of at least 2");
  f.sources(s.sources);
}

void describe(config::Fields& f, Clos& s) {
  f.required("pods", s.pods, "number of pods", count());
  f.required("leaves_per_pod", s.leaves_per_pod, "leaf switches in a pod", count());
  f.required("aggregates_per_pod", s.aggregates_per_pod, "aggregation switches in a pod", count());
  f.required("servers_per_leaf", s.servers_per_leaf, "servers on a leaf switch", count());
  f.required("cores_per_aggregate", s.cores_per_aggregate,
             "core switches above an aggregation switch", count());
  f.nested("switch", s.switches, "every switch");
  f.nested("server_cable", s.server_cable, "cable from a server to its leaf switch");
  f.nested("leaf_cable", s.leaf_cable, "cable from a leaf to an aggregation switch");
  f.nested("core_cable", s.core_cable, "cable from an aggregation to a core switch");
  f.sources(s.sources);
}

void describe(config::Fields& f, Dragonfly& s) {
  f.required("servers_per_router", s.servers_per_router, "p", count());
  f.required("routers_per_group", s.routers_per_group, "a", count());
  f.required("globals_per_router", s.globals_per_router, "h", count());
  f.nested("switch", s.switches, "every router");
  f.nested("server_cable", s.server_cable, "cable from a server to its router");
  f.nested("local_cable", s.local_cable, "cable between two routers of a group");
  f.nested("global_cable", s.global_cable, "cable between two groups");
  f.sources(s.sources);
}

void describe(config::Fields& f, Torus& s) {
  f.required("dimensions", s.dimensions, "routers in each dimension", config::range(2u, 65536u));
  f.nested("switch", s.switches, "every router");
  f.nested("server_cable", s.server_cable, "cable from a server to its router");
  f.nested("ring_cable", s.ring_cable, "cable between neighbouring routers");
  f.check(!s.dimensions.empty(), "dimensions", "a torus needs at least one dimension");
  f.sources(s.sources);
}

void describe(config::Fields& f, ExplicitGraph::Switch& s) {
  f.required("name", s.name, "unique among servers and switches", config::non_empty());
  describe(f, s.spec);
}

void describe(config::Fields& f, ExplicitGraph::Cable& c) {
  f.required("from", c.from, "a server or a switch");
  f.required("to", c.to, "a server or a switch");
  describe(f, c.spec);
  f.optional("weight", c.spec.weight, "a route minimises the sum of weights",
             config::range(1U, 1000U));
}

void describe(config::Fields& f, ExplicitGraph& g) {
  f.required("servers", g.servers, "their names, in the order of their numbers",
             config::non_empty());
  f.optional("switches", g.switches, "the switches");
  f.required("cables", g.cables, "full duplex: one entry for both directions");
  f.sources(g.sources);
}

}  // namespace dsmsim
