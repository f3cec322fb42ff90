// The regular networks: shapes, sizes, routes, and what is refused.

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/base/error.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {
namespace {

using namespace literals;

constexpr CableSpec kShort = {100_Gbps, 10_ns};
constexpr CableSpec kLong = {100_Gbps, 50_ns};
constexpr SwitchSpec kSwitch = {100_ns, 0};

FatTree fat_tree(unsigned radix, double oversubscription = 1) {
  return {kShort, kLong, {100_ns, radix}, oversubscription, 0, {}};
}

/// k pods and k/2 of everything else.
Clos k_ary(unsigned k) {
  return {k, k / 2, k / 2, k / 2, k / 2, kShort, kLong, kLong, {100_ns, k}, {}};
}

Dragonfly dragonfly(unsigned p, unsigned a, unsigned h) {
  return {p, a, h, kShort, kShort, kLong, kSwitch, {}};
}

Torus torus(std::vector<unsigned> dimensions) {
  return {std::move(dimensions), kShort, kShort, kSwitch, {}};
}

/// The links of a route follow each other from one server to the other, and no vertex repeats.
void check_route(const Topology& network, std::uint32_t from, std::uint32_t to,
                 std::uint64_t flow) {
  const Route route = network.route(NodeId(from), NodeId(to), flow);
  REQUIRE(!route.empty());
  CHECK(network.link(route.front()).from == VertexId(from));
  CHECK(network.link(route.back()).to == VertexId(to));
  std::set<VertexId> seen = {VertexId(from)};
  for (std::size_t i = 0; i < route.size(); ++i) {
    CHECK((i == 0 || network.link(route[i]).from == network.link(route[i - 1]).to));
    CHECK(seen.insert(network.link(route[i]).to).second);
  }
}

void check_all_routes(const Topology& network) {
  for (std::uint32_t from = 0; from < network.servers(); ++from) {
    for (std::uint32_t to = 0; to < network.servers(); ++to) {
      if (from != to) {
        check_route(network, from, to, from + to);
      }
    }
  }
}

std::size_t hops(const Topology& network, std::uint32_t from, std::uint32_t to) {
  return network.route(NodeId(from), NodeId(to), 0).size();
}

/// The longest route from server 0.
std::size_t eccentricity(const Topology& network) {
  std::size_t longest = 0;
  for (std::uint32_t to = 1; to < network.servers(); ++to) {
    longest = std::max(longest, hops(network, 0, to));
  }
  return longest;
}

/// How many different routes the flows 0..999 take.
std::size_t spread(const Topology& network, std::uint32_t from, std::uint32_t to) {
  std::set<Route> routes;
  for (std::uint64_t flow = 0; flow < 1000; ++flow) {
    routes.insert(network.route(NodeId(from), NodeId(to), flow));
  }
  return routes.size();
}

TEST_CASE("A fat tree of radix 8 holds 32 servers, two links apart in a leaf and four beyond") {
  const Topology tree = make_fat_tree(fat_tree(8), 32);
  CHECK(tree.servers() == 32);
  CHECK(tree.links().size() == 2 * (32 + 8 * 4));
  CHECK(hops(tree, 0, 3) == 2);
  CHECK(hops(tree, 0, 4) == 4);
  CHECK(tree.latency(tree.route(NodeId(0), NodeId(31), 0)) == 420_ns);
  check_all_routes(tree);
}

TEST_CASE("Oversubscription gives more ports of a leaf to servers") {
  const Topology tree = make_fat_tree(fat_tree(36, 2), 864);
  CHECK(tree.links().size() == 2 * (864 + 36 * 12));
  CHECK_THROWS_WITH(make_fat_tree(fat_tree(36, 2), 865),
                    "topology fat_tree holds 864 servers, 865 are wanted");
}

TEST_CASE("Servers can be spread thinly over the leaves of a fat tree") {
  FatTree shape = fat_tree(8);
  shape.servers_per_leaf = 1;
  CHECK(hops(make_fat_tree(shape, 8), 0, 1) == 4);
  shape.servers_per_leaf = 5;
  CHECK_THROWS_WITH(make_fat_tree(shape, 8), Catch::Contains("a leaf has 4 ports"));
}

TEST_CASE("A fat tree whose switches have no ports left for spines is refused") {
  CHECK_THROWS_WITH(make_fat_tree(fat_tree(2, 9), 2), Catch::Contains("leave none"));
}

TEST_CASE(
    "A 16-ary fat tree is 1,024 servers and 320 switches with routes of two, four, six links") {
  const Topology clos = make_clos(k_ary(16), 1024);
  CHECK(clos.links().size() == 2 * (1024 + 16 * 8 * 8 + 16 * 8 * 8));
  CHECK(hops(clos, 0, 7) == 2);
  CHECK(hops(clos, 0, 8) == 4);
  CHECK(hops(clos, 0, 64) == 6);
  CHECK(eccentricity(clos) == 6);
}

TEST_CASE("A 4-ary fat tree connects all pairs") { check_all_routes(make_clos(k_ary(4), 16)); }

TEST_CASE("Equal ways are all used, and the same flow always takes the same") {
  const Topology clos = make_clos(k_ary(8), 128);
  // Four aggregates times four cores above each.
  CHECK(spread(clos, 0, 127) == 16);
  CHECK(spread(clos, 0, 4) == 4);
  CHECK(spread(clos, 0, 1) == 1);
  const Topology again = make_clos(k_ary(8), 128);
  for (std::uint64_t flow = 0; flow < 100; ++flow) {
    CHECK(clos.route(NodeId(3), NodeId(77), flow) == again.route(NodeId(3), NodeId(77), flow));
  }
}

TEST_CASE("Flow 0 of all pairs loads the spines evenly within 40 percent") {
  const Topology tree = make_fat_tree(fat_tree(16), 128);
  std::vector<int> load(tree.links().size(), 0);
  for (std::uint32_t from = 0; from < 8; ++from) {
    for (std::uint32_t to = 8; to < 128; ++to) {
      ++load[tree.route(NodeId(from), NodeId(to), 0)[1].index()];
    }
  }
  std::erase(load, 0);
  REQUIRE(load.size() == 8);
  CHECK(*std::ranges::max_element(load) < 1.4 * 120);
  CHECK(*std::ranges::min_element(load) > 0.6 * 120);
}

TEST_CASE("A balanced dragonfly holds 1,056 servers and crosses one global cable at most") {
  const Topology network = make_dragonfly(dragonfly(4, 8, 4), 1056);
  CHECK(network.links().size() == 2 * (1056 + 33 * 28 + 33 * 32 / 2));
  for (std::uint32_t to = 1; to < 1056; to += 7) {
    const Route route = network.route(NodeId(0), NodeId(to), to);
    const auto is_global = [&](LinkId id) { return network.link(id).latency == 150_ns; };
    CHECK(std::ranges::count_if(route, is_global) == (to < 32 ? 0 : 1));
    CHECK(route.size() <= 5);
  }
}

TEST_CASE("A small dragonfly connects all pairs") {
  const Topology network = make_dragonfly(dragonfly(2, 3, 1), 24);
  check_all_routes(network);
  CHECK_THROWS_WITH(make_dragonfly(dragonfly(2, 3, 1), 25), Catch::Contains("holds 24 servers"));
}

TEST_CASE("A torus goes through its dimensions in order and the shorter way round") {
  const Topology grid = make_torus(torus({4, 4, 4}), 64);
  CHECK(grid.links().size() == 2 * (64 + 3 * 64));
  check_all_routes(grid);
  CHECK(hops(grid, 0, 1) == 3);
  CHECK(hops(grid, 0, 3) == 3);
  CHECK(hops(grid, 0, 2) == 4);
  CHECK(eccentricity(grid) == 2 + 2 + 2 + 2);
  // From (0,0,0) to (1,1,1): the routers 1 and 5 lie between.
  const Route route = grid.route(NodeId(0), NodeId(21), 0);
  REQUIRE(route.size() == 5);
  CHECK(grid.link(route[1]).to == VertexId(64 + 1));
  CHECK(grid.link(route[2]).to == VertexId(64 + 5));
  CHECK(grid.latency(route) == 450_ns);
}

TEST_CASE("A flow that has two equally short ways round a ring takes one, other flows the other") {
  const Topology ring = make_torus(torus({8}), 8);
  CHECK(spread(ring, 0, 4) == 2);
  CHECK(spread(ring, 0, 3) == 1);
}

TEST_CASE("A torus dimension of two routers has one cable") {
  const Topology grid = make_torus(torus({2, 3}), 6);
  CHECK(grid.links().size() == 2 * (6 + 3 + 6));
  check_all_routes(grid);
}

TEST_CASE("A torus may hold fewer servers than routers, not more") {
  check_all_routes(make_torus(torus({3, 3}), 5));
  CHECK_THROWS_WITH(make_torus(torus({3, 3}), 10), "topology torus holds 9 servers, 10 are wanted");
  CHECK_THROWS_WITH(make_torus(torus({65536, 65536, 65536, 65536}), 1),
                    Catch::Contains("a million"));
}

TEST_CASE("A switch with fewer ports than cables is refused") {
  CHECK_THROWS_WITH(make_single_switch({kShort, {100_ns, 4}}, 5),
                    "topology single_switch holds 4 servers, 5 are wanted");
  Dragonfly shape = dragonfly(2, 3, 1);
  shape.switches.radix = 4;
  CHECK_THROWS_WITH(make_dragonfly(shape, 24), Catch::Contains("has 4 ports but 5 cables"));
}

// Sizes were products of 32 bits, and room was made for switches before they were counted.
TEST_CASE("Absurd sizes are refused before they fill the memory") {
  const auto absurd = Catch::Contains("more than");
  CHECK_THROWS_WITH(make_fat_tree(fat_tree(65536), 2), absurd);
  CHECK_THROWS_WITH(make_dragonfly(dragonfly(1, 65536, 32768), 2), absurd);
  CHECK_THROWS_WITH(make_dragonfly(dragonfly(1, 65536, 65536), 2), absurd);
  CHECK_THROWS_WITH(make_dragonfly(dragonfly(65536, 1, 65536), 2), absurd);
  CHECK_THROWS_WITH(
      make_clos({65536, 65536, 65536, 65536, 65536, kShort, kLong, kLong, kSwitch, {}}, 2), absurd);
}

ExplicitGraph triangle() {
  ExplicitGraph graph;
  graph.servers = {"a", "b", "c"};
  graph.switches = {{"s", kSwitch}, {"t", kSwitch}};
  graph.cables = {{"a", "s", kShort}, {"b", "s", kShort}, {"s", "t", kLong}, {"c", "t", kShort}};
  return graph;
}

TEST_CASE("A network is built from its lists of servers, switches and cables") {
  const Topology network = make_graph(triangle(), 3);
  CHECK(network.server_name(NodeId(2)) == "c");
  CHECK(hops(network, 0, 1) == 2);
  CHECK(hops(network, 0, 2) == 3);
}

TEST_CASE("Servers of a list that are not wanted are left out with their cables") {
  const Topology network = make_graph(triangle(), 2);
  CHECK(network.servers() == 2);
  CHECK(network.links().size() == 6);
  CHECK_THROWS_WITH(make_graph(triangle(), 4), "topology graph holds 3 servers, 4 are wanted");
}

TEST_CASE("A cable to a node that does not exist is refused, with a suggestion") {
  ExplicitGraph graph = triangle();
  graph.switches[0].name = "switch-left";
  graph.cables[0].to = "switch-lift";
  graph.cables[1].to = "switch-left";
  graph.cables[2].from = "switch-left";
  CHECK_THROWS_WITH(make_graph(graph, 3), Catch::Contains("did you mean \"switch-left\"?"));
}

TEST_CASE("A cheaper detour is taken when weights say so") {
  ExplicitGraph graph = triangle();
  graph.switches.push_back({"u", kSwitch});
  graph.cables[2].spec.weight = 5;
  graph.cables.push_back({"s", "u", kShort});
  graph.cables.push_back({"u", "t", kShort});
  CHECK(hops(make_graph(graph, 3), 0, 2) == 4);
}

}  // namespace
}  // namespace dsmsim
