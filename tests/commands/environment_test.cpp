// The world around a simulation: platforms of others, the memory of the machine, its user who does
// not want to wait.

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

namespace {

const std::string kServers = R"("server": {"cores": 16, "memory": "1GiB", "memory_latency": "140ns",
    "memory_bandwidth": "10GB/s", "context_switch": "100ns", "clock_ghz": 2.6}, "nic": "cx3-ib40")";

/// A program that ends at once, under DRust.
std::string experiment(const std::string& topology, const std::string& more = "",
                       unsigned servers = 2) {
  return fmt::format(R"({{"cluster": {{"servers": {}, {}, "topology": {}}}, "protocol": "drust",
    "program": {{"name": "gups", "words": 64, "updates": 20, "threads_per_server": 1}}{}}})",
                     servers, kServers, topology, more);
}

std::string platform(const std::string& hosts, const std::string& before = "") {
  return "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
         "<platform version=\"4.1\">" +
         before + "<zone id=\"z\" routing=\"Full\">" + hosts +
         "<link id=\"l\" bandwidth=\"5GBps\" latency=\"1us\"/>"
         "<route src=\"node-0\" dst=\"node-1\"><link_ctn id=\"l\"/></route></zone></platform>\n";
}

const std::string kHosts =
    "<host id=\"gateway\" speed=\"1Gf\"/><host id=\"node-0\" speed=\"2Gf\" core=\"4\"/>"
    "<host id=\"node-1\" speed=\"2Gf\" core=\"4\"/>";

/// What run says of the platform with these settings of the topology.
CommandRun run_platform(const Scratch& scratch, const std::string& settings,
                        const std::string& text) {
  scratch.file("site.xml", text);
  scratch.file("x.json", experiment(R"({"name": "platform", "file": "site.xml")" + settings + "}"));
  return run_dsmsim(scratch, {"run", "x.json", "--out", "o"});
}

/// Thousands of runs, all of which have to be set up.
std::string many_runs(unsigned runs) {
  std::string values;
  for (unsigned i = 0; i < runs; ++i) {
    values += fmt::format("{}{{\"label\": \"{}\", \"set\": {{\"program.updates\": {}}}}}",
                          i == 0 ? "" : ", ", i, i + 1);
  }
  return experiment("\"single-cx3-ib40\"", ", \"axes\": {\"updates\": [" + values + "]}");
}

double planning_seconds(const Scratch& scratch, unsigned runs) {
  scratch.file("many.json", many_runs(runs));
  const CommandRun outcome = run_dsmsim(scratch, {"validate", "many.json"});
  CHECK(outcome.exit_code == 0);
  return outcome.cpu_seconds;
}

/// Interrupts the command in its midst: it must not work on for more than another half second.
void check_interrupt(const Scratch& scratch, const std::vector<std::string>& arguments) {
  constexpr int after = 400;    // ms
  constexpr int processes = 2;  // at most
  const CommandRun outcome = run_dsmsim_interrupted(scratch, arguments, after);
  INFO(arguments.front() << ": " << outcome.out << outcome.err);
  CHECK(outcome.exit_code == 130);
  CHECK(outcome.cpu_seconds < processes * after / 1e3 + 0.5);
}

}  // namespace

TEST_CASE("Hosts of a platform that are servers are chosen, and named in the result") {
  const Scratch scratch;
  const CommandRun outcome =
      run_platform(scratch, R"(, "hosts": "node-*", "ignore_cpus": true)", platform(kHosts));
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const auto result = nlohmann::json::parse(scratch.read("o/result.json"));
  CHECK(result["hosts"] == nlohmann::json({"node-0", "node-1"}));
  CHECK(result["config"]["cluster"]["topology"]["hosts"] == nlohmann::json({"node-*"}));
  CHECK_THAT(outcome.out, Catch::Contains("servers: node-0, node-1\n"));
}

TEST_CASE("Cores of a platform's hosts that are not those of the cluster are refused") {
  const Scratch scratch;
  const CommandRun outcome = run_platform(scratch, R"(, "hosts": ["node-*"])", platform(kHosts));
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err,
             Catch::Contains("its hosts have 4 cores, and cluster.server.cores is 16"));
  CHECK(run_dsmsim(scratch, {"run", "x.json", "--out", "o", "--set", "cores=4"}).exit_code == 0);
}

