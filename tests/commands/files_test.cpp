// Files, folders and streams as a user gives them or takes them away, end to end.

#include <catch2/catch.hpp>

#include "tests/support/command_line.hpp"

namespace {

constexpr const char* kSmall = R"({"cluster": {"extends": "clusters/drust8.json", "servers": 2},
  "protocol": "drust", "program": {"name": "gups", "words": 64, "updates": 20}})";

/// Starts a run that would take minutes, and goes on when it is at work.
const std::string kLong =
    "$D run small.json --set program.updates=100000000 --set limits.wall=30s --out o > out.txt & "
    "until ls -d .o.* > /dev/null 2>&1; do sleep 0.05; done; rm out.txt; ";

/// Whatever is there but small.json, hidden or not.
std::string others(const Scratch& scratch) {
  std::string names;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    const std::string name = entry.path().filename().string();
    names += name == "small.json" ? "" : name + " ";
  }
  return names;
}

/// With kSmall as small.json; expects a refusal that leaves nothing.
std::string refusal(const std::string& command) {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  const CommandRun outcome = run_shell(scratch, command);
  CHECK(outcome.exit_code == 2);
  CHECK(others(scratch).empty());
  return outcome.err;
}

}  // namespace

TEST_CASE("A standard output that is full, closed or gone is an error, before a run is made") {
  for (const std::string lost : {"> /dev/full", ">&-"}) {
    CHECK_THAT(refusal("$D run small.json --out o " + lost),
               Catch::StartsWith("standard output cannot be written: "));
    CHECK_THAT(refusal("$D list protocols " + lost),
               Catch::StartsWith("standard output cannot be written: "));
    CHECK_THAT(refusal("$D --help " + lost),
               Catch::StartsWith("standard output cannot be written"));
  }
  CHECK_THAT(refusal("$D schema | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}"),
             Catch::StartsWith("standard output cannot be written"));
}

TEST_CASE("A file that is written does not become the standard output that was closed") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  const CommandRun outcome = run_shell(scratch, "$D run small.json --out o --json j.json >&- 2>&-");
  CHECK(outcome.exit_code == 2);
  CHECK(others(scratch).empty());
}

TEST_CASE("A terminal that goes away leaves nothing half written") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  CHECK(run_shell(scratch, kLong + "kill -HUP $!; wait $!").exit_code == 130);
  CHECK(others(scratch).empty());
}

TEST_CASE("Few files mean fewer runs at a time, and all of them") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  const CommandRun outcome =
      run_shell(scratch,
                "ulimit -n 20; $D compare small.json --out o -j 30 --set 'axes={\"seed\": "
                "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]}'");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK(lines_of(scratch.read("o/results.csv")).size() == 26);
}

// The run was made and lost: "internal error: invalid UTF-8 byte".
TEST_CASE("A file name that is not UTF-8 is refused") {
  CHECK_THAT(
      refusal("cp small.json $'b\\xe9.json'; $D run $'b\\xe9.json'; code=$?; rm b*; exit $code"),
      Catch::Contains("is not UTF-8"));
  CHECK_THAT(refusal("$D run small.json --out $'o\\xe9'"), Catch::Contains("is not UTF-8"));
}

TEST_CASE("A file whose name is none for a folder needs a name") {
  CHECK_THAT(
      refusal("cp small.json $'b\\nd.json'; $D run $'b\\nd.json'; code=$?; rm b*; exit $code"),
      Catch::Contains("/name  \"b\\u000ad\" is what results would be called"));
}

// "{}" as manifest.json was enough.
TEST_CASE("A foreign manifest or result costs no folder") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  scratch.file("d/manifest.json", "{}");
  scratch.file("d/result.json", "{}");
  scratch.file("d/mine", "precious");
  CHECK(run_dsmsim(scratch,
                   {"compare", "small.json", "--out", "d", "--set", R"(axes={"seed": [1, 2]})"})
            .exit_code == 2);
  CHECK(run_dsmsim(scratch, {"run", "small.json", "--out", "d"}).exit_code == 2);
  CHECK(scratch.read("d/mine") == "precious");
}

