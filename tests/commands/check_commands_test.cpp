// The verbs that check protocols: explore, litmus, run --schedule, run --check.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/check/schedule.hpp"
#include "tests/support/command_line.hpp"

namespace fs = std::filesystem;
using Catch::Contains;

namespace {

const fs::path kTests = fs::path(DSMSIM_SOURCE_DIR) / "tests";

std::string litmus(const std::string& name) { return kTests / "litmus" / (name + ".litmus"); }

}  // namespace

TEST_CASE("litmus prints what was seen beside what is allowed") {
  const Scratch scratch;
  const CommandRun outcome =
      run_dsmsim(scratch, {"litmus", "gam", litmus("SB+fences"), litmus("2+2W"), litmus("CoRR"),
                           litmus("IRIW"), litmus("MP+cached"), litmus("trylock-exclusion")});
  CHECK(outcome.err.empty());
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.out,
             Contains("forbidden, not seen") && Contains("allowed, seen") && !Contains("WRONG"));
}

TEST_CASE("A program that can deadlock is judged by the ends that it has") {
  const Scratch scratch;
  const std::string crossed = scratch.path() / scratch.file("crossed.litmus", R"(name crossed
object a on 0
object b on 1
thread on 0:  lock a;  lock b;  b = 1;  unlock b;  unlock a
thread on 1:  lock b;  lock a;  unlock a;  unlock b
exists b = 1
)");
  const CommandRun judged = run_dsmsim(scratch, {"litmus", "all", crossed});
  CHECK(judged.err.empty());
  CHECK(judged.exit_code == 0);
  CHECK_THAT(judged.out, Contains("allowed, seen") && !Contains("not seen") && !Contains("WRONG") &&
                             Contains("crossed: the program can deadlock"));
  const CommandRun explored = run_dsmsim(scratch, {"explore", "ivy", crossed});
  CHECK(explored.exit_code == 0);
  CHECK_THAT(explored.out, Contains("b=1") && Contains("the program can deadlock by itself"));
}

TEST_CASE("explore with everything scarce meets evictions") {
  const Scratch scratch;
  const std::string scenario = kTests / "scenarios" / "eviction.litmus";
  const std::string eviction = "\n  WRITE_BACK: of the owner\n";  // in the list of what was not met
  CHECK_THAT(run_dsmsim(scratch, {"explore", "ivy", scenario}).out, Contains(eviction));
  CHECK_THAT(run_dsmsim(scratch, {"explore", "ivy", scenario, "--scarce"}).out,
             !Contains(eviction));
}

TEST_CASE("explore tells the shortest story of a failure and saves it to be played again") {
  const Scratch scratch;
  const std::string saved = scratch.path() / "story.json";
  const std::string scenario = kTests / "scenarios" / "locked-upgrade.litmus";
  const CommandRun outcome =
      run_dsmsim(scratch, {"explore", "gam", scenario, "--set", "early_write_bytes=true", "--set",
                           "leak_shipped_lines=false", "--save", saved});
  CHECK(outcome.exit_code == 3);
  CHECK_THAT(outcome.out, Contains("the shortest schedule") &&
                              Contains("thread 1 on server 1: x = 1") &&
                              Contains("situations met"));
  const CommandRun played = run_dsmsim(scratch, {"run", "--schedule", saved, "--trace"});
  CHECK(played.exit_code == 3);
  CHECK_THAT(played.out, Contains("sends WRITE_PERMISSION_ONLY 1 -> 0"));
}

TEST_CASE("Every schedule that is kept ends as it says, by the options that it says") {
  const Scratch scratch;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kTests / "schedules")) {
    INFO(entry.path());
    const dsmsim::ScheduleFile file = dsmsim::read_schedule(entry.path());
    const CommandRun outcome = run_dsmsim(scratch, {"run", "--schedule", entry.path()});
    CHECK(outcome.exit_code == static_cast<int>(file.ends));
    const bool known = file.about.starts_with("known defect");
    if (known || file.ends != dsmsim::ExitCode::ok) {  // else it failed once
      CHECK_THAT(outcome.out, Contains(file.about));
    }
    ++count;
  }
  CHECK(count >= 6);
}

