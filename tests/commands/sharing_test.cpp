// Far memory that several servers share, end to end: what is refused, and the mark that results
// carry.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

using Catch::Contains;
using nlohmann::ordered_json;

namespace {

const std::string kProgram =
    R"({"name": "kvstore", "operations": 400, "populate_operations": 100, "buckets": 64})";

/// What a run on four servers has to say about the protocol.
std::vector<std::string> mistakes(const std::string& protocol) {
  const Scratch scratch;
  const CommandRun outcome = run_dsmsim(
      scratch, {"validate", scratch.file("bad.json", R"({"cluster": "drust8", "program": "kvstore",
"protocol": )" + protocol + "}"),
                "--set", "servers=4"});
  CHECK(outcome.exit_code == 2);
  return lines_of(outcome.err);
}

}  // namespace

TEST_CASE("Several compute servers of legoos or kona need sharing, and are told why") {
  for (const std::string name : {"legoos", "kona"}) {
    const auto lines =
        mistakes(R"({"extends": "protocols/)" + name + R"(.json", "compute_servers": 2})");
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::StartsWith("bad.json:2:") &&
                             Contains("/protocol/compute_servers  ") &&
                             Contains("does not keep writable memory coherent across compute "
                                      "servers; sharing: directory adds a page directory"));
  }
}

TEST_CASE("Sharing leaves a server with memory, and says so where it is asked for none") {
  const auto lines = mistakes(
      R"({"extends": "protocols/kona.json", "sharing": "directory", "compute_servers": 4})");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Contains("/protocol") &&
                           Contains("of 4 servers 4 compute, so none is left to hold memory"));
}

TEST_CASE("Options of what sharing replaces are refused, each at its place") {
  const auto of_legoos =
      mistakes(R"({"extends": "protocols/legoos-shared.json", "eviction": "victim",
"replication": "paper", "piggyback": false})");
  REQUIRE(of_legoos.size() == 3);
  CHECK_THAT(of_legoos[0], Contains("/protocol/eviction  cannot be chosen with sharing"));
  CHECK_THAT(of_legoos[1],
             Contains("/protocol/piggyback  ") || Contains("/protocol/replication  "));
  const auto of_kona =
      mistakes(R"({"extends": "protocols/kona-shared.json", "log": "2MiB", "replicas": 2,
"critical_line_first": true})");
  CHECK(of_kona.size() == 3);
}

TEST_CASE("Results of sharing say that it is an extension, and others do not") {
  const Scratch scratch;
  scratch.file("both.json", R"({"name": "both", "cluster": "drust8", "program": )" + kProgram + R"(,
"axes": {"protocol": ["legoos", "legoos-shared", "kona-shared"], "servers": [4]}})");
  const CommandRun outcome = run_dsmsim(scratch, {"compare", "both.json", "--out", "r"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Contains("\nlegoos-shared *") && Contains("\nkona-shared *") &&
                              !Contains("\nlegoos *") && Contains("\n* an extension: sharing"));
  const auto shared =
      ordered_json::parse(scratch.read("r/protocol=legoos-shared,servers=4/result.json"));
  CHECK_THAT(shared["extension"].get<std::string>(), Catch::StartsWith("sharing: directory"));
  CHECK(shared["engine"]["write_faults"] > 0);
  const auto alone = ordered_json::parse(scratch.read("r/protocol=legoos,servers=4/result.json"));
  CHECK_FALSE(alone.contains("extension"));
  const auto csv = lines_of(scratch.read("r/results.csv"));
  CHECK_THAT(csv[0], Contains(",speedup,extension,"));
  CHECK_THAT(csv[1], !Contains("sharing: directory"));
  CHECK_THAT(csv[2], Contains("sharing: directory"));

  CHECK_THAT(run_dsmsim(scratch, {"list", "protocols"}).out, Contains("\nkona-shared ") &&
                                                                 Contains("\nlegoos-shared ") &&
                                                                 Contains("Li and Hudak"));
}
