#include "sim/perftest/perftest.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

namespace {

PerftestSetup connectx3(const std::string& wire = "automatic") {
  config::Document document = config::parse(
      R"({"nic": "cx3-ib40", "topology": "single-cx3-ib40", "wire": ")" + wire + "\"}", "test", {},
      {std::string(DSMSIM_SOURCE_DIR) + "/configs"});
  return config::read<PerftestSetup>(document);
}

struct Point {
  Bytes size;
  double latency_us;
};

void check_latencies(Verb verb, const std::vector<Point>& points) {
  for (const Point& point : points) {
    INFO(to_string(verb) << " of " << to_string(point.size));
    CHECK(measure_verb(connectx3(), verb, point.size).latency.us() ==
          Approx(point.latency_us).epsilon(0.05));
  }
}

}  // namespace

// Medians of a published perftest log: ConnectX-3 40 Gb/s InfiniBand behind one switch.
TEST_CASE("Latencies of READ are those of perftest on a ConnectX-3 within 5 %") {
  check_latencies(
      Verb::read,
      {{2_B, 1.99}, {256_B, 2.13}, {1_KiB, 2.70}, {4_KiB, 4.02}, {64_KiB, 20.00}, {1_MiB, 275.04}});
}

TEST_CASE("Latencies of WRITE are those of perftest on a ConnectX-3 within 5 %") {
  check_latencies(Verb::write,
                  {{2_B, 0.98}, {128_B, 1.22}, {1_KiB, 2.42}, {4_KiB, 3.74}, {64_KiB, 19.97}});
}

TEST_CASE("Latencies of SEND and FETCH_AND_ADD are those of perftest within 5 %") {
  check_latencies(Verb::send, {{2_B, 1.07}, {512_B, 2.05}, {4_KiB, 3.77}});
  check_latencies(Verb::fetch_add, {{8_B, 2.34}});
}

TEST_CASE("Message rates of one queue pair are those of perftest on a ConnectX-3 within 5 %") {
  const auto rate = [](Verb verb, Bytes size) {
    return measure_verb(connectx3(), verb, size).messages_per_second * 1e-6;
  };
  CHECK(rate(Verb::read, 64_B) == Approx(6.29).epsilon(0.05));
  CHECK(rate(Verb::read, 1_KiB) == Approx(2.85).epsilon(0.05));
  CHECK(rate(Verb::write, 256_B) == Approx(5.29).epsilon(0.05));
  CHECK(rate(Verb::write, 1_KiB) == Approx(3.52).epsilon(0.05));
}

TEST_CASE("Both wire models agree on an undisturbed megabyte within 2 %") {
  for (const Verb verb : {Verb::read, Verb::write, Verb::send}) {
    const PerftestRow queue = measure_verb(connectx3("queue"), verb, 1_MiB);
    const PerftestRow flow = measure_verb(connectx3("flow"), verb, 1_MiB);
    CHECK(queue.latency.us() == Approx(flow.latency.us()).epsilon(0.02));
    CHECK(queue.bandwidth.bps() == Approx(flow.bandwidth.bps()).epsilon(0.02));
  }
}

TEST_CASE("Both wire models agree on the time of an 8 to 1 incast within 5 %") {
  for (const Verb verb : {Verb::read, Verb::write}) {
    const Duration queue = measure_incast(connectx3("queue"), verb, 1_MiB, 8);
    const Duration flow = measure_incast(connectx3("flow"), verb, 1_MiB, 8);
    CHECK(queue.us() == Approx(flow.us()).epsilon(0.05));
    CHECK(queue.us() > 8 * 260);
  }
}

TEST_CASE("READs on one queue pair are limited by max_rd_atomic, whatever is outstanding") {
  PerftestSetup setup = connectx3();
  setup.nic.max_rd_atomic = 1;
  const PerftestRow row = measure_verb(setup, Verb::read, 64_B);
  // The next READ waits in the NIC: it does not pay the post again.
  const Duration between = row.latency - setup.nic.post;
  CHECK(row.messages_per_second == Approx(1 / between.seconds()).epsilon(0.01));
}

