// dsmsim list, schema and validate, and the files that ship in configs/.

#include "sim/experiment/catalogue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"
#include "tests/support/json_schema.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path kConfigs = fs::path(DSMSIM_SOURCE_DIR) / "configs";

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every JSON file of a folder of configs/.
std::vector<fs::path> shipped(const std::string& folder) {
  std::vector<fs::path> files;
  if (fs::exists(kConfigs / folder)) {
    for (const auto& entry : fs::directory_iterator(kConfigs / folder)) {
      if (entry.path().extension() == ".json") {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The files that a schema has something against, with what that is.
std::vector<std::string> complaints(const json& schema, const std::vector<fs::path>& files) {
  std::vector<std::string> texts;
  std::transform(files.begin(), files.end(), std::back_inserter(texts), read_file);
  const std::vector<std::string> found = test::schema_complaints(schema.dump(), texts);
  std::vector<std::string> refused;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (found.at(i) != "") {
      refused.push_back(files[i].string() + "\n" + found[i]);
    }
  }
  return refused;
}

const std::vector<std::string> kNone;

}  // namespace

TEST_CASE("The published schema is the one that the code describes") {
  INFO("to bring it up to date: build/release/dsmsim schema > configs/schema.json");
  CHECK((read_file(kConfigs / "schema.json") == dsmsim::full_schema().dump(1) + "\n"));
}

TEST_CASE("Every shipped file is read without a complaint") {
  const Scratch scratch;
  std::vector<std::string> arguments = {"validate"};
  for (const char* folder :
       {"nics", "topologies", "clusters", "protocols", "workloads", "experiments"}) {
    for (const fs::path& file : shipped(folder)) {
      arguments.push_back(file.string());
    }
  }
  const CommandRun outcome = run_dsmsim(scratch, arguments);
  CHECK(outcome.err.empty());
  CHECK(outcome.exit_code == 0);
  CHECK(lines_of(outcome.out).size() == arguments.size() - 1);
}

TEST_CASE("Every shipped file satisfies the published schema") {
  const json whole = json::parse(read_file(kConfigs / "schema.json"));
  CHECK(complaints(whole, shipped("experiments")) == kNone);
  for (const auto& [folder, definition] : whole["definitions"].items()) {
    json schema = {{"allOf", {{{"$ref", "#/definitions/" + folder}}}}};
    schema["definitions"] = whole["definitions"];
    CHECK(complaints(schema, shipped(folder)) == kNone);
  }
}

TEST_CASE("The schema refuses what the reader refuses") {
  const std::string start = R"({"cluster": "drust8", "protocol": "drust")";
  const std::vector<std::string> found = test::schema_complaints(
      read_file(kConfigs / "schema.json"),
      {start + R"(, "program": "kvstore"})", start + "}",
       start + R"(, "program": "kvstore", "sed": 1})",
       start + R"(, "program": "kvstore", "limits": {"simulated_time": "5 parsecs"}})"});
  REQUIRE(found.size() == 4);
  CHECK(found[0] == "");
  CHECK(found[1] != "");
  CHECK(found[2] != "");
  CHECK(found[3] != "");
}

TEST_CASE("A schema of one kind of file stands on its own") {
  const Scratch scratch;
  for (const dsmsim::ConfigKind& kind : dsmsim::config_kinds()) {
    const CommandRun outcome = run_dsmsim(scratch, {"schema", kind.folder});
    REQUIRE(outcome.exit_code == 0);
    const json schema = json::parse(outcome.out);
    CHECK(complaints(schema, shipped(kind.folder)) == kNone);
  }
}

TEST_CASE("Everything that can be named is listed with a line about it") {
  const Scratch scratch;
  const auto list = [&](const std::string& what) {
    return run_dsmsim(scratch, {"list", what}).out;
  };
  CHECK_THAT(list("protocols"), Catch::Contains("\ngam ") && Catch::Contains("PVLDB"));
  CHECK_THAT(list("workloads"), Catch::Contains("\nkvstore "));
  CHECK_THAT(list("nics"), Catch::StartsWith("cx3-ib40 "));
  CHECK_THAT(list("topologies"), Catch::Contains("\ndrust8 "));
  CHECK_THAT(list("clusters"), Catch::StartsWith("drust8 "));
  CHECK_THAT(list("experiments"), Catch::Contains("\ndemo                 12 runs, 4s; DRust's"));
  for (const std::string what : {"protocols", "workloads", "experiments"}) {
    const std::string listed = "\n" + list(what);
    for (const fs::path& file : shipped(what)) {
      CHECK_THAT(listed, Catch::Contains("\n" + file.stem().string() + " "));
    }
  }
}

TEST_CASE("An experiment that is shipped goes by its name, with every verb that takes one") {
  const Scratch scratch;
  const std::vector<std::string> small = {
      "demo",  "--set",           "program.operations=100", "--set", "program.keys=50",
      "--set", "axes.servers=[1]"};
  for (const std::string verb : {"run", "compare", "validate"}) {
    std::vector<std::string> arguments = small;
    arguments.insert(arguments.begin(), verb);
    CHECK(run_dsmsim(scratch, arguments).exit_code == 0);
  }
  const CommandRun unknown = run_dsmsim(scratch, {"run", "demmo"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, Catch::Contains("did you mean \"demo\""));
}

TEST_CASE("The options of a protocol and of a program are described with their values") {
  const Scratch scratch;
  const auto describe = [&](const std::string& name) {
    return run_dsmsim(scratch, {"describe", name}).out;
  };
  CHECK_THAT(describe("gam"), Catch::Contains("\nblock ") && Catch::Contains(" 512B ") &&
                                  Catch::Contains("\ncosts."));
  CHECK_THAT(describe("drust"), Catch::Contains("\nleaked_bytes ") && Catch::Contains(" [B]\n"));
  CHECK_THAT(describe("kona-vm"), Catch::StartsWith("kona-vm (a configuration of kona)") &&
                                      Catch::Contains(" kona-vm ") &&
                                      Catch::Contains(" wait: waits until the memory node has "));
  CHECK_THAT(describe("ycsb"), Catch::Contains("\nrecordcount ") && Catch::Contains("at least 1"));
  for (const std::string what : {"protocols", "workloads"}) {
    for (const fs::path& file : shipped(what)) {
      CHECK(run_dsmsim(scratch, {"describe", file.stem().string()}).exit_code == 0);
    }
  }
  const CommandRun unknown = run_dsmsim(scratch, {"describe", "gamm"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, Catch::Contains("did you mean \"gam\""));
}

// "/protocol/costs is missing", against docs/experiments.md.
TEST_CASE("Protocols, NICs, topologies and clusters may be objects with a name and what differs") {
  const Scratch scratch;
  scratch.file(
      "e.json",
      R"({"cluster": {"name": "drust8", "servers": 3, "nic": {"name": "cx5-ib100", "mtu": "2KiB"},
    "topology": {"name": "single-cx5-ib100", "switch": {"latency": "90ns"}}},
    "protocol": {"name": "gam", "cache": "1MiB"},
    "program": {"name": "kvstore", "operations": 200, "populate_operations": 100}})");
  const CommandRun outcome = run_dsmsim(scratch, {"run", "e.json", "--out", "o"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const json config = json::parse(scratch.read("o/result.json"))["config"];
  CHECK(config["protocol"]["cache"] == "1MiB");
  CHECK(config["protocol"]["block"] == "512B");
  CHECK(config["cluster"]["nic"]["mtu"] == "2KiB");
  CHECK(config["cluster"]["topology"]["name"] == "single_switch");
  CHECK(config["cluster"]["server"]["cores"] == 16);
  scratch.file("again.json", config.dump());
  REQUIRE(run_dsmsim(scratch, {"run", "again.json", "--out", "p"}).exit_code == 0);
  CHECK(json::parse(scratch.read("p/result.json"))["config"] == config);
  const json schema = json::parse(read_file(kConfigs / "schema.json"));
  CHECK(complaints(schema, {scratch.path() / "e.json"}) == kNone);
}

TEST_CASE("Files are looked for in the folders that the user gives") {
  const Scratch scratch;
  scratch.file("mine/nics/slow.json", R"({"extends": "nics/cx3-ib40.json", "post": "900ns"})");
  scratch.file("e.json", R"({"cluster": {"extends": "clusters/drust8.json", "nic": "slow"},
                             "protocol": "drust", "program": "kvstore"})");
  CHECK(run_dsmsim(scratch, {"validate", "e.json"}).exit_code == 2);
  CHECK(run_dsmsim(scratch, {"validate", "e.json", "--configs", "mine"}).exit_code == 0);
  CHECK_THAT(run_dsmsim(scratch, {"list", "nics", "--configs", "mine"}).out,
             Catch::Contains("\nslow "));
  CHECK(run_dsmsim(scratch, {"validate", "e.json", "--configs", "nowhere"}).exit_code == 2);
}

TEST_CASE("The version and the help are printed and are no mistake") {
  const Scratch scratch;
  CHECK_THAT(run_dsmsim(scratch, {"--version"}).out, Catch::StartsWith("dsmsim 0."));
  CHECK(run_dsmsim(scratch, {"--version"}).exit_code == 0);
  CHECK(run_dsmsim(scratch, {"run", "--help"}).exit_code == 0);
}
