// SimGrid platform files as topologies: what is imported, and what is refused without an abort.

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/error.hpp"
#include "sim/fabric/flow.hpp"
#include "sim/fabric/generators.hpp"
#include "sim/fabric/platform_xml.hpp"

namespace dsmsim {
namespace {

using namespace literals;

const std::string kHeader =
    "<?xml version='1.0'?>\n"
    "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n";

/// Two hosts whose cables meet in a switch that never queues.
const std::string kPair = kHeader + R"(<platform version="4.1">
  <zone id="rack" routing="Full">
    <host id="node-1" speed="1Gf"/>
    <host id="node-0" speed="1Gf"/>
    <link id="c0" bandwidth="4GBps" latency="10ns" sharing_policy="SPLITDUPLEX"/>
    <link id="c1" bandwidth="4GBps" latency="10ns" sharing_policy="SPLITDUPLEX"/>
    <link id="x" bandwidth="40GBps" latency="170ns" sharing_policy="FATPIPE"/>
    <route src="node-0" dst="node-1">
      <link_ctn id="c0" direction="UP"/><link_ctn id="x"/><link_ctn id="c1" direction="DOWN"/>
    </route>
  </zone>
</platform>
)";

const std::string kCluster = kHeader + R"(<platform version="4.1">
  <cluster id="acme" prefix="node-" radical="0-15" suffix="" speed="1Gf" bw="4GBps" lat="100ns"
           sharing_policy="SPLITDUPLEX" topology="FAT_TREE" topo_parameters="2;4,4;1,2;1,2"/>
</platform>
)";

/// Three hosts on one half-duplex bus.
const std::string kBus = kHeader + R"(<platform version="4.1">
  <zone id="lab" routing="Full">
    <host id="a" speed="1Gf"/>
    <host id="b" speed="1Gf"/>
    <host id="c" speed="1Gf"/>
    <link id="bus" bandwidth="1GBps" latency="100ns"/>
    <route src="a" dst="b"><link_ctn id="bus"/></route>
    <route src="a" dst="c"><link_ctn id="bus"/></route>
    <route src="b" dst="c"><link_ctn id="bus"/></route>
  </zone>
</platform>
)";

