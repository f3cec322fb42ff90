// Topologies as files: every shipped one is read and built, mistakes are located.

#include "sim/fabric/topology_config.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

struct NetworkSection {
  config::Tagged topology;
};
void describe(config::Fields& fields, NetworkSection& section) {
  fields.tagged("topology", section.topology, topology_kinds(), "the network");
}

namespace {

const std::string kConfigs = std::string(DSMSIM_SOURCE_DIR) + "/configs";

config::Tagged read_topology(const std::string& value) {
  config::Document document =
      config::parse("{\"topology\": " + value + "}", "test.json", {}, {kConfigs});
  return config::read<NetworkSection>(document).topology;
}

Topology shipped(const std::string& name, std::size_t servers) {
  return make_topology(read_topology("\"" + name + "\""), servers);
}

Duration net_latency(const Topology& network) {
  return network.latency(network.route(NodeId(0), NodeId(1), 0));
}

TEST_CASE("Every shipped topology holds the servers that it promises") {
  const std::map<std::string, std::size_t> sizes = {{"drust8", 8},
                                                    {"single-cx3-ib40", 64},
                                                    {"single-cx5-ib100", 64},
                                                    {"single-cx5-roce100", 64},
                                                    {"single-cx6-ib200", 64},
                                                    {"single-cx7-ib400", 64},
                                                    {"pair", 2},
                                                    {"ft2-hdr", 800},
                                                    {"ft2-edr-2to1", 864},
                                                    {"clos3-100g", 320},
                                                    {"clos1024", 1024},
                                                    {"dragonfly1056", 1056},
                                                    {"torus4x4x4", 64},
                                                    {"torus8x8", 64},
                                                    {"two-racks", 8}};
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kConfigs + "/topologies")) {
    if (entry.path().extension() == ".json") {
      INFO(entry.path());
      REQUIRE(sizes.count(entry.path().stem()) == 1);
      const std::size_t servers = sizes.at(entry.path().stem());
      const Topology network = shipped(entry.path().stem(), servers);
      CHECK(network.servers() == servers);
      const auto last = static_cast<std::uint32_t>(servers - 1);
      CHECK(!network.route(NodeId(0), NodeId(last), 1).empty());
      ++files;
    }
  }
  CHECK(files == sizes.size());
}

TEST_CASE("Single switches have the net latency to which their NIC profile is fitted") {
  CHECK(net_latency(shipped("drust8", 8)).ns() == 190);
  CHECK(net_latency(shipped("single-cx3-ib40", 2)).ns() == 190);
  CHECK(net_latency(shipped("single-cx5-ib100", 2)).ns() == 110);
  CHECK(net_latency(shipped("single-cx5-roce100", 2)).ns() == 220);
  CHECK(net_latency(shipped("single-cx6-ib200", 2)).ns() == 150);
  CHECK(net_latency(shipped("single-cx7-ib400", 2)).ns() == 15);
  CHECK(net_latency(shipped("pair", 2)).ns() == 15);
}

TEST_CASE("A topology may be written in place") {
  const config::Tagged section = read_topology(
      R"({"name": "torus", "dimensions": [3, 3], "switch": {"latency": "100ns"},
          "server_cable": {"rate": "100Gbps", "latency": "0ns"},
          "ring_cable": {"rate": "100Gbps", "latency": "10ns"}})");
  CHECK(make_topology(section, 9).servers() == 9);
}

TEST_CASE("A zero rate and a negative latency are located") {
  const std::string text =
      R"({"name": "single_switch", "switch": {"latency": "-1ns"},
          "server_cable": {"rate": "0Gbps", "latency": "10ns"}})";
  try {
    read_topology(text);
    FAIL("read");
  } catch (const InputErrors& errors) {
    REQUIRE(errors.lines().size() == 2);
    CHECK(errors.lines()[0].find("test.json:1:") == 0);
    CHECK(errors.lines()[0].find("/topology/switch/latency") != std::string::npos);
    CHECK(errors.lines()[1].find("/topology/server_cable/rate") != std::string::npos);
  }
}

// Sums of latencies and of weights over a route went beyond their range.
TEST_CASE("Latencies, rates and weights that no network has are refused") {
  CHECK_THROWS_WITH(read_topology(R"({"name": "single_switch", "switch": {"latency": "9000000s"},
                        "server_cable": {"rate": "1e-300bps", "latency": "9000000s"}})"),
                    Catch::Contains("/topology/switch/latency  must be between 0s and 1s") &&
                        Catch::Contains("/topology/server_cable/latency  must be between") &&
                        Catch::Contains("/topology/server_cable/rate  must be at least 1Mbps"));
  CHECK_THROWS_WITH(read_topology(R"({"name": "graph", "servers": ["a", "b"], "cables": [{"from":
                        "a", "to": "b", "rate": "1Gbps", "latency": "1ns", "weight": 4294967295}]})"),
                    Catch::Contains("/topology/cables/0/weight  must be between 1 and 1000"));
}

TEST_CASE("A fat tree without a radix is refused") {
  CHECK_THROWS_WITH(read_topology(R"({"name": "fat_tree", "switch": {"latency": "1ns"},
                        "server_cable": {"rate": "1Gbps", "latency": "1ns"},
                        "spine_cable": {"rate": "1Gbps", "latency": "1ns"}})"),
                    Catch::Contains("/topology/switch  a fat tree needs a radix of at least 2"));
}

TEST_CASE("A platform file that does not exist is refused where it is named") {
  CHECK_THROWS_WITH(read_topology(R"({"name": "platform", "file": "two-rocks.xml"})"),
                    Catch::Contains("/topology/file") && Catch::Contains("two-rocks.xml"));
}

TEST_CASE("An unknown kind of topology is refused, with a suggestion") {
  CHECK_THROWS_WITH(read_topology("\"dragonflies\""),
                    Catch::Contains("did you mean \"dragonfly\""));
}

}  // namespace
}  // namespace dsmsim