TEST_CASE("The verb of the command line prints rows as JSON") {
  const Scratch scratch;
  const CommandRun outcome = run_dsmsim(scratch, {"verbs", "--nic", "cx3-ib40", "--op", "read",
                                                  "--sizes", "2B,1KiB..4KiB", "--json", "-"});
  REQUIRE(outcome.exit_code == 0);
  const auto rows = nlohmann::json::parse(outcome.out)["rows"];
  REQUIRE(rows.size() == 4);
  CHECK(rows[0]["op"] == "read");
  CHECK(rows[3]["bytes"] == 4096);
  CHECK(rows[1]["latency_us"].get<double>() == Approx(2.70).epsilon(0.05));
  CHECK(rows[1]["bandwidth_gbps"].get<double>() ==
        Approx(rows[1]["rate_mops"].get<double>() * 1024 * 8e-3));
}

TEST_CASE("The verb of the command line takes changes of the profile") {
  const Scratch scratch;
  const auto latency = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"verbs", "--sizes", "2B", "--json", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return nlohmann::json::parse(run_dsmsim(scratch, arguments).out)["rows"][0]["latency_us"]
        .get<double>();
  };
  CHECK(latency({"--set", "nic.post=1300ns"}) == Approx(latency({}) + 1.0));
  CHECK(latency({"--topology", "drust8"}) == Approx(latency({})));
}

TEST_CASE("On ConnectX-6 the verb measures 8 KiB at the rate of the link, and CX-5's atomics") {
  const Scratch scratch;
  const auto row = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"verbs", "--json", "-"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return nlohmann::json::parse(run_dsmsim(scratch, all).out)["rows"][0];
  };
  CHECK(row({"--nic", "cx6-ib200", "--op", "write", "--sizes", "8KiB"})["bandwidth_gbps"] ==
        Approx(8 / 0.0407).epsilon(0.01));
  CHECK(row({"--nic", "cx6-ib200", "--op", "write", "--sizes", "8KiB", "--qps",
             "4"})["bandwidth_gbps"] == Approx(8 / 0.0407).epsilon(0.01));
  CHECK(row({"--nic", "cx5-roce100", "--op", "fetch_add"})["rate_mops"] ==
        Approx(2.17).epsilon(0.01));
}

// The second of two options was ignored, and the heading repeated it.
TEST_CASE("Options of the verb that have no effect together are refused") {
  const Scratch scratch;
  const auto refusal = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "verbs");
    const CommandRun outcome = run_dsmsim(scratch, arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(refusal({"--op", "fetch_add", "--sizes", "4KiB"}) ==
        "--op fetch_add works on 8 bytes: --sizes has no effect\n");
  CHECK(refusal({"--op", "compare_swap", "--sizes", "8B"}) ==
        "--op compare_swap works on 8 bytes: --sizes has no effect\n");
  CHECK_THAT(refusal({"--incast", "0"}), Catch::Contains("--incast: \"0\" is not a whole number"));
  CHECK(refusal({"--incast", "65536"}) == "--incast 65536: expected at most 65535 senders\n");
  const std::string one = "--incast is of one message from every sender: ";
  CHECK(refusal({"--incast", "3", "--qps", "8", "--sizes", "1MiB"}) ==
        one + "--qps has no effect\n");
  CHECK(refusal({"--incast", "3", "--outstanding", "1"}) == one + "--outstanding has no effect\n");
  CHECK(refusal({"--incast", "3", "--set", "queue_pairs=8"}) ==
        one + "--set queue_pairs has no effect\n");
  CHECK(refusal({"--incast", "3", "--set", "outstanding=8"}) ==
        one + "--set outstanding has no effect\n");
  const std::string twice = " say the same: leave one out\n";
  CHECK(refusal({"--qps", "2", "--set", "queue_pairs=8"}) == "--qps and --set queue_pairs" + twice);
  CHECK(refusal({"--outstanding", "2", "--set", "outstanding=8"}) ==
        "--outstanding and --set outstanding" + twice);
  CHECK(refusal({"--nic", "cx6-ib200", "--set", "nic=cx3-ib40"}) == "--nic and --set nic" + twice);
  CHECK(refusal({"--topology", "pair", "--set", "topology=drust8"}) ==
        "--topology and --set topology" + twice);
  CHECK(refusal({"--wire", "queue", "--set", "wire=flow"}) == "--wire and --set wire" + twice);
  const std::string flows = ", --set flow_above has no effect\n";
  CHECK(refusal({"--wire", "queue", "--set", "flow_above=1MiB"}) ==
        "with the wire model queue" + flows);
  CHECK(refusal({"--set", "wire=flow", "--set", "flow_above=1MiB"}) ==
        "with the wire model flow" + flows);
}