TEST_CASE("A platform that would have a file written is refused, and the file stays") {
  const Scratch scratch;
  scratch.file("victim.txt", "precious");
  const CommandRun outcome =
      run_platform(scratch, R"(, "hosts": ["node-*"])",
                   platform(kHosts,
                            "<config><prop id=\"tracing\" value=\"yes\"/>"
                            "<prop id=\"tracing/filename\" value=\"victim.txt\"/></config>"));
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Catch::Contains("site.xml:3  <config> sets \"tracing/filename\""));
  CHECK(scratch.read("victim.txt") == "precious");
}

// SimGrid refused settings once a flow had been measured.
TEST_CASE("A platform with settings can be measured with every wire model") {
  const Scratch scratch;
  scratch.file("site.xml",
               platform("<host id=\"node-0\" speed=\"1Gf\"/><host id=\"node-1\" speed=\"1Gf\"/>",
                        "<config><prop id=\"network/latency-factor\" value=\"1.0\"/></config>"));
  scratch.file("topologies/site.json", R"({"name": "platform", "file": "../site.xml"})");
  for (const char* wire : {"queue", "flow", "automatic"}) {
    const CommandRun outcome =
        run_dsmsim(scratch, {"verbs", "--configs", ".", "--topology", "site", "--op", "write",
                             "--sizes", "4KiB,64KiB", "--wire", wire});
    INFO(outcome.err);
    CHECK(outcome.exit_code == 0);
  }
}

TEST_CASE("The time to plan runs grows as their number does") {
  const Scratch scratch;
  const double few = planning_seconds(scratch, 300);
  CHECK(planning_seconds(scratch, 1200) < 8 * few);  // 4, and some noise; 16 if every run saw all
}

TEST_CASE("An interrupt is heard within a second while runs are planned") {
  const Scratch scratch;
  scratch.file("many.json", many_runs(10'000));
  check_interrupt(scratch, {"validate", "many.json"});
  check_interrupt(scratch, {"run", "many.json"});
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
}

TEST_CASE("An interrupt is heard within a second by everything that searches or measures") {
  const Scratch scratch;
  const std::string litmus = DSMSIM_SOURCE_DIR "/tests/litmus/";
  check_interrupt(scratch, {"litmus", "all"});
  check_interrupt(scratch, {"fuzz", "gam"});
  check_interrupt(scratch,
                  {"verbs", "--sizes", "2B..1GiB", "--qps", "1024", "--outstanding", "1024"});
  scratch.file("x.json", experiment("\"single-cx3-ib40\"", "", 2));
  check_interrupt(scratch, {"run", "x.json", "--set", "program.updates=100000000"});
}

TEST_CASE("An interrupt is heard within a second while a platform loads, and its child ends too") {
  const Scratch scratch;
  scratch.file("site.xml",
               "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM "
               "\"https://simgrid.org/simgrid.dtd\">\n<platform version=\"4.1\"><cluster id=\"c\" "
               "prefix=\"n\" "
               "suffix=\"\" radical=\"0-199998\" speed=\"1Gf\" bw=\"1GBps\" lat=\"1us\"/>"
               "</platform>");
  scratch.file("x.json", experiment(R"({"name": "platform", "file": "site.xml"})", "", 2000));
  check_interrupt(scratch, {"validate", "x.json"});
}

TEST_CASE("The limit of real time is heard while runs are set up") {
  const Scratch scratch;
  scratch.file("x.json", experiment(R"({"name": "torus", "dimensions": [256, 256],
    "switch": {"latency": "100ns"}, "server_cable": {"rate": "40Gbps", "latency": "10ns"},
    "ring_cable": {"rate": "40Gbps", "latency": "10ns"}})",
                                    R"(, "limits": {"wall": "1ms"})", 65536));
  const CommandRun outcome = run_dsmsim(scratch, {"run", "x.json"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 5);
  CHECK_THAT(outcome.err, Catch::Contains("limits.wall of 1ms reached"));
}

#ifndef __SANITIZE_ADDRESS__  // its allocator ends the process instead of throwing
TEST_CASE("A run that wants more of the machine's memory than it may have ends with exit code 5") {
  const Scratch scratch;
  scratch.file("x.json", experiment("\"single-cx3-ib40\"", "", 2));
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", "x.json", "--set", "limits.memory=32MiB", "--set",
                           R"(program={"name": "ycsb", "recordcount": 1000000})"});
  CHECK(outcome.exit_code == 5);
  CHECK_THAT(outcome.err, Catch::Contains("limits.memory of 32MiB (it had "));
  CHECK_THAT(outcome.err, Catch::Contains("there is no result"));
}

