// dsmsim reproduce, end to end: its runs, its pictures and its ledger.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

using nlohmann::ordered_json;

namespace {

const std::string kComparison = R"({
  "name": "both", "cluster": "drust8",
  "program": {"name": "kvstore", "operations": 1000, "populate_operations": 200, "buckets": 64},
  "axes": {"protocol": ["drust", "gam", "local"], "servers": [1, 2, 4]},
  "baseline": {"protocol": "local", "servers": 1}
})";

const std::string kPaper = R"({
  "title": "A paper",
  "figures": [
    {"name": "3", "x": "servers", "x_label": "servers", "metric": "operations.per_second",
     "scale": "speedup", "label": "speedup",
     "experiments": [{"experiment": "both.json", "full": {"program.operations": "2000"}}],
     "curves": [
       {"label": "drust", "experiment": "both", "where": {"protocol": "drust"},
        "points": [[1, 0.5], [2, 0.25]], "calibrated": [1], "rests_on": "a guess"},
       {"label": "not here", "experiment": "another", "where": {"protocol": "nothing"}}]},
    {"name": "4", "x": "servers", "x_label": "servers", "metric": "operations.per_second",
     "label": "operations/s", "curves": [{"label": "gam", "where": {"protocol": "gam"}}]}]
})";

/// In a folder with a paper and the experiment of its figure 3.
CommandRun reproduce(const Scratch& scratch, std::vector<std::string> more,
                     const std::string& paper = kPaper) {
  scratch.file("both.json", kComparison);
  scratch.file("paper.json", paper);
  more.insert(more.begin(), {"reproduce", "paper.json"});
  return run_dsmsim(scratch, more);
}

}  // namespace

TEST_CASE("What a figure's curves are about is run, drawn and put beside what is published") {
  const Scratch scratch;
  const CommandRun outcome = reproduce(scratch, {"3"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  const std::string folder = "results/reproduce-paper/";
  const auto manifest = ordered_json::parse(scratch.read(folder + "both/manifest.json"));
  CHECK(manifest["runs"].size() == 4);  // drust on 1, 2 and 4 servers, and the baseline
  CHECK(std::filesystem::exists(scratch.path() / (folder + "figure-3.png")));
  CHECK(std::filesystem::exists(scratch.path() / (folder + "figure-3.svg")));
  const auto ledger = lines_of(scratch.read(folder + "ledger.csv"));
  REQUIRE(ledger.size() == 4);
  CHECK_THAT(ledger[1], Catch::StartsWith("3,,drust,1,0.5,") && Catch::Contains("calibrated"));
  CHECK_THAT(ledger[3], Catch::StartsWith("3,,drust,4,,") && Catch::Contains("predicted"));
  CHECK_THAT(outcome.out, Catch::Contains("A paper, reduced size") && Catch::Contains("0.5*") &&
                              Catch::Contains("a guess"));
}

TEST_CASE("The size of a reproduction is that of the file, or what --set says") {
  const auto operations = [](const std::vector<std::string>& more) {
    const Scratch scratch;
    const CommandRun outcome = reproduce(scratch, more);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 0);
    const std::string run = "results/reproduce-paper/both/protocol=local,servers=1/result.json";
    return ordered_json::parse(scratch.read(run))["operations"]["total"].get<int>();
  };
  CHECK(operations({"3"}) == 1000);
  CHECK(operations({"3", "--full"}) == 2000);
  CHECK(operations({"3", "--full", "--set", "program.operations=500"}) == 500);
}

TEST_CASE("A figure that cannot be reproduced is refused, and nothing is left") {
  const auto refusal = [](const std::vector<std::string>& more, const std::string& paper = kPaper) {
    const Scratch scratch;
    const CommandRun outcome = reproduce(scratch, more, paper);
    CHECK(outcome.exit_code == 2);
    CHECK_FALSE(std::filesystem::exists(scratch.path() / "results"));
    return outcome.err;
  };
  CHECK_THAT(refusal({"7"}), Catch::Contains("there is no figure \"7\"; there are 3, 4"));
  CHECK_THAT(refusal({"4"}), Catch::Contains("does not say which experiments"));
  CHECK_THAT(refusal({"3", "--experiment", "bot"}),
             Catch::Contains("no experiment \"bot\"") || Catch::Contains("experiment \"bot\""));
  std::string wrong = kPaper;
  wrong.replace(wrong.find("\"drust\"}"), 8, "\"ivy\"}");
  CHECK_THAT(refusal({"3"}, wrong), Catch::Contains("no run of both is on a curve"));
  std::string band = kPaper;
  band.replace(band.find("\"calibrated\": [1]"), 17, "\"calibrated\": [3]");
  CHECK_THAT(refusal({"3"}, band),
             Catch::Contains("calibrated") && Catch::Contains("are x of points"));
  std::string nowhere = kPaper;
  nowhere.replace(nowhere.find("both.json"), 9, "booth.json");
  CHECK_THAT(refusal({"3"}, nowhere),
             Catch::StartsWith("paper.json: figure \"3\": booth.json:1:1  /  there is no such"));
  const Scratch scratch;
  CHECK_THAT(run_dsmsim(scratch, {"reproduce", "drusd"}).err,
             Catch::Contains("did you mean \"drust\""));
}

TEST_CASE("A reproduction does not take the place of the paper or the experiment that it reads") {
  const Scratch scratch;
  CHECK(reproduce(scratch, {"3", "--out", "kept"}).exit_code == 0);
  for (const std::string file : {"paper.json", "both.json"}) {
    const auto from = scratch.path() / file;
    const auto to = scratch.path() / "kept" / file;
    std::filesystem::copy(from, to);
  }
  std::string inside = kPaper;
  inside.replace(inside.find("both.json"), 9, "kept/both.json");
  const CommandRun paper =
      run_dsmsim(scratch, {"reproduce", "kept/paper.json", "3", "--out", "kept"});
  CHECK(paper.exit_code == 2);
  CHECK_THAT(paper.err, Catch::Contains("kept: holds the paper kept/paper.json"));
  const CommandRun experiment = reproduce(scratch, {"3", "--out", "kept"}, inside);
  CHECK(experiment.exit_code == 2);
  CHECK_THAT(experiment.err, Catch::Contains("kept: holds the experiment kept/both.json"));
  CHECK(std::filesystem::exists(scratch.path() / "kept" / "both.json"));
}

TEST_CASE("Figures that need one experiment with different settings are not drawn together") {
  std::string paper = kPaper;
  const std::string last = R"("label": "operations/s", )";
  paper.insert(paper.find(last) + last.size(),
               R"("experiments": [{"experiment": "both.json", "reduced": {"seed": "2"}}], )");
  const Scratch scratch;
  const CommandRun together = reproduce(scratch, {}, paper);
  CHECK(together.exit_code == 2);
  CHECK_THAT(together.err, Catch::Contains("figures need both with different settings"));
  CHECK(reproduce(scratch, {"4"}, paper).exit_code == 0);
}

TEST_CASE("A metric that no run has is said, with exit code 2") {
  const Scratch scratch;
  std::string paper = kPaper;
  paper.replace(paper.find("per_second"), 10, "per_secnd");
  const CommandRun outcome = reproduce(scratch, {"3"}, paper);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Catch::Contains("figure 3: no run has a number operations.per_secnd"));
}