TEST_CASE("The heading of the verb says what was measured, wherever it was said") {
  const Scratch scratch;
  const auto heading = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"verbs", "--op", "write"});
    return lines_of(run_dsmsim(scratch, arguments).out).at(0);
  };
  CHECK(heading({"--sizes", "2B", "--set", "nic=cx6-ib200", "--set", "queue_pairs=2"}) ==
        "write between cx6-ib200 over single-cx6-ib200, 2 queue pairs, 128 requests in flight on "
        "each");
  CHECK(heading({"--sizes", "2B", "--incast", "3"}) ==
        "write between cx3-ib40 over single-cx3-ib40, 3 senders, one message each");
}

TEST_CASE("A fat pipe of 100 MB/s takes 16 KiB and a mebibyte at its rate in every wire model") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path() / "topologies");
  scratch.file("topologies/fat.json", R"({"name": "platform", "file": "fat.xml"})");
  scratch.file("topologies/fat.xml", R"(<?xml version="1.0"?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">
<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/>
<link id="l" bandwidth="100MBps" latency="1us" sharing_policy="FATPIPE"/>
<route src="a" dst="b"><link_ctn id="l"/></route>
</zone></platform>)");
  for (const std::string wire : {"queue", "flow", "automatic"}) {
    INFO(wire);
    const CommandRun outcome =
        run_dsmsim(scratch, {"verbs", "--configs", ".", "--topology", "fat", "--op", "write",
                             "--sizes", "4KiB,16KiB,32KiB,1MiB", "--wire", wire, "--json", "-"});
    REQUIRE(outcome.exit_code == 0);
    const nlohmann::json result = nlohmann::json::parse(outcome.out);
    for (const auto& row : result["rows"]) {
      const double least = row["bytes"].get<double>() / 100;
      CHECK(row["latency_us"].get<double>() > least);
      CHECK(row["latency_us"].get<double>() < least * 1.02 + 4);
      CHECK(row["bandwidth_gbps"].get<double>() == Approx(0.79).epsilon(0.02));
    }
  }
}

// Simulated time wrapped round: internal error, "an event for -8889752s".
TEST_CASE("A link of 1 B/s is refused, and messages that outlast the clock are a limit") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path() / "topologies");
  scratch.file("topologies/slow.json", R"({"name": "platform", "file": "slow.xml"})");
  const auto measure = [&](const std::string& bandwidth, const std::string& size) {
    scratch.file("topologies/slow.xml", R"(<?xml version="1.0"?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">
<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/>
<link id="l" bandwidth=")" + bandwidth + R"(" latency="1us"/>
<route src="a" dst="b"><link_ctn id="l"/></route>
</zone></platform>)");
    return run_dsmsim(scratch, {"verbs", "--configs", ".", "--topology", "slow", "--op", "write",
                                "--sizes", size});
  };
  const CommandRun refused = measure("1Bps", "1MiB");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("link \"l\" has a bandwidth of less than 1 kB/s"));
  const CommandRun endless = measure("1kBps", "64GiB");
  CHECK(endless.exit_code == 5);
  CHECK_THAT(endless.err, Catch::StartsWith("simulated time is used up: at "));
}
