#include "sim/experiment/perftest.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "command_line.hpp"

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
