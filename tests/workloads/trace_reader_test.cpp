#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <vector>

#include "sim/base/error.hpp"
#include "tests/workloads/trace_files.hpp"
#include "workloads/trace/lackey_reader.hpp"
#include "workloads/trace/line_reader.hpp"

using namespace dsmsim;
using namespace dsmsim::test;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  std::string_view line;
  while (reader.next(line)) {
    lines.emplace_back(line);
  }
  return lines;
}

std::vector<TraceEvent> events_of(const std::string& path,
                                  Malformed malformed = Malformed::reject) {
  LackeyReader reader(path, malformed);
  std::vector<TraceEvent> events;
  TraceEvent event;
  while (reader.next(event)) {
    events.push_back(event);
  }
  return events;
}

std::string trace_reader_complaint(const std::string& path) {
  try {
    events_of(path);
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::bad_input);
    return error.what();
  }
}

std::string read_file(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

constexpr const char* kThree =
    "I  0401ab70,3\nI  0401ab73,5\n S 1fff000618,8\n L 04835b98,4\nI  0401ab78,1\n M 0421c7e0,16\n";

}  // namespace

TEST_CASE("Lines are the same from plain text and from zstd, whatever their length") {
  const TraceFolder folder;
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text.append(static_cast<std::size_t>(i % 37), 'x').append(std::to_string(i)).append("\n");
  }
  text.append(600'000, 'y').append("\nlast without an end");
  const auto plain = lines_of(folder.write("plain", text));
  CHECK(plain.size() == 50'002);
  CHECK(plain[49'999] == "xxxxxxxxxxxx49999");
  CHECK(plain[50'000].size() == 600'000);
  CHECK(plain[50'001] == "last without an end");
  CHECK(lines_of(folder.write("packed.zst", compressed(text))) == plain);
}

TEST_CASE("Several zstd frames one after another are one text") {
  const TraceFolder folder;
  const auto path = folder.write("two.zst", compressed("one\ntw") + compressed("o\nthree\n"));
  CHECK(lines_of(path) == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("Loads, stores and modifies are read with the instructions before them") {
  const TraceFolder folder;
  const auto events = events_of(folder.write("three", kThree));
  REQUIRE(events.size() == 3);
  CHECK(events[0].kind == TraceEventKind::store);
  CHECK(events[0].address == 0x1fff000618);
  CHECK(events[0].length == 8);
  CHECK(events[0].instructions == 2);
  CHECK(events[1].kind == TraceEventKind::load);
  CHECK(events[1].instructions == 0);
  CHECK(events[2].kind == TraceEventKind::modify);
  CHECK(events[2].length == 16);
  CHECK(events[2].instructions == 1);
}

TEST_CASE("Records belong to the thread that last acquired the lock, also across switches") {
  const TraceFolder folder;
  const auto events = events_of(folder.write(
      "switches", " L 10,4\n" + acquired(1) + "I  40,1\n L 20,4\nI  40,1\n" + yields(1) +
                      acquired(2) + " S 30,4\n" + yields(2) + acquired(1) + "I  40,1\n L 40,4\n"));
  REQUIRE(events.size() == 5);
  CHECK(events[0].thread == 0);
  CHECK(events[1].thread == 0);
  CHECK(events[2].kind == TraceEventKind::start);
  CHECK(events[2].thread == 1);
  CHECK(events[3].thread == 1);
  CHECK(events[3].instructions == 0);
  CHECK(events[4].thread == 0);
  CHECK(events[4].instructions == 2);  // one before the switch, one after
}

TEST_CASE("A number that Valgrind uses again is another thread") {
  const TraceFolder folder;
  LackeyReader reader(folder.write("again", " L 10,4\n" + acquired(2) + " L 20,4\n" + exits(2) +
                                                acquired(2) + " L 30,4\n" + exits(2)),
                      Malformed::reject);
  std::vector<std::uint32_t> threads;
  TraceEvent event;
  while (reader.next(event)) {
    if (event.kind == TraceEventKind::load) {
      threads.push_back(event.thread);
    }
  }
  CHECK(threads == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(reader.valgrind_number(1) == 2);
  CHECK(reader.valgrind_number(2) == 2);
}

TEST_CASE("Valgrind's messages and other scheduler lines are passed over") {
  const TraceFolder folder;
  const auto events = events_of(
      folder.write("messages",
                   "==7== Lackey, an example Valgrind tool\n--7-- Reading syms\n\n**7** printed\n"
                   "--7--   SCHED[1]: entering VG_(scheduler)\n" +
                       acquired(1) + " L 10,4\n==7== Counted 1 call to main()\n"));
  CHECK(events.size() == 1);
}

TEST_CASE("The recorded trace holds what grep counts") {
  const auto events = events_of(kTinyTrace);
  std::size_t records = 0, starts = 0, ends = 0;
  for (const TraceEvent& event : events) {
    records += event.kind <= TraceEventKind::modify ? 1 : 0;
    starts += event.kind == TraceEventKind::start ? 1 : 0;
    ends += event.kind == TraceEventKind::end ? 1 : 0;
  }
  CHECK(records == 9'974);  // zstdcat tiny.lackey.zst | grep -c '^ [LSM]'
  CHECK(starts == 2);
  CHECK(ends == 3);
}

TEST_CASE("A malformed line is reported with file, line and what it is") {
  const TraceFolder folder;
  const auto path = folder.write("bad", " L 10,4\n L 1x,4\nhello\n S 10\n M 10,0\n--7-- SCHED[x\n");
  const std::string message = trace_reader_complaint(path);
  CHECK_THAT(message, Catch::Contains(path + ":2  \" L 1x,4\" is no data record"));
  CHECK_THAT(message, Catch::Contains(path + ":3  \"hello\" is no line of a lackey trace"));
  CHECK_THAT(message, Catch::Contains(path + ":4  \" S 10\" is no data record"));
  CHECK_THAT(message, Catch::Contains(path + ":5  \" M 10,0\" is no data record"));
  CHECK_THAT(message, Catch::Contains(path + ":6  \"x\" names no thread"));
}

TEST_CASE("A file full of other text is reported by its first ten lines") {
  const TraceFolder folder;
  std::string text;
  for (int i = 0; i < 1'000; ++i) {
    text += "{\"a\": 1}\n";
  }
  try {
    events_of(folder.write("json", text));
    FAIL("no error");
  } catch (const InputErrors& errors) {
    CHECK(errors.lines().size() == 11);
    CHECK_THAT(errors.lines().back(), Catch::Contains("\"malformed\": \"drop\""));
  }
}

TEST_CASE("Malformed lines are counted when they are to be dropped") {
  const TraceFolder folder;
  LackeyReader reader(folder.write("noise", "hello\n L 10,4\n L zz,4\n L\n S 20,4\n"),
                      Malformed::drop);
  TraceEvent event;
  int records = 0;
  while (reader.next(event)) {
    ++records;
  }
  CHECK(records == 2);
  CHECK(reader.malformed() == 2);  // of data records, as grep counts them
}

TEST_CASE("A trace without a data record is an error") {
  const TraceFolder folder;
  CHECK_THAT(trace_reader_complaint(folder.write("empty", "")),
             Catch::Contains("holds no data record"));
  CHECK_THAT(trace_reader_complaint(folder.write("log", "==7== Lackey\nI  40,1\n")),
             Catch::Contains("holds no data record"));
}

TEST_CASE("Files that are missing, no zstd, corrupt or cut off are errors that name them") {
  const TraceFolder folder;
  CHECK_THAT(trace_reader_complaint("/nowhere/trace.zst"),
             Catch::Contains("/nowhere/trace.zst: No such file or directory"));
  CHECK_THAT(trace_reader_complaint(folder.write("fake.zst", kThree)),
             Catch::Contains("fake.zst: is not zstd"));
  std::string packed = read_file(kTinyTrace);
  CHECK_THAT(trace_reader_complaint(folder.write("cut.zst", packed.substr(0, packed.size() / 2))),
             Catch::Contains("cut.zst: the zstd frame is cut off"));
  CHECK_THAT(trace_reader_complaint(folder.write("cut1.zst", packed.substr(0, packed.size() - 1))),
             Catch::Contains("cut1.zst: the zstd frame is cut off"));
  packed.replace(packed.size() / 2, 100, std::string(100, '\x55'));
  CHECK_THAT(trace_reader_complaint(folder.write("broken.zst", packed)),
             Catch::Contains("broken.zst: "));
  CHECK_THAT(trace_reader_complaint("/"), Catch::Contains("/: "));
}

// One line of 16 bytes made 67 million objects.
TEST_CASE("An access longer than any instruction makes is no data record") {
  const TraceFolder folder;
  CHECK_THAT(trace_reader_complaint(folder.write("huge", " L 0,4294967295\n")),
             Catch::Contains(":1  \" L 0,4294967295\" is no data record"));
}

// A compressed line of any length takes next to no room in a file, but its length in memory.
TEST_CASE("A line longer than a MiB is refused") {
  const TraceFolder folder;
  const auto path = folder.write("bomb.zst", compressed("\n" + std::string(2 << 20, 'x')));
  CHECK(trace_reader_complaint(path) == path + ":2  the line is longer than 1 MiB");
}
