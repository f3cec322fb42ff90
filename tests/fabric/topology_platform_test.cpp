// SimGrid platform files as topologies: what is imported, and what is refused without an abort.

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
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
class PlatformOnDisk {
 public:
  explicit PlatformOnDisk(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("dsmsim-platform-" + std::to_string(getpid()) + "-" + std::to_string(++count()) +
               ".xml")) {
    std::ofstream(path_) << text;
  }
  ~PlatformOnDisk() { std::filesystem::remove(path_); }
  PlatformOnDisk(const PlatformOnDisk&) = delete;
  PlatformOnDisk& operator=(const PlatformOnDisk&) = delete;
  std::string path() const { return path_.string(); }

 private:
  static int& count() {
    static int made = 0;
    return made;
  }
  std::filesystem::path path_;
};

PlatformFile at(const std::string& path, std::vector<std::string> hosts = {}) {
  return {.file = {"", path}, .hosts = std::move(hosts)};
}

Topology import_text(const std::string& text, std::size_t servers,
                     const std::vector<std::string>& hosts = {}) {
  const PlatformOnDisk file(text);
  return import_platform(at(file.path(), hosts), servers);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  return text;
}

/// What import says of the text, after the name of the file.
std::string complaint(const std::string& text, std::size_t servers = 2,
                      const std::vector<std::string>& hosts = {}) {
  const PlatformOnDisk file(text);
  try {
    import_platform(at(file.path(), hosts), servers);
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
      import_platform(at(DSMSIM_SOURCE_DIR "/configs/topologies/two-racks.xml"), 8);
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
        "  there is no route from \"node-0\" to \"node-1\"; \"hosts\" says which are servers");
  CHECK(complaint(replaced(kPair, "40GBps", "0GBps")) == "  link \"x\" has no bandwidth");
  CHECK(complaint(replaced(kPair, "40GBps", "1Bps")) ==
        "  link \"x\" has a bandwidth of less than 1 kB/s");
  CHECK(complaint(replaced(kPair, "170ns", "-170ns")) == "  link \"x\" has a negative latency");
  CHECK(complaint(replaced(kPair, "170ns", "1e300s")) ==
        "  link \"x\" has a latency of more than a second");
  CHECK(complaint(kPair, 3) == "  holds 2 hosts, 3 servers are wanted");
}

TEST_CASE("A file that does not exist is refused") {
  CHECK_THROWS_WITH(import_platform(at("/nowhere/rack.xml"), 2),
                    "/nowhere/rack.xml  cannot be read");
}

/// Two nodes, and before them in the order of names a login machine without a route.
const std::string kWithHead =
    replaced(kPair, "<host id=\"node-1\"",
             "<host id=\"head\" speed=\"3Gf\" core=\"4\"/><host id=\"node-1\"");

std::string first_name(const Topology& network) { return network.server_name(NodeId(0)); }

TEST_CASE("Hosts are chosen by name, in the order given, or by a pattern") {
  CHECK(first_name(import_text(kWithHead, 2, {"node-1", "node-0"})) == "node-1");
  CHECK(first_name(import_text(kWithHead, 2, {"node-*"})) == "node-0");
  CHECK(first_name(import_text(kWithHead, 2, {"node-1", "node-?"})) == "node-1");
}

TEST_CASE("A host that is not chosen is no obstacle, whatever it lacks") {
  CHECK(complaint(kWithHead, 2, {"node-*"}) == "");
  CHECK(complaint(kWithHead, 2).find("  there is no route from \"head\" to \"node-0\"") !=
        std::string::npos);
}

TEST_CASE("Hosts that are not there, are named twice or are too few are refused") {
  CHECK(complaint(kWithHead, 2, {"nodes-*"}).find("  there is no host \"nodes-*\"; did you mean") ==
        0);
  CHECK(complaint(kWithHead, 2, {"node-0", "node-0"}) == "  \"hosts\" has \"node-0\" twice");
  CHECK(complaint(kWithHead, 2, {"node-0"}) == "  \"hosts\" chooses 1 hosts, 2 servers are wanted");
}

TEST_CASE("Servers are alike: hosts that are not are refused, or their speed and cores ignored") {
  const std::string fast = replaced(kPair, "node-1\" speed=\"1Gf\"", "node-1\" speed=\"2Gf\"");
  CHECK(
      complaint(fast) ==
      "  hosts \"node-0\" (1 Gf, cores: 1) and \"node-1\" (2 Gf, cores: 1) differ, and servers are "
      "all alike: choose others by \"hosts\", or say \"ignore_cpus\": true");
  const PlatformOnDisk file(fast);
  CHECK(import_platform({.file = {"", file.path()}, .ignore_cpus = true}, 2).servers() == 2);
}

TEST_CASE("Cores that the hosts have are told, one as SimGrid counts it says nothing") {
  std::string four = kPair;
  for (const char* host : {"node-0\"", "node-1\""}) {
    four = replaced(four, std::string("id=\"") + host, std::string("core=\"4\" id=\"") + host);
  }
  CHECK(import_text(four, 2).server_cores() == 4);
  CHECK(import_text(kPair, 2).server_cores() == 0);
}

