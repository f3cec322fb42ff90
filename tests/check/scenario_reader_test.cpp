#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "sim/check/scenario.hpp"
#include "sim/check/scenario_rules.hpp"

using namespace dsmsim;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* kStoreBuffering = R"(# Store buffering: may both threads miss
# the other's write?
name SB
object x on 0
object y on 1
thread on 0:  x = 1;  r0 = y
thread on 1:  y = 1;  r1 = x
exists r0 = 0 and r1 = 0
)";

Lines mistakes(const std::string& text) {
  try {
    parse_scenario(text, "a.litmus");
    return {};
  } catch (const InputErrors& errors) {
    CHECK(errors.code() == ExitCode::bad_input);
    return errors.lines();
  }
}

/// Of two objects and these lines, the first of which is line 4.
Lines mistakes_of(const std::string& lines) {
  return mistakes("name T\nobject x on 0\nobject y on 1\n" + lines);
}

Lines mistakes_of_steps(const std::string& steps) { return mistakes_of("thread on 0: " + steps); }

}  // namespace

TEST_CASE("Store buffering is read as it is written") {
  const Scenario read = parse_scenario(kStoreBuffering, "SB.litmus");
  CHECK(read.name == "SB");
  CHECK(read.about == "Store buffering: may both threads miss\nthe other's write?");
  CHECK(read.servers == 2);
  REQUIRE(read.objects.size() == 2);
  CHECK(read.objects[1] == ScenarioObject{"y", NodeId(1), Bytes(8)});
  CHECK(read.registers == Lines{"r0", "r1"});
  REQUIRE(read.threads.size() == 2);
  CHECK(read.threads[1].node == NodeId(1));
  REQUIRE(read.threads[0].steps.size() == 2);
  const Step& write = read.threads[0].steps[0];
  CHECK(write.kind == OpKind::write);
  CHECK(write.object == ObjectIndex(0));
  CHECK(write.operand == 1);
  CHECK_FALSE(write.result.valid());
  const Step& load = read.threads[1].steps[1];
  CHECK(load.kind == OpKind::read);
  CHECK(load.object == ObjectIndex(0));
  CHECK(load.result == RegisterIndex(1));
  REQUIRE(read.exists.size() == 2);
  CHECK(read.exists[1].result == RegisterIndex(1));
  CHECK(read.exists[1].value == 0);
}

TEST_CASE("Steps of every kind are read, over several lines, and objects may come last") {
  const Scenario read = parse_scenario(
      "name all+kinds.2\n"
      "servers 4\n"
      "thread on 0:\r\n"
      "  lock x; x = 7; unlock x   # a comment\n"
      "  rlock x; read x; unlock x;\n"
      "  fence\n"
      "  a = trylock x; unlock x; b = tryrlock x; unlock x\n"
      "thread on 1: c = add n 2; add n 1; d = cas n 0 3\n"
      "exists x = 7 and n = 3 and d = 0\n"
      "object x on 1 size 512B\n"
      "object n on 0\n",
      "a.litmus");
  CHECK(read.servers == 4);
  CHECK(read.objects[0].size == Bytes(512));
  CHECK(read.threads[0].steps.size() == 11);
  CHECK(read.threads[0].steps[4] == Step{.kind = OpKind::read, .object = ObjectIndex(0)});
  CHECK(read.threads[0].steps[9] ==
        Step{.kind = OpKind::try_rlock, .object = ObjectIndex(0), .result = RegisterIndex(1)});
  CHECK(read.threads[1].steps[2] == Step{.kind = OpKind::atomic_cas,
                                         .object = ObjectIndex(1),
                                         .operand = 3,
                                         .expected = 0,
                                         .result = RegisterIndex(3)});
  CHECK(read.exists[0].object == ObjectIndex(0));
  CHECK(parse_scenario(to_text(read), "b.litmus") == read);
}

TEST_CASE("The text of a scenario is the one that a person would write") {
  CHECK(to_text(parse_scenario(kStoreBuffering, "SB.litmus")) == kStoreBuffering);
}

TEST_CASE("Every mistake of a scenario is reported at once, with its place") {
  CHECK(mistakes("nmae T\n"
                 "object x on 9\n"
                 "object x on 0\n"
                 "object lock on 0\n"
                 "object y in 1\n"
                 "object z on 1 size 3B\n"
                 "thread on 0: x = 1; r0 = q; lok x; x = ; x = 1000\n"
                 "  rlock y y; r0 = fence; y = x; 3 = x; r1 = cas y 1\n"
                 "thread 0: x = 2\n"
                 "thread on 0 x = 2\n"
                 "exists r0 = 1 and r7 = 2 and x\n"
                 "exists x = 1\n") ==
        Lines{
            R"(a.litmus:1:1  expected a statement (name, servers, object, thread, exists), got )"
            R"("nmae"; did you mean "name")",
            R"(a.litmus:1:1  there is no name: expected "name SB")",
            R"(a.litmus:2:13  expected a server from 0 to 7, got "9")",
            R"(a.litmus:3:8  there is an object "x" already)",
            R"(a.litmus:4:8  "lock" is a word of the language, no name)",
            R"(a.litmus:5:10  expected "on" and a server, as in "object x on 0", got "in")",
            R"(a.litmus:6:20  objects have 8B to 4KiB)",
            R"(a.litmus:7:26  no object is called "q")",
            R"(a.litmus:7:29  expected a step, as in "x = 1", "r = x" or "lock x", got "lok"; )"
            R"(did you mean "lock")",
            R"(a.litmus:7:40  expected a value up to 999, an object, or an operation, got nothing)",
            R"(a.litmus:7:46  expected a value up to 999, an object, or an operation, got "1000")",
            R"(a.litmus:8:11  expected the end of the step, got "y")",
            R"(a.litmus:8:19  "fence" gives no value)",
            R"(a.litmus:8:26  "y" is an object; what is read goes into a register)",
            R"(a.litmus:8:33  expected a register, got "3")",
            R"(a.litmus:8:52  expected a value up to 999, as in "cas x 0 1", got nothing)",
            R"(a.litmus:9:8  expected "on" and a server, as in "thread on 0: x = 1", got "0")",
            R"(a.litmus:10:13  expected ":" and steps, got "x")",
            R"(a.litmus:11:19  no register or object is called "r7"; did you mean "r0")",
            R"(a.litmus:11:31  expected "=" and a value, got nothing)",
            R"(a.litmus:12:1  a scenario has one "exists")",
        });
}

