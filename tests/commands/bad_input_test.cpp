// What users get wrong, end to end: every mistake in one go, each with its place, exit code 2, and
// nothing left behind.

#include <catch2/catch.hpp>

#include "tests/support/command_line.hpp"

namespace {

const std::string kServer = R"({"cores": 16, "memory": "1GiB", "memory_latency": "140ns",
    "memory_bandwidth": "10GB/s", "context_switch": "100ns", "clock_ghz": 2.6})";

CommandRun run_text(const std::string& text) {
  const Scratch scratch;
  scratch.file("bad.json", text);
  const CommandRun outcome = run_dsmsim(scratch, {"run", "bad.json"});
  CHECK(scratch.files() == std::vector<std::string>{"bad.json"});
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
  return outcome;
}

}  // namespace

TEST_CASE("Five mistakes give five lines, each with its place, and exit code 2") {
  const CommandRun outcome = run_text(R"({
  "seeed": 3,
  "cluster": {"servers": 2, "server": )" +
                                      kServer + R"(,
    "nic": "cx3-ib4", "topology": {"name": "graph", "servers": ["a", "b"], "cables": []}},
  "protocol": "drusd",
  "program": {"name": "kvstore", "get_ratio": 1.5, "compute": "90 bananas"}
})");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  const auto lines = lines_of(outcome.err);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "bad.json:2:3  /seeed  unknown key \"seeed\"; did you mean \"seed\"");
  CHECK_THAT(lines[1], Catch::StartsWith("bad.json:5:12  /cluster/nic  "));
  CHECK_THAT(lines[1], Catch::EndsWith("did you mean \"cx3-ib40\""));
  CHECK_THAT(lines[2], Catch::StartsWith("bad.json:5:35  /cluster/topology  "));
  CHECK_THAT(lines[2], Catch::Contains("no way from server \"a\" to server \"b\""));
  CHECK(lines[3] == "bad.json:6:15  /protocol  unknown protocol \"drusd\"; did you mean \"drust\"");
  CHECK_THAT(lines[4], Catch::StartsWith("bad.json:7:47  /program/get_ratio  must be between"));
  CHECK_THAT(lines[5], Catch::Contains("/program/compute  \"90 bananas\" has the unknown unit"));
}

TEST_CASE("A cable of no rate, a wrong type and an impossible value are mistakes") {
  const CommandRun outcome = run_text(R"({
  "cluster": {"servers": 0, "server": 5,
    "nic": "cx3-ib40", "topology": {"name": "single_switch", "switch": {"latency": "170ns"},
    "server_cable": {"rate": "0Gbps", "latency": "10ns"}}},
  "protocol": "drust", "program": "kvstore"
})");
  CHECK(outcome.exit_code == 2);
  const auto lines = lines_of(outcome.err);
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], Catch::Contains("/cluster/servers  must be between 1 and"));
  CHECK_THAT(lines[1], Catch::Contains("/cluster/server  expected an object"));
  CHECK_THAT(lines[2], Catch::Contains("/cluster/topology/server_cable/rate  "));
}

TEST_CASE("A file that is not there, or is no JSON, is one line") {
  const Scratch scratch;
  const CommandRun missing = run_dsmsim(scratch, {"run", "nothing.json"});
  CHECK(missing.exit_code == 2);
  CHECK_THAT(missing.err, Catch::StartsWith("nothing.json:1:1  "));
  CHECK(lines_of(missing.err).size() == 1);
  scratch.file("broken.json", "{\"name\": ");
  const CommandRun broken = run_dsmsim(scratch, {"run", "broken.json"});
  CHECK(broken.exit_code == 2);
  CHECK_THAT(broken.err, Catch::StartsWith("broken.json:1:"));
  CHECK(lines_of(broken.err).size() == 1);
}

TEST_CASE("An engine for one server is not run on more") {
  const CommandRun outcome =
      run_text(R"({"cluster": "drust8", "protocol": "local", "program": "kvstore"})");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Catch::StartsWith("bad.json:1:35  /protocol  \"local\" keeps"));
}

TEST_CASE("Objects that do not fit a server's memory are a mistake of the input") {
  const CommandRun outcome = run_text(R"({
  "cluster": {"extends": "clusters/drust8.json", "server": {"memory": "1MiB"}},
  "protocol": "drust", "program": {"name": "kvstore", "handle_chunk": "2MiB"}
})");
  CHECK(outcome.exit_code == 2);
  CHECK(lines_of(outcome.err).size() == 1);
}

TEST_CASE("Mistakes of the command line exit with 2") {
  const Scratch scratch;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"rum"},
                                                    {"run"},
                                                    {"run", "x.json", "--sed", "1"},
                                                    {"run", "x.json", "--seed", "one"},
                                                    {"list", "nothing"},
                                                    {"schema", "nothing"},
                                                    {"verbs", "--op", "reed"},
                                                    {"verbs", "--sizes", "5 parsecs"},
                                                    {"verbs", "--nic", "cx4"},
                                                    {"verbs", "--set", "nic.mtux=3"},
                                                    {"compare", "x.json", "-j", "-1"}}) {
    const CommandRun outcome = run_dsmsim(scratch, arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(lines_of(outcome.err).size() == 1);
  }
}