TEST_CASE("A schedule with an impossible step is refused by run and by crash") {
  // crash described the step before it looked whether it is possible: SIGSEGV.
  const Scratch scratch;
  scratch.file("impossible.json", R"({
    "schema": "dsmsim-schedule-1", "protocol": "gam", "ends": "well",
    "scenario": ["object x on 0", "thread on 1: x = 1", "thread on 2: r0 = x", "name two"],
    "choices": ["thread 0", "arrive 2 0"]})");
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"run", "--schedule", "impossible.json"},
        {"crash", "--schedule", "impossible.json"}}) {
    const CommandRun outcome = run_dsmsim(scratch, verb);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.err, Contains("step 2, \"arrive 2 0\", is not possible where it stands"));
  }
}

TEST_CASE("crash prints what becomes of a crash at every step") {
  const Scratch scratch;
  const std::string scenario = kTests / "scenarios" / "locks-3.litmus";
  for (const std::string protocol : {"gam", "drust"}) {
    const CommandRun outcome = run_dsmsim(scratch, {"crash", protocol, scenario});
    CHECK(outcome.err.empty());
    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Contains("locks-3 on " + protocol) &&
                                Contains("thread 0 on server 0: x = 1") &&
                                Contains("a request failed") && Contains(" runs: finished "));
  }
  const CommandRun kept = run_dsmsim(scratch, {"crash", "--server", "1", "--schedule",
                                               kTests / "schedules" / "gam-read-dying-lines.json"});
  CHECK(kept.err.empty());
  CHECK_THAT(kept.out, Contains("server 1") && !Contains("server 0  "));
}

TEST_CASE("fuzz runs the same random programs for the same seed, and finds nothing") {
  const Scratch scratch;
  for (const std::string protocol : {"gam", "drust"}) {
    const auto counts = [&](const std::string& seed) {
      const CommandRun outcome =
          run_dsmsim(scratch, {"fuzz", protocol, "--programs", "4", "--seed", seed});
      CHECK(outcome.err.empty());
      CHECK(outcome.exit_code == 0);
      CHECK_THAT(outcome.out, Contains("nothing found"));
      return outcome.out.substr(0, outcome.out.find("crashes"));
    };
    CHECK(counts("1") == counts("1"));
    CHECK(counts("1") != counts("2"));
  }
}

TEST_CASE("fuzz takes replicas, virtual memory and what is configured beside the protocols") {
  const Scratch scratch;
  const std::vector<std::vector<std::string>> all = {
      {"kona-vm"},
      {"kona", "--set", "replicas=2"},
      {"legoos", "--set", "replication=paper"},
      {"legoos-files"},
      {"infiniswap"},
      {"gam-as-published", "--set", "read_dying_lines=false", "--set", "early_write_bytes=false",
       "--set", "ack_locked_upgrade=false"}};
  for (std::vector<std::string> arguments : all) {
    arguments.insert(arguments.begin(), "fuzz");
    arguments.insert(arguments.end(), {"--programs", "4"});
    INFO(arguments[1]);
    const CommandRun outcome = run_dsmsim(scratch, arguments);
    CHECK(outcome.err.empty());
    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Contains("4 programs") && Contains("nothing found"));
  }
}

TEST_CASE("fuzz names the defect of the published protocol that it has found") {
  const Scratch scratch;
  const CommandRun outcome = run_dsmsim(scratch, {"fuzz", "gam-as-published", "--programs", "50"});
  CHECK(outcome.exit_code == 3);
  CHECK_THAT(outcome.out, Contains("a known defect of the published protocol") &&
                              Contains("it is not there with --set "));
}

// Nothing is in use where its Box is late: only who goes there meets the defect.
TEST_CASE("fuzz walks the released DRust until a Box is used that has not heard of a move") {
  const Scratch scratch;
  const CommandRun outcome = run_dsmsim(scratch, {"fuzz", "drust-artifact", "--programs", "10"});
  CHECK(outcome.exit_code == 3);
  CHECK_THAT(outcome.out, Contains("goes to memory that has been freed"));
}

TEST_CASE("A schedule with a step that is not possible is refused, whoever plays it") {
  const Scratch scratch;
  dsmsim::ScheduleFile file =
      dsmsim::read_schedule(kTests / "schedules" / "gam-read-dying-lines.json");
  for (const std::string choice :
       {"arrive 7 0", "thread 9", "timer 0", "complete 1 0", "tell 1", "crash 9"}) {
    file.choices.resize(1);
    file.choices.push_back(dsmsim::parse_choice(choice));
    file.choices.push_back(dsmsim::parse_choice("thread 0"));
    const std::string path = scratch.path() / scratch.file("bad.json", to_text(file));
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"run", "--schedule", path}, {"crash", "--schedule", path}}) {
      const CommandRun outcome = run_dsmsim(scratch, arguments);
      CHECK(outcome.exit_code == 2);
      CHECK_THAT(outcome.err,
                 Contains("step 2, \"" + choice + "\", is not possible where it stands"));
    }
  }
}