TEST_CASE("A limit of memory that SimGrid meets first does not abort the run") {
  const Scratch scratch;  // files of 64 KiB: their messages are flows, which SimGrid shares out
  scratch.file("x.json", R"({
    "cluster": {"extends": "clusters/drust8.json", "servers": 3},
    "protocol": {"extends": "protocols/legoos-files.json", "name": "legoos"},
    "program": {"name": "files", "file_size": "64KiB", "requests": 30}})");
  for (const char* const memory : {"10KiB", "300KiB", "1MiB"}) {
    const CommandRun outcome =
        run_dsmsim(scratch, {"run", "x.json", "--set", std::string("limits.memory=") + memory});
    INFO(memory << ": " << outcome.err);
    CHECK((outcome.exit_code == 0 || outcome.exit_code == 5));
  }
}
#endif

TEST_CASE("Memory that is less than an allocator takes at a time is refused with that unit") {
  const Scratch scratch;
  scratch.file("x.json", experiment("\"single-cx3-ib40\"", "", 3));
  const auto complaint = [&](const std::string& protocol, const std::string& memory) {
    const CommandRun checked = run_dsmsim(
        scratch,
        {"validate", "x.json", "--set", "protocol=" + protocol, "--set", "memory=" + memory});
    CHECK(checked.exit_code == 2);
    return checked.err;
  };
  CHECK_THAT(complaint("gam", "64KiB"),
             Catch::Contains("no room for a slab page of 1MiB (protocol.slab.page)"));
  CHECK_THAT(complaint("ivy", "512B"), Catch::Contains("what a size class takes at a time, 64KiB"));
  CHECK_THAT(complaint("legoos", "1KiB"), Catch::Contains("no room for a page of 4KiB"));
  CHECK_THAT(complaint("fastswap", "512MiB"),
             Catch::Contains("has room for a slab of 1GiB (protocol.slab)"));
}

TEST_CASE("What a program will have allocated is held against what LegoOS can hand out") {
  const Scratch scratch;
  scratch.file("x.json", experiment("\"single-cx3-ib40\"", "", 3));
  const CommandRun checked =
      run_dsmsim(scratch, {"validate", "x.json", "--set", "protocol=legoos", "--set", "memory=1MiB",
                           "--set", "program.words=1000000"});
  CHECK(checked.exit_code == 2);
  CHECK_THAT(checked.err, Catch::Contains("3 servers of 1MiB has room for 2MiB"));
}

TEST_CASE(
    "Axes that vary nothing, set what all runs share or have a value without a name are refused") {
  const Scratch scratch;
  const auto complaint = [&](const std::string& axes) {
    scratch.file("x.json", experiment("\"single-cx3-ib40\"", ", \"axes\": " + axes));
    const CommandRun checked = run_dsmsim(scratch, {"validate", "x.json"});
    CHECK(checked.exit_code == 2);
    CHECK(run_dsmsim(scratch, {"compare", "x.json"}).err == checked.err);
    return checked.err;
  };
  CHECK_THAT(complaint("{}"), Catch::Contains("/axes  names nothing that is varied"));
  CHECK_THAT(complaint("[{}]"), Catch::Contains("/axes/0  names nothing that is varied"));
  CHECK_THAT(complaint(R"({"a": [{"label": "b", "set": {"axes": {"seed": [1]}}}]})"),
             Catch::Contains("/axes/a/0/set/axes  \"axes\" is the same for all runs"));
  CHECK_THAT(complaint(R"({"name": ["b", "c"]})"),
             Catch::Contains("\"name\" is the same for all runs"));
  CHECK_THAT(complaint(R"({"seed": [{"label": "", "value": 3}]})"),
             Catch::Contains("/axes/seed/0  a value without a name"));
}
