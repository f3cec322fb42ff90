// Random runs with faults: what counts as a finding, how it is made small, what the verb leaves.

#include "sim/experiment/fault_fuzz.hpp"

#include <catch2/catch.hpp>

#include "sim/experiment/search_path.hpp"
#include "tests/support/command_line.hpp"

using namespace dsmsim;
using Catch::Contains;
using nlohmann::ordered_json;

namespace {

Trial ended(ExitCode code, const std::string& what, std::uint64_t operations = 0) {
  Trial trial;
  trial.fits = true;
  trial.code = code;
  trial.what = what;
  trial.whole.operations = operations;
  return trial;
}

ordered_json with_fault(const ordered_json& fault) {
  return {{"faults", ordered_json::array({fault})}};
}

std::string complaint(const ordered_json& experiment, const Trial& trial) {
  WholeRun whole;
  whole.operations = 10;
  const auto finding = judge(experiment, trial, whole);
  return finding ? finding->what : "";
}

/// A store whose operations wait for a cable, and are late for the limit; what else there is does
/// not matter.
ordered_json slow_store() {
  return {{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 3}}},
          {"protocol", {{"extends", "protocols/gam.json"}, {"cache", "4KiB"}}},
          {"program",
           {{"name", "kvstore"},
            {"operations", 300},
            {"populate_operations", 30},
            {"keys", 100},
            {"buckets", 16},
            {"bucket_shift", 0}}},
          {"limits", {{"simulated_time", "10ms"}}},
          {"faults",
           {{{"name", "delay"}, {"rate", 0.01}, {"by", "1us"}},
            {{"name", "link_down"},
             {"link", "server1-switch0"},
             {"at", "50us"},
             {"for", "40ms"},
             {"every", "100ms"}},
            {{"name", "nic_stall"}, {"server", 1}, {"at", "60us"}, {"for", "1us"}}}}};
}

}  // namespace

TEST_CASE("A run with faults may end with exit codes 0 and 6, and with a reason for the latter") {
  const ordered_json crash = with_fault({{"name", "crash"}, {"server", 1}, {"at", "1us"}});
  const ordered_json stall = with_fault({{"name", "nic_stall"}, {"server", 1}, {"at", "1us"}});
  CHECK(complaint(crash, ended(ExitCode::ok, "", 10)).empty());
  CHECK(complaint(crash, ended(ExitCode::lost, "server 1 crashed")).empty());
  CHECK(complaint(stall, ended(ExitCode::lost, "gone")) == "lost, though nothing can be: gone");
  CHECK(complaint(crash, ended(ExitCode::ok, "", 9)) ==
        "no thread was lost, and 9 of 10 operations are done");
  CHECK(complaint(crash, ended(ExitCode::ok, "/measured_s of the result is below 0", 10)) != "");
  for (const ExitCode code : {ExitCode::internal, ExitCode::bad_input, ExitCode::incoherent,
                              ExitCode::deadlock, ExitCode::limit}) {
    CHECK(complaint(crash, ended(code, "why")) == "why");
  }
  Trial fewer = ended(ExitCode::ok, "", 9);
  fewer.lost_threads = 1;
  CHECK(complaint(crash, fewer).empty());
  fewer.fits = false;
  fewer.code = ExitCode::bad_input;
  CHECK(complaint(crash, fewer).empty());
}

TEST_CASE("A run is tried in a process of its own, and says what faults can be drawn from") {
  const std::vector<std::string> paths = config_search_path();
  ordered_json experiment = slow_store();
  CHECK(try_experiment(experiment, paths).code == ExitCode::limit);
  experiment.erase("faults");
  const Trial whole = try_experiment(experiment, paths);
  CHECK(whole.fits);
  CHECK(whole.code == ExitCode::ok);
  CHECK(whole.whole.operations == 300);
  CHECK(whole.whole.length > Duration());
  CHECK_THAT(whole.whole.cables, Catch::VectorContains(std::string("server1-switch0")));
  CHECK(whole.whole.messages.size() == whole.whole.counts.size());
  CHECK_FALSE(whole.whole.messages.empty());
  experiment["protocol"] = "no such protocol";
  CHECK_FALSE(try_experiment(experiment, paths).fits);
}

TEST_CASE("A run that faults keep from its end is a finding, and is made small") {
  const std::vector<std::string> paths = config_search_path();
  const Trial trial = try_experiment(slow_store(), paths);
  const auto finding = judge(slow_store(), trial, WholeRun());
  REQUIRE(finding);
  const FaultFinding small = shrink(*finding, paths);
  CHECK(small.code == ExitCode::limit);
  CHECK_THAT(small.what, Contains("limits.simulated_time of 10ms reached"));
  INFO(small.experiment.dump(2));
  REQUIRE(small.experiment["faults"].size() == 1);
  CHECK(small.experiment["faults"][0] ==
        ordered_json(
            {{"name", "link_down"}, {"link", "server1-switch0"}, {"at", "50us"}, {"for", "40ms"}}));
  CHECK(small.experiment["cluster"]["servers"] == 2);
  CHECK_FALSE(small.experiment["protocol"].contains("cache"));
  CHECK(small.experiment["program"]["operations"] < 100);
}

TEST_CASE("fuzz --faults saves the smallest experiment, which run repeats, the same every time") {
  // GAM as it was released reads lines that it has given up; the checker knows.
  const Scratch scratch;
  const std::vector<std::string> fuzz = {"fuzz",      "gam-as-published", "--faults", "--programs",
                                         "4",         "--seed",           "16",       "--save",
                                         "small.json"};
  const CommandRun found = run_dsmsim(scratch, fuzz);
  INFO(found.out);
  REQUIRE(found.exit_code == 3);
  CHECK_THAT(found.out, Contains("the smallest experiment:") && Contains("the last program fails"));
  const std::string saved = scratch.read("small.json");
  CHECK_THAT(found.out, Contains(saved));
  const CommandRun again = run_dsmsim(scratch, {"run", "small.json"});
  CHECK(again.exit_code == 3);
  CHECK_THAT(found.out, Contains(again.err));
  CHECK(run_dsmsim(scratch, fuzz).exit_code == 3);
  CHECK(scratch.read("small.json") == saved);
}

TEST_CASE("fuzz --faults ends with 0 when it finds nothing, and says what it has tried") {
  const Scratch scratch;
  const CommandRun tried =
      run_dsmsim(scratch, {"fuzz", "ivy", "--faults", "--programs", "2", "--set", "page=512B"});
  CHECK(tried.exit_code == 0);
  CHECK_THAT(tried.out, Contains("ivy, seed 1: 2 programs,") && Contains("nothing found"));
  CHECK(run_dsmsim(scratch, {"fuzz", "none", "--faults", "--programs", "1"}).exit_code == 2);
  CHECK(run_dsmsim(scratch, {"fuzz", "ivy", "--faults", "--set", "pag=1"}).exit_code == 2);
}
