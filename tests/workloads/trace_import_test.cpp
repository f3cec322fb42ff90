#include <catch2/catch.hpp>
#include <tuple>
#include <vector>

#include "sim/base/random.hpp"
#include "tests/workloads/trace_files.hpp"
#include "workloads/trace/import.hpp"
#include "workloads/trace/lackey_reader.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using namespace dsmsim::test;

namespace {

ImportedTrace import_text(const std::string& text, const ImportOptions& options = {}) {
  const TraceFolder folder;
  LackeyReader reader(folder.write("trace", text));
  return import_trace(reader, options);
}

std::vector<TraceStep> steps_of(const ThreadTrace& thread) {
  std::vector<TraceStep> steps;
  ThreadTrace::Cursor cursor(thread);
  TraceStep step;
  while (cursor.next(step)) {
    steps.push_back(step);
  }
  return steps;
}

auto as_tuple(const TraceStep& s) {
  return std::make_tuple(s.kind, s.instructions, s.object, s.offset, s.length, s.records);
}

/// "L0 S1 start1 join1": kinds and objects in order.
std::string text_of(const ThreadTrace& thread) {
  const char* const names[] = {"L", "S", "M", "start", "join"};
  std::string text;
  for (const TraceStep& step : steps_of(thread)) {
    text += (text.empty() ? "" : " ") + std::string(names[static_cast<int>(step.kind)]) +
            std::to_string(step.object);
  }
  return text;
}

}  // namespace

TEST_CASE("Packed steps read back as they were") {
  RandomStream random(1, "steps");
  ThreadTrace trace;
  std::vector<TraceStep> written;
  for (int i = 0; i < 10'000; ++i) {
    const auto bits = static_cast<int>(random.below(32));
    const auto number = [&] { return static_cast<std::uint32_t>(random.next() >> (63 - bits)); };
    const TraceStep step{static_cast<TraceStepKind>(random.below(5)),
                         number(),
                         random.next() >> bits,
                         number(),
                         number(),
                         static_cast<std::uint32_t>(random.below(6))};
    written.push_back(step);
    trace.append(step);
  }
  const auto read = steps_of(trace);
  REQUIRE(read.size() == written.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    REQUIRE(as_tuple(read[i]) == as_tuple(written[i]));
  }
}

TEST_CASE("Addresses become blocks, numbered in the order of their first touch") {
  const auto trace = import_text(" L 1000,4\n S 2010,8\n M 103c,4\n L 1040,1\n");
  CHECK(text_of(trace.threads[0]) == "L0 S1 M0 L2");
  const auto steps = steps_of(trace.threads[0]);
  CHECK(steps[1].offset == 0x10);
  CHECK(steps[1].length == 8);
  CHECK(steps[2].offset == 0x3c);
  CHECK(trace.first_touch.size() == 3);
  CHECK(text_of(import_text(" L 1000,4\n S 2010,8\n M 103c,4\n L 1040,1\n", {.granularity = 4096_B})
                    .threads[0]) == "L0 S1 M0 L0");
}

TEST_CASE("An access that spans blocks is split and stays one record") {
  const auto trace = import_text("I  40,1\n S 103c,72\n");
  const auto steps = steps_of(trace.threads[0]);
  REQUIRE(steps.size() == 3);
  CHECK(as_tuple(steps[0]) == std::make_tuple(TraceStepKind::store, 1, 0, 60, 4, 0));
  CHECK(as_tuple(steps[1]) == std::make_tuple(TraceStepKind::store, 0, 1, 0, 64, 0));
  CHECK(as_tuple(steps[2]) == std::make_tuple(TraceStepKind::store, 0, 2, 0, 4, 1));
  CHECK(trace.counts.records == 1);
  CHECK(trace.counts.kept == 1);
}

TEST_CASE("A thread starts where the first thread stood when it appeared") {
  const auto trace = import_text(acquired(1) + " L 0,4\n" + yields(1) + acquired(2) + " L 40,4\n" +
                                 yields(2) + acquired(1) + " L 80,4\n" + yields(1) + acquired(3) +
                                 " L c0,4\n" + yields(3) + acquired(1) + " L 100,4\n");
  CHECK(text_of(trace.threads[0]) == "L0 start1 L2 start2 L4");
  CHECK(text_of(trace.threads[1]) == "L1");
  CHECK(text_of(trace.threads[2]) == "L3");
  CHECK(trace.first_touch == std::vector<std::uint32_t>{0, 1, 0, 2, 0});
}

TEST_CASE("The first thread waits for a thread that ends while it is in a blocking call") {
  const auto trace = import_text(" L 0,4\n" + yields(1) + acquired(2) + " L 40,4\n" + yields(2) +
                                 acquired(1) + " L 80,4\n" + blocks(1) + acquired(2) + " L c0,4\n" +
                                 exits(2) + acquired(1) + " L 100,4\n");
  CHECK(text_of(trace.threads[0]) == "L0 start1 L2 join1 L4");
}