TEST_CASE("crash takes random orders with two crashes, the same ones for a seed") {
  const Scratch scratch;
  const auto run = [&](const std::string& seed) {
    return run_dsmsim(
        scratch,
        {"crash", "legoos", kTests / "scenarios/pages/page-replicas-3.litmus", "--set",
         "replication=paper", "--scarce", "--walks", "50", "--crashes", "2", "--seed", seed});
  };
  const CommandRun first = run("1");
  CHECK(first.err.empty());
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.out, Contains("page-replicas-3 on legoos: 50 orders with up to 2 crashes"));
  CHECK(run("1").out == first.out);
  CHECK(run("2").out != first.out);
}

TEST_CASE("GAM's locks of ranges of a block are checked as ranges") {
  const Scratch scratch;
  const std::string micro = scratch.path() / scratch.file("micro.json", R"({
    "cluster": {"extends": "clusters/drust8.json", "servers": 2}, "protocol": "gam",
    "program": {"extends": "workloads/gam_micro.json", "blocks": 32, "operations": 200,
                "shared_ratio": 0.5, "threads_per_server": 2, "read_ratio": 0.5}})");
  for (const std::string operation : {"locked_access", "try_locked_access"}) {
    for (const std::string protocol : {"gam", "gam-as-published", "drust"}) {
      const CommandRun outcome =
          run_dsmsim(scratch, {"run", micro, "--check", "--set", "program.operation=" + operation,
                               "--set", "protocol=" + protocol});
      INFO(operation << " under " << protocol);
      CHECK(outcome.err.empty());
      CHECK(outcome.exit_code == 0);
    }
  }
}

TEST_CASE("fuzz makes what fails small and saves it to be played again") {
  const Scratch scratch;
  const std::string saved = scratch.path() / "found.json";
  const CommandRun outcome = run_dsmsim(scratch, {"fuzz", "gam", "--set", "read_dying_lines=true",
                                                  "--programs", "50", "--save", saved});
  CHECK(outcome.exit_code == 3);
  CHECK_THAT(outcome.out, Contains("the smallest scenario") && Contains("the last program fails"));
  CHECK(run_dsmsim(scratch, {"run", "--schedule", saved}).exit_code == 3);
}

TEST_CASE("Mistakes in what is to be explored exit with 2") {
  const Scratch scratch;
  const std::string bad = scratch.path() / scratch.file("bad.litmus", "name X\nthread on 0: y = 1");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"explore", "gam", bad},
                                             {"explore", "gam", "/nowhere.litmus"},
                                             {"explore", "gem", litmus("SB")},
                                             {"explore", "gam", litmus("SB"), "--set", "cash=512B"},
                                             {"litmus", "local", litmus("SB")},
                                             {"crash", "gam"},
                                             {"crash", "gam", litmus("SB"), "--server", "2"},
                                             {"crash", "local", litmus("SB")},
                                             {"fuzz", "local"},
                                             {"fuzz", "gam", "--set", "cash=512B"},
                                             {"run", "--schedule", bad}}) {
    const CommandRun outcome = run_dsmsim(scratch, arguments);
    CHECK(outcome.exit_code == 2);
    CHECK_FALSE(outcome.err.empty());
  }
}

TEST_CASE("A checked run says how much was checked, and is otherwise the same run") {
  const Scratch scratch;
  const std::string demo = kTests / "../configs/experiments/demo.json";
  for (const std::string protocol : {"drust", "gam"}) {
    const auto run = [&](const std::string& check) {
      const std::string folder = protocol + check;
      const CommandRun outcome = run_dsmsim(
          scratch, {"run", demo, "--set", "protocol=" + protocol, "--set", "servers=3", "--set",
                    "program.operations=3000", "--set", "program.populate_operations=3000", "--set",
                    "check=" + check, "--out", folder});
      CHECK(outcome.exit_code == 0);
      return nlohmann::json::parse(scratch.read(folder + "/result.json"));
    };
    const nlohmann::json checked = run("true");
    const nlohmann::json plain = run("false");
    CHECK(checked["check"]["reads"].get<std::uint64_t>() > 1000);
    CHECK_FALSE(plain.contains("check"));
    CHECK(checked["latency"] == plain["latency"]);
    CHECK(checked["events"] == plain["events"]);
  }
}