TEST_CASE("Profiles of what the servers use are refused with their line, also at time 0") {
  const std::string profiled = replaced(kPair, "id=\"x\"", "id=\"x\" bandwidth_file=\"bw.txt\"");
  CHECK(complaint(profiled).find(
            ":9  the bandwidth_file of link \"x\": profiles are not followed") == 0);
  CHECK(complaint(replaced(kPair, "id=\"node-0\"", "id=\"node-0\" state_file='s'"))
            .find(":6  the state_file of host \"node-0\"") == 0);
  const std::string traced =
      replaced(replaced(kPair, "  <zone", "<trace id=\"t\" periodicity=\"1\">0 1</trace>\n<zone"),
               "</zone>", "</zone><trace_connect kind=\"LINK_AVAIL\" trace=\"t\" element=\"c0\"/>");
  CHECK(complaint(traced).find(":14  the trace \"t\" of \"c0\"") == 0);
}

TEST_CASE("Profiles of what no server uses are no obstacle, and no file of theirs is opened") {
  const std::string profiled =
      replaced(kWithHead, "id=\"head\"", "id=\"head\" speed_file=\"/nowhere/at-all\"");
  CHECK(complaint(profiled, 2, {"node-*"}) == "");
}

std::string with_setting(const std::string& key, const std::string& value) {
  return replaced(kPair, "  <zone",
                  "  <config id=\"General\"><prop id=\"" + key + "\" value=\"" + value +
                      "\"/></config>\n  <zone");
}

TEST_CASE(
    "Settings of SimGrid's models have no effect, wherever they stand and whatever they say") {
  CHECK(complaint(with_setting("network/latency-factor", "1.0")) == "");
  CHECK(complaint(with_setting("network/TCP_gamma", "4194304")) == "");
  CHECK(complaint(with_setting("surf/precision", "no number")) == "");
  CHECK(complaint(replaced(kPair, "</zone>",
                           "</zone><config><prop id=\"cpu/model\" value=\"x\"/></config>")) == "");
}

TEST_CASE("Other settings are refused in a short line with the key") {
  for (const char* key : {"tracing/filename", "plugin", "path", "model-check/dot-output",
                          "frobnicate", "network/file", "smpi/comp-adjustment-file"}) {
    const std::string line = complaint(with_setting(key, "x"));
    CHECK(line.find(std::string(":4  <config> sets \"") + key + "\"") == 0);
    CHECK(line.size() < 200);
  }
}

// SimGrid's parser ended by a signal.
TEST_CASE("A platform without a zone is refused, and a rate that is none") {
  CHECK(complaint("<?xml version='1.0'?>\n<platform version=\"4.1\"></platform>\n") ==
        ":1  holds no <zone>");
  CHECK(complaint("<?xml version='1.0'?>\n") == ":1  holds no <zone>");
  CHECK_THAT(complaint(replaced(kPair, "4GBps", "inf")),
             Catch::Contains("has a bandwidth of more than 1 Pb/s"));
}

TEST_CASE("A platform cannot have a file opened, neither for writing nor for reading") {
  const PlatformOnDisk victim("precious");
  const std::string hidden =
      "<config><prop id=\"tracing/filename\" value=\"" + victim.path() + "\"/></config>";
  CHECK(complaint(replaced(kPair, "  <zone", hidden + "<zone")) != "");
  CHECK(complaint(replaced(kPair, "  <zone", "<!-- --" + hidden + "--><zone")) == "");
  CHECK(complaint(replaced(kPair, "<platform",
                           "<!DOCTYPE p [<!ENTITY x SYSTEM \"" + victim.path() + "\">]><platform"))
            .find(":3  only <!DOCTYPE platform") == 0);
  CHECK(complaint(replaced(kPair, "  <zone", "<include file=\"" + victim.path() + "\"/><zone"))
            .find(":4  <include> is not taken") == 0);
  std::string left;
  std::ifstream(victim.path()) >> left;
  CHECK(left == "precious");
}

TEST_CASE("A platform of a million hosts is refused before SimGrid makes them") {
  const std::string start =
      kHeader + "<platform version=\"4.1\"><cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"";
  const std::string end = "\" speed=\"1Gf\" bw=\"1GBps\" lat=\"1us\"/></platform>";
  CHECK(complaint(start + "0-999999" + end) == "  holds more than 200000 hosts");
  CHECK(complaint(start + "0-9,0-18446744073709551615,5" + end) ==
        "  holds more than 200000 hosts");
  CHECK(complaint(start + "0-9" + end) == "");
}

TEST_CASE("The child that loads a platform is ended when its parent is asked to stop") {
  int left = 3;
  const StopQuestion question([&left] {
    if (--left == 0) {
      throw Error(ExitCode::interrupted, "stop");
    }
  });
  const std::string many =
      kHeader +
      "<platform version=\"4.1\"><cluster id=\"c\" prefix=\"n\" suffix=\"\" "
      "radical=\"0-150000\" speed=\"1Gf\" bw=\"1GBps\" lat=\"1us\"/></platform>";
  CHECK_THROWS_WITH(import_text(many, 2), "stop");
}

}  // namespace
}  // namespace dsmsim
