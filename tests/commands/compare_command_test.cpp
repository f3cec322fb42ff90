// dsmsim compare, end to end.

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

using nlohmann::ordered_json;

namespace {

const std::string kComparison = R"({
  "name": "both", "cluster": "drust8",
  "program": {"name": "kvstore", "operations": 1000, "populate_operations": 200, "buckets": 64},
  "axes": {"protocol": ["drust", "local"], "servers": [1, 2]},
  "baseline": {"protocol": "local", "servers": 1}
})";

/// The content of every file of a comparison that must not depend on the machine.
std::map<std::string, std::string> content(const Scratch& scratch, const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const std::string& file : scratch.files(folder)) {
    if (file.find("timing.json") == std::string::npos) {
      files[file] = scratch.read(folder + "/" + file);
    }
  }
  return files;
}

}  // namespace

TEST_CASE("A comparison has a folder a run, tables beside them, and ends with a table") {
  const Scratch scratch;
  const CommandRun outcome =
      run_dsmsim(scratch, {"compare", scratch.file("both.json", kComparison)});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(content(scratch, "results/both").count("protocol=drust,servers=2/result.json") == 1);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results/both/protocol=local,servers=2"));

  const auto table = lines_of(outcome.out);
  REQUIRE(table.size() >= 4);
  CHECK_THAT(table[1], Catch::StartsWith("protocol \\ servers"));
  CHECK_THAT(table[2], Catch::StartsWith("drust ") && Catch::EndsWith("x"));
  CHECK_THAT(table[3], Catch::StartsWith("local ") && Catch::Contains("1.00x"));
  CHECK(table[3].back() == '-');

  const auto manifest = ordered_json::parse(scratch.read("results/both/manifest.json"));
  CHECK(manifest["runs"].size() == 4);
  CHECK(manifest["runs"][3]["status"] == "skipped");
  CHECK(manifest["baseline"] == ordered_json{{"protocol", "local"}, {"servers", "1"}});

  const auto csv = lines_of(scratch.read("results/both/results.csv"));
  CHECK(csv.size() == 5);
  CHECK_THAT(csv[0], Catch::StartsWith("run,protocol,servers,status,exit_code,speedup,"));
}

TEST_CASE("A comparison's database has one row a run, with its axes and its metrics") {
  const Scratch scratch;
  REQUIRE(run_dsmsim(scratch, {"compare", scratch.file("both.json", kComparison), "--out", "r"})
              .exit_code == 0);
  SQLite::Database database((scratch.path() / "r/results.sqlite").string());
  CHECK(database.execAndGet("SELECT count(*) FROM runs").getInt() == 4);
  CHECK(database.execAndGet("SELECT sum(servers) FROM runs WHERE status = 'ok'").getInt() == 4);
  const double rate = database
                          .execAndGet(
                              "SELECT \"operations.per_second\" FROM runs "
                              "WHERE protocol = 'drust' AND servers = 2")
                          .getDouble();
  const auto result = ordered_json::parse(scratch.read("r/protocol=drust,servers=2/result.json"));
  CHECK(rate == result["operations"]["per_second"].get<double>());
}

TEST_CASE("Results do not depend on how many runs go on at a time") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  REQUIRE(run_dsmsim(scratch, {"compare", "both.json", "-j", "1", "--out", "one"}).exit_code == 0);
  REQUIRE(run_dsmsim(scratch, {"compare", "both.json", "-j", "2", "--out", "two"}).exit_code == 0);
  const auto one = content(scratch, "one");
  CHECK(one.size() == 3 * 4 + 3);
  CHECK(one == content(scratch, "two"));
}

TEST_CASE("A run of a comparison is the same as that run alone") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  REQUIRE(run_dsmsim(scratch, {"compare", "both.json", "--out", "all"}).exit_code == 0);
  scratch.file("one.json", ordered_json::parse(
                               scratch.read("all/protocol=drust,servers=2/result.json"))["config"]
                               .dump());
  REQUIRE(run_dsmsim(scratch, {"run", "one.json", "--out", "alone"}).exit_code == 0);
  CHECK(scratch.read("alone/result.json") ==
        scratch.read("all/protocol=drust,servers=2/result.json"));
}

TEST_CASE("An axis that --set decides keeps that one value") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  REQUIRE(run_dsmsim(scratch, {"compare", "both.json", "--set", "servers=3", "--set",
                               "axes.protocol=[\"drust\"]", "--set", "baseline=null", "--out", "r"})
              .exit_code == 0);
  const auto manifest = ordered_json::parse(scratch.read("r/manifest.json"));
  REQUIRE(manifest["runs"].size() == 1);
  CHECK(manifest["runs"][0]["folder"] == "protocol=drust,servers=3");
}

TEST_CASE("When --set decides every axis it is a single run") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", "both.json", "--set", "servers=2", "--set", "protocol=drust"});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("kvstore under drust on 2 servers"));
  CHECK(scratch.files("results/both,protocol=drust,servers=2").size() == 5);
  CHECK(run_dsmsim(scratch, {"run", "both.json", "--set", "servers=2", "--set", "protocol=local"})
            .exit_code == 2);
}

