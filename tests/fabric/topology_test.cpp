// A single switch, and what every network promises: routes, latencies, checks.

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {
namespace {

using namespace literals;

Topology cx3_rack(std::size_t servers) {
  return make_single_switch({{32_Gbps, 10_ns}, {170_ns, 36}}, servers);
}

TEST_CASE("The net latency of one switch is two cables and one port-to-port latency") {
  const Topology rack = cx3_rack(8);
  REQUIRE(rack.servers() == 8);
  const Route route = rack.route(NodeId(2), NodeId(5), 0);
  REQUIRE(route.size() == 2);
  CHECK(rack.latency(route) == 190_ns);
  CHECK(rack.link(route[0]).latency == 180_ns);
  CHECK(rack.link(route[1]).latency == 10_ns);
  CHECK(rack.bottleneck(route) == 32_Gbps);
}

TEST_CASE("The two directions of a cable are different links") {
  const Topology rack = cx3_rack(2);
  const Route forth = rack.route(NodeId(0), NodeId(1), 0);
  const Route back = rack.route(NodeId(1), NodeId(0), 0);
  CHECK(forth[0] != back[1]);
  CHECK(rack.link(forth[0]).from == rack.link(back[1]).to);
}

TEST_CASE("A server reaches itself without a link") {
  CHECK(cx3_rack(1).route(NodeId(0), NodeId(0), 7).empty());
}

TEST_CASE("Every mistake in a network is reported at once") {
  TopologyBuilder builder("topology bad");
  const VertexId a = builder.add_server("a");
  const VertexId b = builder.add_server("a");
  builder.add_server("lonely");
  const VertexId hub = builder.add_switch("hub", {-(1_ns), 1});
  builder.add_cable(a, hub, {Rate(), 1_ns});
  builder.add_cable(b, hub, {1_Gbps, -(3_ns)});
  try {
    std::move(builder).build();
    FAIL("built");
  } catch (const InputErrors& errors) {
    REQUIRE(errors.lines().size() == 6);
    CHECK(errors.lines()[0] == "topology bad: two nodes are called \"a\"");
    CHECK(errors.lines()[1].find("a rate must be positive") != std::string::npos);
    CHECK(errors.lines()[2].find("negative latency") != std::string::npos);
    CHECK(errors.lines()[3].find("negative latency") != std::string::npos);
    CHECK(errors.lines()[4].find("has 1 ports but 2 cables") != std::string::npos);
    CHECK(errors.lines()[5].find("no way from server") != std::string::npos);
  }
}

TEST_CASE("A network without servers is refused") {
  CHECK_THROWS_WITH(cx3_rack(0), Catch::Contains("at least one server"));
}

TEST_CASE("Two servers may be cabled back to back") {
  TopologyBuilder builder("pair");
  const VertexId a = builder.add_server("a");
  builder.add_cable(a, builder.add_server("b"), {400_Gbps, 15_ns});
  const Topology pair = std::move(builder).build();
  const Route route = pair.route(NodeId(0), NodeId(1), 0);
  REQUIRE(route.size() == 1);
  CHECK(pair.latency(route) == 15_ns);
}

TEST_CASE("Servers do not forward, so a chain of three servers is disconnected") {
  TopologyBuilder builder("chain");
  const VertexId a = builder.add_server("a");
  const VertexId b = builder.add_server("b");
  const VertexId c = builder.add_server("c");
  builder.add_cable(a, b, {1_Gbps, 1_ns});
  builder.add_cable(b, c, {1_Gbps, 1_ns});
  CHECK_THROWS_WITH(std::move(builder).build(),
                    Catch::Contains("from server \"a\" to server \"c\""));
}

}  // namespace
}  // namespace dsmsim
