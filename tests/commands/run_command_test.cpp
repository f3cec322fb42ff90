// dsmsim run, end to end.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

using nlohmann::ordered_json;

namespace {

const std::string kSmall = R"({
  "name": "small", "cluster": "drust8", "protocol": "drust",
  "program": {"name": "kvstore", "operations": 2000, "populate_operations": 500, "buckets": 256}
})";

std::vector<std::string> keys_of(const ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) {
    keys.push_back(item.key());
  }
  return keys;
}

/// The result of a run of kSmall with more arguments.
std::string result_of(const std::vector<std::string>& more) {
  const Scratch scratch;
  std::vector<std::string> arguments = {"run", scratch.file("small.json", kSmall), "--out", "r"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const CommandRun outcome = run_dsmsim(scratch, arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return scratch.read("r/result.json");
}

}  // namespace

TEST_CASE("A run leaves its result, tables, histograms and timing in one folder") {
  const Scratch scratch;
  const CommandRun outcome = run_dsmsim(scratch, {"run", scratch.file("small.json", kSmall)});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Catch::StartsWith("small: kvstore under drust on 8 servers"));
  CHECK_THAT(outcome.out, Catch::Contains("2,000 operations"));
  CHECK(scratch.files("results/small") == std::vector<std::string>{"histograms.json",
                                                                   "messages.csv", "metrics.csv",
                                                                   "result.json", "timing.json"});
}

TEST_CASE("A result holds exactly what is promised") {
  const auto result = ordered_json::parse(result_of({}));
  CHECK(keys_of(result) == std::vector<std::string>{"schema", "dsmsim", "config", "operations",
                                                    "latency", "breakdown", "breakdown_by_kind",
                                                    "longest_wait", "messages", "amplification",
                                                    "engine", "program", "fabric", "events",
                                                    "simulated_s", "measured_s"});
  CHECK(result["operations"]["total"] == 2000);
  CHECK(result["operations"]["per_second"].get<double>() ==
        Approx(2000 / result["measured_s"].get<double>()));
  CHECK(keys_of(result["latency"]["get"]) == std::vector<std::string>{"count", "mean_ns", "min_ns",
                                                                      "p50_ns", "p90_ns", "p99_ns",
                                                                      "p999_ns", "max_ns"});
  CHECK(keys_of(result["messages"][0]) == std::vector<std::string>{"type", "verb", "purpose",
                                                                   "count", "payload_bytes",
                                                                   "data_bytes", "wire_bytes"});
  CHECK(keys_of(result["amplification"]) ==
        std::vector<std::string>{"read", "write", "wire", "read_data_bytes", "read_missing_bytes",
                                 "write_data_bytes", "write_missing_bytes", "other_data_bytes",
                                 "wire_bytes"});
  CHECK(result["config"]["cluster"]["nic"]["post"] == "300ns");
}

TEST_CASE("The categories of a result sum to the latencies of its DSM operations") {
  const auto result = ordered_json::parse(result_of({}));
  double spent = 0;
  for (const auto& [category, ns] : result["breakdown"].items()) {
    spent += ns.get<double>();
  }
  double latency = 0;
  for (const auto& [kind, categories] : result["breakdown_by_kind"].items()) {
    const auto& measured = result["latency"][kind];
    latency += measured["mean_ns"].get<double>() * measured["count"].get<double>();
  }
  CHECK(spent == Approx(latency).epsilon(1e-9));
}

TEST_CASE("The same seed gives the same bytes, another seed another result") {
  const std::string first = result_of({"--seed", "7"});
  CHECK(first == result_of({"--seed", "7"}));
  CHECK(first == result_of({"--set", "seed=7"}));
  const auto other = ordered_json::parse(result_of({"--seed", "8"}));
  CHECK(other["latency"] != ordered_json::parse(first)["latency"]);
}

TEST_CASE("The configuration in a result gives the same result again") {
  const std::string first = result_of({"--set", "servers=3"});
  const Scratch scratch;
  scratch.file("again.json", ordered_json::parse(first)["config"].dump());
  REQUIRE(run_dsmsim(scratch, {"run", "again.json", "--out", "r"}).exit_code == 0);
  CHECK(scratch.read("r/result.json") == first);
}

TEST_CASE("A result can be had on standard output, with nothing else there") {
  const Scratch scratch;
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", scratch.file("small.json", kSmall), "--json", "-"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out == scratch.read("results/small/result.json"));
}

TEST_CASE("A second run replaces the first, but never a folder of somebody else") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  CHECK(run_dsmsim(scratch, {"run", "small.json", "--out", "mine"}).exit_code == 0);
  CHECK(run_dsmsim(scratch, {"run", "small.json", "--out", "mine", "--seed", "2"}).exit_code == 0);
  scratch.file("yours/thesis.tex", "years of work");
  const CommandRun outcome = run_dsmsim(scratch, {"run", "small.json", "--out", "yours"});
  CHECK(outcome.exit_code == 2);
  CHECK(scratch.files("yours") == std::vector<std::string>{"thesis.tex"});
}

TEST_CASE("A run that reaches a limit says how far it came and leaves nothing") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  for (const std::string limit : {"events=1000", "simulated_time=10us"}) {
    const CommandRun outcome =
        run_dsmsim(scratch, {"run", "small.json", "--set", "limits." + limit});
    CHECK(outcome.exit_code == 5);
    CHECK_THAT(outcome.err, Catch::StartsWith("limits." + limit.substr(0, limit.find('='))));
    CHECK(lines_of(outcome.err).size() == 1);
    CHECK(scratch.files() == std::vector<std::string>{"small.json"});
    CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
  }
}

TEST_CASE("An interrupted run exits with 130 and leaves nothing") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  const CommandRun outcome = run_dsmsim_interrupted(
      scratch, {"run", "small.json", "--set", "program.operations=1000000000"}, 700);
  CHECK(outcome.exit_code == 130);
  CHECK(lines_of(outcome.err).size() == 1);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
}

TEST_CASE("A run of LegoOS says how the memory lies on its servers, and that it is spread") {
  const Scratch scratch;
  const std::string experiment = R"({
  "cluster": {"extends": "clusters/drust8.json", "servers": 3, "server": {"memory": "3MiB"}},
  "protocol": {"extends": "protocols/legoos.json", "cache": "1MiB"},
  "program": {"name": "pages", "working_set": "4MiB", "accesses": 200}
})";
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", scratch.file("spread.json", experiment), "--out", "r"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const auto memory = ordered_json::parse(scratch.read("r/result.json"))["engine"]["memory"];
  REQUIRE(memory.size() == 2);
  CHECK(memory["1"]["mapped"] == 2 << 20);
  CHECK(memory["2"]["mapped"] == 2 << 20);
  CHECK_THAT(outcome.out, Catch::Contains("memory      mapped      used\nserver 1  2.00 MiB  "));
}