// --seed -1 ran with 18446744073709551615, --minutes nan for ever.
TEST_CASE("Numbers on the command line are checked as those in files are") {
  const Scratch scratch;
  scratch.file("x.json", R"({"cluster": "drust8", "protocol": "drust", "program": "kvstore"})");
  const std::vector<std::vector<std::string>> options = {{"run", "x.json", "--seed"},
                                                         {"compare", "x.json", "--seed"},
                                                         {"run", "x.json", "-j"},
                                                         {"compare", "x.json", "--jobs"},
                                                         {"verbs", "--qps"},
                                                         {"verbs", "--outstanding"},
                                                         {"verbs", "--incast"},
                                                         {"explore", "gam", "x", "--states"},
                                                         {"crash", "gam", "x", "--server"},
                                                         {"fuzz", "gam", "--minutes"},
                                                         {"fuzz", "gam", "--programs"},
                                                         {"fuzz", "gam", "--seed"}};
  const std::vector<std::string> values = {"-1", "nan", "inf",  "1e999", "18446744073709551616",
                                           "",   "1x",  "0x10", " 1"};
  const auto refuses = [&](std::vector<std::string> arguments, const std::string& value) {
    INFO(arguments[0] << " " << arguments.back() << " " << value);
    arguments.push_back(value);
    const CommandRun outcome = run_dsmsim(scratch, arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
  };
  for (std::size_t i = 0; i < options.size(); ++i) {  // each option three, and all by turns
    for (std::size_t k = 0; k < 3; ++k) {
      refuses(options[i], values[(3 * i + k) % values.size()]);
    }
    if (options[i].back() != "--seed" && options[i].back() != "--server") {
      refuses(options[i], "0");
    }
  }
}

TEST_CASE("A mistake in --set names the argument") {
  const Scratch scratch;
  scratch.file("fine.json", R"({"cluster": "drust8", "protocol": "drust", "program": "kvstore"})");
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", "fine.json", "--set", "nic.mtu=1 KB", "--set",
                           "program.opertions=5", "--set", "nonsense"});
  CHECK(outcome.exit_code == 2);
  const auto lines = lines_of(outcome.err);
  REQUIRE(lines.size() == 3);
  CHECK_THAT(outcome.err, Catch::Contains("--set cluster.nic.mtu=1 KB  /cluster/nic/mtu  "));
  CHECK_THAT(outcome.err, Catch::Contains("did you mean \"operations\""));
  CHECK_THAT(outcome.err, Catch::Contains("--set nonsense"));
}

// All 59,049 runs were planned, however long it took.
TEST_CASE("Axes that make too many runs are refused before any is planned") {
  std::string axes;
  for (const std::string key : {"keys", "buckets", "operations", "key_size", "value_size"}) {
    axes += (axes.empty() ? "" : ", ") + ("\"program." + key) + "\": [1, 2, 3, 4, 5, 6, 7, 8, 9]";
  }
  const CommandRun outcome = run_text(R"({"cluster": "drust8", "protocol": "drust",
  "program": "kvstore", "axes": {)" + axes +
                                      "}}");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err == "bad.json:2:33  /axes  make more than 10000 runs\n");
}

// Internal error: an event for -46744s.
TEST_CASE("A memory latency of 9.2e6 s is a mistake with its place, from run and validate") {
  const std::string text =
      R"({"cluster": {"extends": "clusters/drust8.json", "servers": 1, "server":
    {"cores": 16, "memory": "1GiB", "memory_latency": "9.2e6s", "memory_bandwidth": "1e-9bps",
     "context_switch": "100ns", "clock_ghz": 2.6}}, "protocol": "local", "program": "kvstore"})";
  const CommandRun outcome = run_text(text);
  CHECK(outcome.exit_code == 2);
  const std::string latency =
      "bad.json:2:55  /cluster/server/memory_latency  must be at most 1s, is 9200000s";
  const std::string bandwidth =
      "bad.json:2:85  /cluster/server/memory_bandwidth  must be between 8kbps and 1000Tbps, is "
      "1e-09bps";
  CHECK(lines_of(outcome.err) == std::vector<std::string>{latency, bandwidth});
  const Scratch scratch;
  scratch.file("bad.json", text);
  const CommandRun validated = run_dsmsim(scratch, {"validate", "bad.json"});
  CHECK(validated.exit_code == 2);
  CHECK(validated.err == outcome.err);
}

TEST_CASE("A run that needs more time than the clock holds ends as a limit and says when") {
  const Scratch scratch;
  scratch.file("long.json", R"({"cluster": {"extends": "clusters/drust8.json", "servers": 1},
    "protocol": "local", "program": {"name": "kvstore", "compute": "3600s", "operations": 40000,
    "keys": 1000, "buckets": 64}})");
  const CommandRun outcome = run_dsmsim(scratch, {"run", "long.json"});
  CHECK(outcome.exit_code == 5);
  CHECK_THAT(outcome.err, Catch::StartsWith("simulated time is used up: at "));
  CHECK_THAT(outcome.err, Catch::Contains(" a wait of "));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
}