// It vanished with the old results, or under the new ones.
TEST_CASE("The experiment that is read is not written over") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  const CommandRun within = run_shell(
      scratch,
      "$D run small.json --out o > /dev/null; cp small.json o; $D run o/small.json --out o");
  CHECK(within.exit_code == 2);
  CHECK(within.err == "o: holds the experiment o/small.json, so it is not replaced\n");
  const CommandRun onto = run_shell(scratch, "$D run small.json --out p --json ./small.json");
  CHECK(onto.exit_code == 2);
  CHECK(onto.err == "--json ./small.json: is the experiment itself\n");
  CHECK(others(scratch) == "o ");
}

TEST_CASE("A folder that cannot be replaced is refused before the run") {
  for (const std::string out : {".", "..", "x/..", "$PWD"}) {
    CHECK_THAT(refusal("$D run small.json --out " + out), Catch::Contains("name a folder in it"));
  }
  CHECK_THAT(refusal("$D run small.json --out o --json /; "), Catch::Contains("Is a directory"));
}

TEST_CASE("What a killed run has left over goes with the next") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  run_shell(scratch, kLong + "kill -9 $!; wait $!");
  CHECK_THAT(others(scratch), Catch::StartsWith(".o.dsmsim-tmp-"));
  CHECK(run_dsmsim(scratch, {"run", "small.json", "--out", "p"}).exit_code == 0);
  CHECK(others(scratch) == "p ");
}

TEST_CASE("A broken file behind extends is reported with its own place") {
  const Scratch scratch;
  scratch.file("clusters/mine.json", "garbage");
  scratch.file("m.json",
               R"({"cluster": {"extends": "clusters/mine.json", "servers": 2}, "protocol": "drust",
    "program": "gups"})");
  const CommandRun outcome = run_dsmsim(scratch, {"validate", "m.json", "--configs", "."});
  CHECK(outcome.exit_code == 2);
  CHECK(lines_of(outcome.err).size() == 1);
  CHECK_THAT(outcome.err, Catch::StartsWith("clusters/mine.json:1:1  /  syntax error"));
}

TEST_CASE("Axes, labels and runs have names that tables and folders can hold") {
  const auto axes_refusal = [](const std::string& axes) {
    return refusal("$D compare small.json --out o --set 'axes=" + axes + "'");
  };
  const std::string values =
      R"([{"label": "a", "set": {"seed": 1}}, {"label": "b", "set": {"seed": 2}}])";
  CHECK_THAT(axes_refusal("{\"x\\u0000y\": " + values + "}"), Catch::Contains("control character"));
  CHECK_THAT(axes_refusal("{\"\": " + values + "}"),
             Catch::Contains("the name of an axis is empty"));
  CHECK_THAT(axes_refusal("{\"x\": " + values + ", \"X\": " + values + "}"),
             Catch::Contains("another axis is called \"X\" too"));
  CHECK_THAT(axes_refusal("{\"Run\": " + values + "}"),
             Catch::Contains("an axis cannot be called \"Run\""));
  CHECK_THAT(axes_refusal(R"({"x": [{"label": "a\u0007", "set": {"seed": 1}}]})"),
             Catch::Contains("the name of the value holds a control character"));
  CHECK_THAT(
      axes_refusal("{\"x\": [{\"label\": \"" + std::string(300, 'a') +
                   "\", \"set\": {\"seed\": 1}}, {\"label\": \"b\", \"set\": {\"seed\": 2}}]}"),
      Catch::Contains("at most 200 bytes"));
}

// "duplicate column name: events", after all runs, as an internal error.
TEST_CASE("An axis may be called as a metric is") {
  const Scratch scratch;
  scratch.file("small.json", kSmall);
  const CommandRun outcome = run_dsmsim(
      scratch,
      {"compare", "small.json", "--out", "o", "--set",
       R"(axes={"events": [{"label": "a", "set": {"seed": 1}}, {"label": "b", "set": {"seed": 2}}]})"});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(lines_of(scratch.read("o/results.csv"))[0],
             Catch::StartsWith("run,events,status") && Catch::Contains(",events~2,"));
}