TEST_CASE("Locks must be given back by who has taken them, once") {
  CHECK(mistakes_of_steps("unlock x") == Lines{"a.litmus:4:14  this thread has not locked \"x\""});
  CHECK(mistakes_of_steps("lock x; r = trylock x; unlock x") ==
        Lines{"a.litmus:4:22  this thread has already locked \"x\""});
  CHECK(mistakes_of_steps("lock x; lock y; unlock x") ==
        Lines{"a.litmus:4:1  the thread ends without \"unlock y\""});
  CHECK(mistakes_of("thread on 0: lock x\nthread on 0: unlock x").size() == 2);
  CHECK(mistakes_of_steps("lok x; x = 1; unlock x").size() == 1);  // it may have been that one
}

TEST_CASE("A guarded object is reached under its lock only, and written under its exclusive lock") {
  const auto mistakes_of_guarded = [](const std::string& steps) {
    return mistakes("name T\nobject x on 0 size 64B guarded\nthread on 0: " + steps);
  };
  CHECK(mistakes_of_guarded("lock x; x = 1; r = x; unlock x; s = tryrlock x; t = x; unlock x")
            .empty());
  CHECK(mistakes_of_guarded("r = x") ==
        Lines{"a.litmus:3:14  \"x\" is guarded, and this thread has not locked it"});
  CHECK(mistakes_of_guarded("lock x; unlock x; x = 1").size() == 1);
  CHECK(mistakes_of_guarded("rlock x; x = 1; unlock x") ==
        Lines{"a.litmus:3:23  \"x\" is guarded, and this thread has locked it for reading only"});
  CHECK(mistakes_of_guarded("lock x; add x 1; unlock x") ==
        Lines{"a.litmus:3:22  \"x\" is guarded: it is read and written under its lock, and has no "
              "atomics (add, cas)"});
  CHECK(mistakes("name T\nobject x on 0 guarded size 64B\nthread on 0: fence") ==
        Lines{"a.litmus:2:23  expected the end of the line, got \"size\""});
  CHECK(mistakes("name T\nobject x on 0 size 64B grded\nthread on 0: fence") ==
        Lines{"a.litmus:2:24  expected the end of the line, or \"guarded\", got \"grded\""});
}

TEST_CASE("Values tell the writes of an object apart") {
  CHECK(mistakes_of_steps("x = 1; y = 1; x = 2").empty());
  CHECK(mistakes_of("thread on 0: x = 1\nthread on 1: y = 1; x = 1") ==
        Lines{"a.litmus:5:21  1 is written to \"x\" a second time; the values of an object tell "
              "its writes apart"});
  CHECK(mistakes_of_steps("x = 0").size() == 1);
}

TEST_CASE("A register is assigned once, and an object serves atomics or plain accesses") {
  CHECK(mistakes_of("thread on 0: r = x\nthread on 1: r = y") ==
        Lines{"a.litmus:5:14  the register \"r\" is assigned a second time"});
  CHECK(mistakes_of("thread on 0: x = 1\nthread on 1: r = add x 1") ==
        Lines{"a.litmus:5:14  \"x\" is used both by atomics (add, cas) and by plain reads and "
              "writes"});
}

TEST_CASE("A scenario is small") {
  std::string threads;
  for (int i = 0; i < 8; ++i) {
    threads += "thread on 0: fence\n";
  }
  CHECK(mistakes_of(threads) == Lines{"a.litmus:10:1  8 threads; at most 6"});
  std::string steps;
  for (int i = 1; i <= 14; ++i) {
    steps += "x = " + std::to_string(i) + ";";
  }
  CHECK(mistakes_of_steps(steps) == Lines{"a.litmus:4:89  14 steps; at most 12 a thread"});
  CHECK(mistakes_of("servers 9\nthread on 0: fence").size() == 1);
  CHECK(mistakes_of("servers 1\nthread on 0: fence") ==
        Lines{"a.litmus:3:8  there is no server 1: they are numbered from 0 and there are 1"});
  CHECK(mistakes(std::string(1U << 17U, 'x')).size() == 1);
}

TEST_CASE("What is no text, no scenario or no file is refused") {
  CHECK(mistakes("name T \x1b[31m") == Lines{"a.litmus: is no text in UTF-8"});
  CHECK(mistakes("").size() == 2);
  CHECK_THROWS_AS(read_scenario("/nowhere.litmus"), InputErrors);
  CHECK_THROWS_AS(read_scenario("/"), InputErrors);
}

TEST_CASE("Whoever takes steps away from a scenario learns whether the rest still is one") {
  Scenario scenario = parse_scenario(
      "name T\nobject x on 0\nthread on 0: lock x; x = 1; unlock x\nthread on 0: r = x\n", "a");
  CHECK(faults(scenario).empty());
  scenario.threads[0].steps.pop_back();
  CHECK(faults(scenario).size() == 1);
  scenario.threads[1].steps.clear();
  CHECK(faults(scenario).size() == 2);  // nobody assigns r
}
