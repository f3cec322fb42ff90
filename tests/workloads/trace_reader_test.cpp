#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <vector>

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
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
  LackeyReader reader(path, {.malformed = malformed});
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
                      {});
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
  CHECK_THAT(message, Catch::Contains(path + ":6  \"--7-- SCHED[x\" names no thread"));
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
                      {.malformed = Malformed::drop});
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

TEST_CASE("Files that are missing, no zstd or corrupt are errors that name them") {
  const TraceFolder folder;
  CHECK_THAT(trace_reader_complaint("/nowhere/trace.zst"),
             Catch::Contains("/nowhere/trace.zst: No such file or directory"));
  CHECK_THAT(trace_reader_complaint(folder.write("fake.zst", kThree)),
             Catch::Contains("fake.zst: is not zstd"));
  std::string packed = read_file(kTinyTrace);
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
TEST_CASE("A line longer than a MiB is refused, or passed over like others that are malformed") {
  const TraceFolder folder;
  const std::string text =
      "\n" + std::string(3 << 20, 'x') + "\n L 10,4\n" + std::string(2 << 20, 'y');
  const auto path = folder.write("bomb.zst", compressed(text));
  CHECK(trace_reader_complaint(path) == path + ":2  the line is longer than 1 MiB");
  CHECK(events_of(path, Malformed::drop).size() == 1);
}

// Nothing was heard for as long as empty lines came out of the decompressor.
TEST_CASE(
    "Who reads is asked again and again whether to stop, also where there are only empty lines") {
  const TraceFolder folder;
  const auto path = folder.write("blank.zst", compressed(std::string(32 << 20, '\n')));
  int asked = 0;
  LackeyReader reader(path);
  const StopQuestion question([&asked] {
    if (++asked == 20) {
      throw Error(ExitCode::interrupted, "enough");
    }
  });
  TraceEvent event;
  CHECK_THROWS_WITH(reader.next(event), "enough");
}

// Each record was "no data record" with a \\u000d in the quotation.
TEST_CASE("A carriage return at the end of a line is no part of it") {
  const TraceFolder folder;
  const auto events = events_of(folder.write(
      "dos", "==9== Command: ./a\r\nI  400000,4\r\n L 1000,8\r\n" +
                 std::string("--9--   SCHED[1]: releasing lock (x) -> VgTs_WaitSys\r\n")));
  REQUIRE(events.size() == 2);
  CHECK(events[0].length == 8);
  CHECK(events[1].kind == TraceEventKind::block);
}

TEST_CASE("Superblock lines are passed over") {
  const TraceFolder folder;
  CHECK(events_of(folder.write("sb", "SB 00400000\nI  00400000,4\n L 00001000,8\n")).size() == 1);
}

TEST_CASE("The forms of course material are read: one blank, none, and columns behind the size") {
  const TraceFolder folder;
  const auto events = events_of(folder.write("course",
                                             "\xef\xbb\xbfI 0400d7d4,8\n M 0421c7f0,4\nL 10,1 "
                                             "miss\nS 0x18,1 hit eviction\n L  20, 4\n\tL 30,4\n"));
  REQUIRE(events.size() == 5);
  CHECK(events[0].instructions == 1);
  CHECK(events[0].kind == TraceEventKind::modify);
  CHECK(events[1].address == 0x10);
  CHECK(events[2].kind == TraceEventKind::store);
  CHECK(events[2].address == 0x18);
  CHECK(events[4].address == 0x30);
  CHECK_THAT(trace_reader_complaint(folder.write("joined", " L 10,1miss\n")),
             Catch::Contains("is no data record"));
  CHECK_THAT(trace_reader_complaint(folder.write("prose", "I am\nLater\n")),
             Catch::Contains(":1  \"I am\" is no line of a lackey trace"));
}

// "--101--" was taken to be about threads of process 100.
TEST_CASE("Of several processes in one log the first is read, or the one that is asked for") {
  const TraceFolder folder;
  const auto path = folder.write(
      "fork",
      "--100--   SCHED[1]:  acquired lock (x)\n S 1000,8\n--101--   SCHED[2]:  acquired lock (x)\n"
      "I  40,1\n S 1000,8\n--101--   SCHED[2]: exiting VG_(scheduler)\n--100--   SCHED[1]:  "
      "acquired lock (x)\n"
      " L 1000,8\n--100--   SCHED[1]: exiting VG_(scheduler)\n");
  LackeyReader first(path);
  std::vector<TraceEventKind> kinds;
  TraceEvent event;
  while (first.next(event)) {
    CHECK(event.thread == 0);
    CHECK(event.instructions == 0);
    kinds.push_back(event.kind);
  }
  CHECK(kinds == std::vector{TraceEventKind::store, TraceEventKind::load, TraceEventKind::end});
  CHECK(first.of_other_processes() == 1);
  REQUIRE(first.warnings().size() == 1);
  CHECK_THAT(first.warnings()[0],
             Catch::EndsWith("2 records of process 100, 1 record of process 101"));

  LackeyReader second(path, {.process = 101});
  REQUIRE(second.next(event));
  CHECK(event.kind == TraceEventKind::store);
  CHECK(event.thread == 0);
  CHECK(event.instructions == 1);
  CHECK(second.valgrind_number(0) == 2);
  REQUIRE(second.next(event));
  CHECK(event.kind == TraceEventKind::end);
  CHECK_FALSE(second.next(event));
  CHECK(second.of_other_processes() == 2);

  LackeyReader none(path, {.process = 102});
  CHECK_THROWS_WITH(none.next(event), Catch::Contains("holds no data record of process 102"));
}

TEST_CASE("A trace without SCHED lines says that its threads cannot be told apart") {
  const TraceFolder folder;
  const auto warnings = [&](const std::string& text) {
    LackeyReader reader(folder.write("trace", text));
    TraceEvent event;
    while (reader.next(event)) {
    }
    return reader.warnings();
  };
  REQUIRE(warnings(" L 10,4\n").size() == 1);
  CHECK_THAT(warnings(" L 10,4\n")[0], Catch::Contains("--trace-sched=yes"));
  CHECK_THAT(warnings("==7== a\n L 10,4\n==8== b\n")[0], Catch::Contains("several processes"));
  CHECK(warnings(acquired(1) + " L 10,4\n").empty());
}

TEST_CASE("What a cut recording holds is read, and that it is cut is told") {
  const TraceFolder folder;
  const auto read = [](const std::string& path) {
    LackeyReader reader(path);
    TraceEvent event;
    std::size_t records = 0;
    while (reader.next(event)) {
      records += event.kind <= TraceEventKind::modify ? 1 : 0;
    }
    return std::pair(records, reader.cut());
  };
  const std::string packed = read_file(kTinyTrace);
  const auto half = read(folder.write("cut.zst", packed.substr(0, packed.size() / 2)));
  CHECK(half.first > 1'000);
  CHECK(half.second == "the zstd stream is cut off");
  CHECK(read(folder.write("cut1.zst", packed.substr(0, packed.size() - 1))).second == half.second);
  CHECK(read(kTinyTrace).second.empty());
  CHECK(read(folder.write("line", " L 10,4\n L 2")) ==
        std::pair<std::size_t, std::string>(1, "the last line is cut off"));
  CHECK(read(folder.write("no end", " L 10,4\n L 20,4")) ==
        std::pair<std::size_t, std::string>(2, ""));
  CHECK_THAT(trace_reader_complaint(folder.write("all", "L 2")),
             Catch::Contains("holds no data record"));
}

// Up to ten lines of bytes were printed.
TEST_CASE("A file that is no text, or is of a form that is not read, is named in one line") {
  const TraceFolder folder;
  CHECK_THAT(
      trace_reader_complaint(folder.write("binary", std::string("\x01\x00\xfe L 10,4\n", 11))),
      Catch::EndsWith("binary:1  holds bytes that are no text"));
  CHECK_THAT(trace_reader_complaint(folder.write("latin", "\xe9t\xe9\n")),
             Catch::EndsWith("latin:1  holds bytes that are no text"));
  CHECK_THAT(trace_reader_complaint(folder.write("packed", "PK\x03\x04")),
             Catch::Contains("packed: is zip"));
  CHECK_THAT(trace_reader_complaint(folder.write("wide", "\xff\xfeL")),
             Catch::Contains("wide: is UTF-16 text"));
  CHECK_THAT(trace_reader_complaint(folder.write("fake.gz", kThree)),
             Catch::Contains("fake.gz: is not gzip"));
}

TEST_CASE("A frame to skip may stand before the frames of a zstd trace") {
  const TraceFolder folder;
  for (const char low : {'\x50', '\x5f'}) {
    const std::string skipped = low + std::string("\x2a\x4d\x18\4\0\0\0abcd", 11);
    CHECK(events_of(folder.write("one", skipped + compressed(" L 1000,8\n S 1040,8\n"))).size() ==
          2);
  }
}

TEST_CASE("Traces are read from gzip, xz and bzip2, of several members and cut off") {
  const TraceFolder folder;
  std::string text;
  for (int i = 0; i < 5'000; ++i) {
    text += " L " + std::to_string(1000 + i * 64) + ",8\n";
  }
  const std::string plain = folder.write("trace", text);
  for (const std::string form : {"gzip", "xz", "bzip2"}) {
    const std::string packed = compressed_by(form, plain);
    CHECK(events_of(folder.write("one", packed)).size() == 5'000);
    CHECK(events_of(folder.write("two", packed + packed)).size() == 10'000);
    LackeyReader cut(folder.write("cut", packed.substr(0, packed.size() - 3)));
    TraceEvent event;
    while (cut.next(event)) {
    }
    CHECK(cut.cut() == "the " + form + " stream is cut off");
    std::string broken = packed;
    broken.replace(packed.size() / 2, 100, std::string(100, '\x55'));
    CHECK_THAT(trace_reader_complaint(folder.write("broken", broken)),
               Catch::Contains("broken: corrupt " + form));
  }
}
