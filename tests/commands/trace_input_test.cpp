// Traces as a user gives them, end to end: what is odd about one is told, and reading one can be
// stopped.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"
#include "tests/workloads/trace_files.hpp"

namespace {

/// An experiment that replays `trace` of the folder.
std::string replay_of(const Scratch& scratch, const std::string& trace,
                      const std::string& content) {
  scratch.file(trace, content);
  return scratch.file("exp.json", R"({"cluster": {"extends": "clusters/drust8.json", "servers": 4},
    "protocol": "gam", "program": {"name": "trace", "file": ")" +
                                      trace + R"(", "malformed": "drop"}})");
}

/// A GiB of empty lines in 100 KB.
std::string blank_lines() {
  const std::string frame = dsmsim::test::compressed(std::string(16 << 20, '\n'));
  std::string all;
  for (int i = 0; i < 64; ++i) {
    all += frame;
  }
  return all;
}

}  // namespace

// A program with many threads looked perfectly local.
TEST_CASE("A trace that names no threads is told on the screen and in the result") {
  const Scratch scratch;
  const std::string file = replay_of(scratch, "two.lackey", " S 1000,8\nI  400000,4\n L 2000,8\n");
  const CommandRun outcome = run_dsmsim(scratch, {"run", file, "--out", "o"});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("\nwarning: two.lackey: no SCHED lines"));
  const auto result = nlohmann::json::parse(scratch.read("o/result.json"));
  REQUIRE(result["warnings"].size() == 1);
  CHECK_THAT(result["warnings"][0].get<std::string>(), Catch::Contains("--trace-sched=yes"));
}

TEST_CASE("A comparison tells what is odd about its trace once") {
  const Scratch scratch;
  const std::string file = replay_of(scratch, "two.lackey", " S 1000,8\n");
  const CommandRun outcome = run_dsmsim(
      scratch, {"compare", file, "--set", R"(axes={"protocol": ["gam", "drust"]})", "--out", "o"});
  CHECK(outcome.exit_code == 0);
  const std::size_t at = outcome.out.find("warning: ");
  REQUIRE(at != std::string::npos);
  CHECK(outcome.out.find("warning: ", at + 1) == std::string::npos);
}

TEST_CASE("limits.wall ends the reading of a trace") {
  const Scratch scratch;
  const std::string file = replay_of(scratch, "blank.zst", blank_lines());
  const CommandRun outcome = run_dsmsim(scratch, {"run", file, "--set", "limits.wall=200ms"});
  CHECK(outcome.exit_code == 5);
  CHECK(outcome.cpu_seconds < 3);
  CHECK_THAT(outcome.err, Catch::StartsWith("limits.wall of 200ms reached while"));
}

TEST_CASE("Ctrl-C ends the reading of a trace, in validate too") {
  const Scratch scratch;
  const std::string file = replay_of(scratch, "blank.zst", blank_lines());
  for (const std::string verb : {"run", "validate"}) {
    CHECK(run_dsmsim_interrupted(scratch, {verb, file}, 300).exit_code == 130);
    CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
  }
}
