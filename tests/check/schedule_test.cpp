// Schedules as text and as files.

#include "sim/check/schedule.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace dsmsim;
using Catch::Contains;

namespace {

/// A file that is gone when the test has ended.
struct Paper {
  explicit Paper(const std::string& text) { std::ofstream(path) << text; }
  ~Paper() { std::remove(path.c_str()); }
  std::string path = std::filesystem::temp_directory_path() /
                     ("dsmsim-schedule-" + std::to_string(getpid()) + ".json");
};

ScheduleFile example() {
  return {.about = "an example",
          .protocol = "gam",
          .settings = {"cache=512B"},
          .ends = ExitCode::deadlock,
          .scenario = parse_scenario("name N\nobject x on 0\nthread on 1: r0 = x\n", "test"),
          .choices = {parse_choice("thread 0"), parse_choice("arrive 1 0"),
                      parse_choice("complete 1 0"), parse_choice("timer 2")}};
}

}  // namespace

TEST_CASE("A choice is read as it was written") {
  for (const std::string text :
       {"thread 0", "arrive 0 3", "complete 2 1", "timer 1", "crash 1", "tell 2"}) {
    CHECK(to_text(parse_choice(text)) == text);
  }
  for (const std::string text :
       {"", "thread", "thread x", "arrive 1", "go 1", "thread 1 2", "crash", "tell 1 2"}) {
    CHECK_THROWS_WITH(parse_choice(text), Contains("is no choice"));
  }
}

TEST_CASE("A schedule is read as it was written") {
  const ScheduleFile written = example();
  const Paper paper(to_text(written));
  const ScheduleFile read = read_schedule(paper.path);
  CHECK(read.about == written.about);
  CHECK(read.protocol == written.protocol);
  CHECK(read.settings == written.settings);
  CHECK(read.ends == written.ends);
  CHECK(read.scenario == written.scenario);
  CHECK(read.choices == written.choices);
}

TEST_CASE("A file that is no schedule is refused with its name") {
  std::string text = to_text(example());
  const auto refused = [](const std::string& bad) {
    const Paper paper(bad);
    CHECK_THROWS_AS(read_schedule(paper.path), Error);
    CHECK_THROWS_WITH(read_schedule(paper.path), Contains(paper.path));
  };
  refused("");
  refused("{}");
  refused("{\"schema\": \"dsmsim-schedule-1\"}");
  refused(text.substr(0, text.size() / 2));
  text.replace(text.find("deadlock"), 8, "happily");
  refused(text);
  const auto mistakes = [](const std::string& bad) {
    try {
      read_schedule(Paper(bad).path);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(mistakes(text), Contains("/ends  unknown value \"happily\""));
  CHECK_THAT(mistakes("{\"schema\": \"dsmsim-schedule-1\", \"protocol\": [], \"ends\": \"well\", "
                      "\"scenario\": [3], \"choices\": [\"thread 0\"]}"),
             Contains(":1:45  /protocol  expected text") && Contains("/scenario/0  expected text"));
  std::string far = to_text(example());
  far.replace(far.find("thread 0"), 8, "walk 1 2");
  CHECK_THAT(mistakes(far), Contains("/choices/") && Contains("\"walk 1 2\" is no choice"));
  CHECK_THROWS_WITH(read_schedule("/nowhere"), Contains("cannot be read"));
}