TEST_CASE("It waits in its next blocking call for a thread that ends while it runs") {
  const auto trace =
      import_text(" L 0,4\n" + yields(1) + acquired(2) + " L 40,4\n" + exits(2) + acquired(1) +
                  " L 80,4\n" + yields(1) + acquired(3) + " L c0,4\n" + yields(3) + acquired(1) +
                  " L 100,4\n" + blocks(1) + acquired(1) + " L 140,4\n");
  CHECK(text_of(trace.threads[0]) == "L0 start1 L2 start2 L4 join1 L5");
}

TEST_CASE("The recorded program keeps its fork-join skeleton") {
  LackeyReader reader(kTinyTrace);
  const ImportedTrace trace = import_trace(reader, {});
  REQUIRE(trace.threads.size() == 3);
  std::string skeleton;
  for (const TraceStep& step : steps_of(trace.threads[0])) {
    skeleton += step.kind == TraceStepKind::start  ? "start" + std::to_string(step.object) + " "
                : step.kind == TraceStepKind::join ? "join" + std::to_string(step.object) + " "
                                                   : "";
  }
  CHECK(skeleton == "start1 start2 join1 join2 ");
  CHECK(trace.counts.records == 9'974);
  CHECK(trace.counts.kept == 9'974);
  CHECK(trace.threads[0].bytes() + trace.threads[1].bytes() + trace.threads[2].bytes() <
        6 * trace.counts.records);
}

TEST_CASE("What a thread does to its own stack can be left out, its instructions stay") {
  const std::string text = " S 1fff000000,8\nI  40,1\n S 1ffeffff00,8\nI  40,1\n L 5000,4\n" +
                           acquired(2) + " L 7fff0000,8\n L 1ffeffff00,8\n S 7ffe0000,8\n";
  const auto trace = import_text(text, {.drop_stack = true});
  CHECK(trace.counts.records == 6);
  CHECK(trace.counts.stack == 4);
  CHECK(trace.counts.kept == 2);
  CHECK(text_of(trace.threads[0]) == "L0 start1");
  CHECK(steps_of(trace.threads[0])[0].instructions == 2);
  CHECK(text_of(trace.threads[1]) == "L1");  // the other thread's stack is shared data
}

TEST_CASE("Stack accesses of the recorded program are the larger part and its cells are kept") {
  LackeyReader reader(kTinyTrace);
  const ImportedTrace trace = import_trace(reader, {.drop_stack = true});
  CHECK(trace.counts.stack + trace.counts.kept == 9'974);
  CHECK(trace.counts.stack > 2'000);
  for (const std::uint32_t worker : {1, 2}) {
    std::uint64_t modifies = 0;
    for (const TraceStep& step : steps_of(trace.threads[worker])) {
      modifies += step.kind == TraceStepKind::modify ? step.records : 0;
    }
    CHECK(modifies >= 200);  // cells[...] += i
  }
}

TEST_CASE("Records beyond the limit are counted and left out") {
  const auto trace = import_text(" L 0,4\n L 40,4\n L 80,4\n", {.records = 2});
  CHECK(text_of(trace.threads[0]) == "L0 L1");
  CHECK(trace.counts.records == 3);
  CHECK(trace.counts.beyond_limit == 1);
}

TEST_CASE("Consecutive accesses to one block are merged into one load and one store") {
  const auto trace = import_text(
      "I  40,1\n L 8,4\nI  40,1\n S 10,4\n L 20,8\n M 4,4\n L 40,4\n L 0,4\n", {.coalesce = true});
  const auto steps = steps_of(trace.threads[0]);
  REQUIRE(steps.size() == 4);
  CHECK(as_tuple(steps[0]) == std::make_tuple(TraceStepKind::load, 2, 0, 4, 36, 0));
  CHECK(as_tuple(steps[1]) == std::make_tuple(TraceStepKind::store, 0, 0, 4, 16, 4));
  CHECK(as_tuple(steps[2]) == std::make_tuple(TraceStepKind::load, 0, 1, 0, 4, 1));
  CHECK(as_tuple(steps[3]) == std::make_tuple(TraceStepKind::load, 0, 0, 0, 4, 1));
  CHECK(trace.counts.kept == 6);
}

TEST_CASE("Merging stops where threads start and where a thread may wait") {
  const auto trace =
      import_text(" L 0,4\n" + blocks(1) + acquired(1) + " L 4,4\n" + yields(1) + acquired(2) +
                      " L 40,4\n" + yields(2) + acquired(1) + " L 8,4\n",
                  {.coalesce = true});
  CHECK(text_of(trace.threads[0]) == "L0 L0 start1 L0");
}

// The end of the last block is 2^64: the loop over blocks began again at address 0, for ever.
TEST_CASE("The last block of the address space is a block like others") {
  const auto trace = import_text(" L ffffffffffffffc0,8\n S ffffffffffffffbe,4\n");
  CHECK(text_of(trace.threads[0]) == "L0 S1 S0");
  CHECK(steps_of(trace.threads[0])[0].length == 8);
}

TEST_CASE("A stack may reach up to the end of the address space") {
  const auto trace =
      import_text(" S ffffffffffffff00,8\n S ffffffffffffff80,8\n S 40,8\n", {.drop_stack = true});
  CHECK(trace.counts.stack == 2);
  CHECK(trace.counts.kept == 1);
}