namespace {

const std::string kFigures = R"({
  "cluster": "drust8", "protocol": "gam",
  "program": {"name": "kvstore", "operations": 200, "populate_operations": 50, "buckets": 16},
  "axes": [{"figure": [{"label": "a", "set": {}}], "servers": [1, 2]},
           {"figure": [{"label": "b", "set": {}}], "program.get_ratio": [0, 1]}],
  "reference": {"figures": [
    {"name": "a", "x": "servers", "x_label": "servers", "metric": "operations.per_second",
     "label": "1/s", "curves": [{"label": "gam", "where": {"figure": "a"}, "points": [[1, 5]]}]}]}
})";

}  // namespace

TEST_CASE("A list of axes is a comparison of several grids, with a table each and one database") {
  const Scratch scratch;
  const CommandRun outcome =
      run_dsmsim(scratch, {"compare", scratch.file("figures.json", kFigures), "--out", "r"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out,
             Catch::Contains("figure \\ servers") && Catch::Contains("figure \\ get_ratio"));
  const auto csv = lines_of(scratch.read("r/results.csv"));
  REQUIRE(csv.size() == 5);
  CHECK_THAT(csv[0], Catch::StartsWith("run,figure,servers,get_ratio,status"));
  CHECK_THAT(csv[2], Catch::StartsWith("\"figure=a,servers=2\",a,2,,ok"));
  CHECK_THAT(csv[3], Catch::StartsWith("\"figure=b,get_ratio=0\",b,,0,ok"));
  const auto manifest = ordered_json::parse(scratch.read("r/manifest.json"));
  CHECK(manifest["runs"][3]["axes"] == ordered_json{{"figure", "b"}, {"get_ratio", "1"}});
  CHECK(manifest["reference"]["figures"][0]["curves"][0]["points"][0][1] == 5);
}

TEST_CASE("A published curve that no run is about is a mistake, and so are runs of the same name") {
  const Scratch scratch;
  std::string wrong = kFigures;
  wrong.replace(wrong.find("{\"figure\": \"a\"}"), 15, "{\"figure\": \"b\"}");
  const CommandRun curve = run_dsmsim(scratch, {"validate", scratch.file("curve.json", wrong)});
  CHECK(curve.exit_code == 2);
  CHECK_THAT(curve.err, Catch::Contains("/reference  figure \"a\": no run is on the axis "
                                        "\"servers\" where figure is b"));
  const CommandRun twice =
      run_dsmsim(scratch, {"validate", scratch.file("figures.json", kFigures), "--set",
                           "axes=[{\"servers\":[1,2]},{\"servers\":[2]}]"});
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.err, Catch::Contains("/axes  two grids have a run called \"servers=2\""));
}

TEST_CASE("A run that fails reports its own error, the others stand") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  const CommandRun outcome =
      run_dsmsim(scratch, {"compare", "both.json", "--out", "r", "--set", "limits.events=10000",
                           "--set", "axes.servers=[1,8]"});
  CHECK(outcome.exit_code == 5);
  const auto errors = lines_of(outcome.err);
  REQUIRE(errors.size() == 1);
  CHECK_THAT(errors[0], Catch::StartsWith("protocol=drust,servers=8 failed with exit code 5: "));
  CHECK_THAT(outcome.out, Catch::Contains("failed (5)"));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "r/protocol=drust,servers=8"));
  CHECK(std::filesystem::exists(scratch.path() / "r/protocol=drust,servers=1/result.json"));
}

TEST_CASE("When every run fails there are no results") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  const CommandRun outcome =
      run_dsmsim(scratch, {"compare", "both.json", "--set", "limits.events=10"});
  CHECK(outcome.exit_code == 5);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
}

TEST_CASE("An interrupted comparison stops its children, exits with 130 and leaves nothing") {
  const Scratch scratch;
  scratch.file("both.json", kComparison);
  const auto start = std::chrono::steady_clock::now();
  const CommandRun outcome = run_dsmsim_interrupted(
      scratch, {"compare", "both.json", "-j", "2", "--set", "program.operations=1000000000"}, 700);
  CHECK(outcome.exit_code == 130);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
}

TEST_CASE("Mistakes of a comparison are found before anything runs, each once") {
  const Scratch scratch;
  scratch.file("bad.json", R"({
  "cluster": "drust8",
  "program": {"name": "kvstore", "buckts": 64},
  "axes": {"protocol": ["drust", "lokal"], "servers": [1, 2]},
  "baseline": {"protokol": "local", "servers": 3}
})");
  const CommandRun outcome = run_dsmsim(scratch, {"compare", "bad.json"});
  CHECK(outcome.exit_code == 2);
  const auto lines = lines_of(outcome.err);
  REQUIRE(lines.size() == 4);
  CHECK_THAT(outcome.err, Catch::Contains("bad.json:3:34  /program/buckts  unknown key"));
  CHECK_THAT(outcome.err, Catch::Contains("bad.json:4:34  /axes/protocol/1  unknown protocol"));
  CHECK_THAT(outcome.err, Catch::Contains("/baseline/protokol  there is no such axis; did you"));
  CHECK_THAT(outcome.err, Catch::Contains("/baseline/servers  the axis has no value \"3\""));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
}

TEST_CASE("A file without axes is run, not compared") {
  const Scratch scratch;
  scratch.file("one.json", R"({"cluster": "drust8", "protocol": "drust", "program": "kvstore"})");
  const CommandRun outcome = run_dsmsim(scratch, {"compare", "one.json"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Catch::StartsWith("one.json:1:1  /axes  leave nothing to compare"));
}