/// A file for the length of a test.
class PlatformText {
 public:
  explicit PlatformText(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("dsmsim-platform-" + std::to_string(getpid()) + ".xml")) {
    std::ofstream(path_) << text;
  }
  ~PlatformText() { std::filesystem::remove(path_); }
  PlatformText(const PlatformText&) = delete;
  PlatformText& operator=(const PlatformText&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Topology import_text(const std::string& text, std::size_t servers) {
  const PlatformText file(text);
  return import_platform(file.path(), servers);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  return text;
}

/// What import says of the text, after the name of the file.
std::string complaint(const std::string& text, std::size_t servers = 2) {
  const PlatformText file(text);
  try {
    import_platform(file.path(), servers);
  } catch (const InputErrors& errors) {
    const std::string message = errors.what();
    REQUIRE(message.find(file.path()) == 0);
    return message.substr(file.path().size());
  }
  return "";
}

TEST_CASE("Hosts become servers in the order of their names, links keep rate and latency") {
  const Topology network = import_text(kPair, 2);
  CHECK(network.servers() == 2);
  CHECK(network.server_name(NodeId(0)) == "node-0");
  const Route route = network.route(NodeId(0), NodeId(1), 0);
  REQUIRE(route.size() == 3);
  CHECK(network.latency(route) == 190_ns);
  CHECK(network.bottleneck(route) == 32_Gbps);
  CHECK(network.link(route[0]).shared);
  CHECK_FALSE(network.link(route[1]).shared);
}

TEST_CASE("The directions of a split-duplex link are two links, a fat pipe is one") {
  const Topology network = import_text(kPair, 2);
  const Route forth = network.route(NodeId(0), NodeId(1), 0);
  const Route back = network.route(NodeId(1), NodeId(0), 0);
  CHECK(forth[0] != back[2]);
  CHECK(forth[1] == back[1]);
  CHECK(network.links().size() == 5);
}

TEST_CASE("A cluster with a fat tree inside is imported as SimGrid routes it") {
  const Topology network = import_text(kCluster, 16);
  CHECK(network.server_name(NodeId(2)) == "node-2");
  CHECK(network.server_name(NodeId(10)) == "node-10");
  CHECK(network.latency(network.route(NodeId(0), NodeId(1), 0)) == 200_ns);
  CHECK(network.latency(network.route(NodeId(0), NodeId(15), 0)) == 400_ns);
}

TEST_CASE("The first and last links are those of NICs when no other host uses them") {
  const Topology network = import_text(kPair, 2);
  const Route route = network.route(NodeId(0), NodeId(1), 0);
  CHECK(network.link(route[0]).at_server);
  CHECK_FALSE(network.link(route[1]).at_server);
  CHECK(network.link(route[2]).at_server);
}

TEST_CASE("Hosts that have no link of their own get one for their NIC") {
  const Topology bus = import_text(kBus, 3);
  const Route route = bus.route(NodeId(0), NodeId(1), 0);
  REQUIRE(route.size() == 3);
  CHECK(bus.latency(route) == 100_ns);
  CHECK(bus.bottleneck(route) == 8_Gbps);
  CHECK(bus.link(route[0]).at_server);
  CHECK_FALSE(bus.link(route[1]).at_server);
  CHECK(bus.route(NodeId(0), NodeId(2), 0)[0] == route[0]);
  CHECK(bus.route(NodeId(2), NodeId(1), 0)[2] == route[2]);
  CHECK(bus.route(NodeId(1), NodeId(0), 0)[0] != route[2]);
}

TEST_CASE("A fat pipe is never a NIC, even if it is a server's own") {
  const Topology network = import_text(kHeader + R"(<platform version="4.1">
  <zone id="z" routing="Full">
    <host id="a" speed="1Gf"/><host id="b" speed="1Gf"/>
    <link id="ca" bandwidth="1GBps" latency="1us" sharing_policy="FATPIPE"/>
    <link id="cb" bandwidth="1GBps" latency="1us" sharing_policy="FATPIPE"/>
    <route src="a" dst="b"><link_ctn id="ca"/><link_ctn id="cb"/></route>
  </zone>
</platform>
)",
                                       2);
  std::vector<std::pair<bool, bool>> shared_and_at_server;
  for (const LinkId link : network.route(NodeId(0), NodeId(1), 0)) {
    shared_and_at_server.emplace_back(network.link(link).shared, network.link(link).at_server);
  }
  CHECK(shared_and_at_server == std::vector<std::pair<bool, bool>>{
                                    {true, true}, {false, false}, {false, false}, {true, true}});
}

TEST_CASE("The shipped platform shares one trunk between two racks") {
  const Topology network =
      import_platform(DSMSIM_SOURCE_DIR "/configs/topologies/two-racks.xml", 8);
  CHECK(network.latency(network.route(NodeId(0), NodeId(1), 0)) == 120_ns);
  CHECK(network.latency(network.route(NodeId(0), NodeId(4), 0)) == 310_ns);
  CHECK(network.route(NodeId(0), NodeId(4), 0)[1] == network.route(NodeId(3), NodeId(7), 0)[1]);
}

TEST_CASE("A platform can be imported while flows run, and again afterwards") {
  const Topology rack = make_single_switch({{40_Gbps, 10_ns}, {100_ns, 0}}, 2);
  EventQueue queue;
  FlowModel flows(queue, rack, std::vector<Rate>(4, 40_Gbps));
  Time end;
  struct Context {
    EventQueue& queue;
    Time& end;
  } context{queue, end};
  flows.start(
      rack.route(NodeId(0), NodeId(1), 0), Bytes(1'000'000),
      [](void* argument) {
        const Context& self = *static_cast<Context*>(argument);
        self.end = self.queue.now();
      },
      &context);
  CHECK(import_text(kPair, 2).servers() == 2);
  CHECK(complaint(replaced(kPair, "routing=\"Full\"", "routing=\"Fool\"")) != "");
  queue.run();
  CHECK(end.since_start() == 200_us);
  CHECK(import_text(kPair, 2).servers() == 2);
}

TEST_CASE("Malformed files are refused with their line") {
  CHECK(complaint(replaced(kPair, "</zone>", "")).find(":14  Invalid XML") == 0);
  CHECK(complaint(replaced(kPair, "4GBps", "4parsecs")).find(":7  unknown unit: parsecs") == 0);
  CHECK(complaint(replaced(kPair, "speed=", "sped=")).find(":5  ") == 0);
  CHECK(complaint("hello").find(":1  ") == 0);
  CHECK(complaint("").find(":1  ") == 0);
}

TEST_CASE("A link that does not exist is named") {
  CHECK(complaint(replaced(kPair, "<link_ctn id=\"x\"/>", "<link_ctn id=\"y\"/>")) ==
        "  Link not found: y");
}

TEST_CASE("What makes SimGrid abort is an error like others") {
  CHECK(complaint(replaced(kPair, "routing=\"Full\"", "routing=\"Fool\"")) ==
        "  Not a valid model!");
}

TEST_CASE("Hosts without a route, links without bandwidth and too few hosts are refused") {
  CHECK(complaint(replaced(kPair, "dst=\"node-1\"", "dst=\"node-0\"")) ==
        "  there is no route from \"node-0\" to \"node-1\"");
  CHECK(complaint(replaced(kPair, "40GBps", "0GBps")) == "  link \"x\" has no bandwidth");
  CHECK(complaint(replaced(kPair, "40GBps", "1Bps")) ==
        "  link \"x\" has a bandwidth of less than 1 kB/s");
  CHECK(complaint(replaced(kPair, "170ns", "-170ns")) == "  link \"x\" has a negative latency");
  CHECK(complaint(replaced(kPair, "170ns", "1e300s")) ==
        "  link \"x\" has a latency of more than a second");
  CHECK(complaint(kPair, 3) == "  holds 2 hosts, 3 servers are wanted");
}

TEST_CASE("A file that does not exist is refused") {
  CHECK_THROWS_WITH(import_platform("/nowhere/rack.xml", 2), "/nowhere/rack.xml  cannot be read");
}

}  // namespace
}  // namespace dsmsim
