#include "sim/base/atomic_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "sim/base/error.hpp"
#include "tests/support/scratch.hpp"

using namespace dsmsim;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder : Scratch {
  std::string operator/(const std::string& name) const { return (path() / name).string(); }
  std::ptrdiff_t entries() const {
    return std::distance(fs::directory_iterator(path()), fs::directory_iterator());
  }
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

const FolderMarker kMarker = {"result.json", "test-result-1"};
constexpr const char* kMarked = R"({"schema": "test-result-1"})";

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("A file appears with its whole content when it is committed") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a.json");
  file.write("one ");
  file.write("two");
  CHECK_FALSE(fs::exists(folder / "a.json"));
  file.commit();
  CHECK(content(folder / "a.json") == "one two");
  CHECK(folder.entries() == 1);
}

TEST_CASE("A file is replaced in one step") {
  const TemporaryFolder folder;
  put(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write("new");
    CHECK(content(folder / "a") == "old");
    file.commit();
  }
  CHECK(content(folder / "a") == "new");
}

TEST_CASE("An exception leaves neither half a file nor the folders made for it") {
  const TemporaryFolder folder;
  const auto interrupted = [&] {
    AtomicFile file(folder / "deep/er/a");
    file.write("half");
    throw std::runtime_error("interrupted");
  };
  CHECK_THROWS_WITH(interrupted(), "interrupted");
  CHECK(folder.entries() == 0);
}

TEST_CASE("Missing parent folders are made and stay with the file") {
  const TemporaryFolder folder;
  write_file(folder / "deep/er/a", "text");
  CHECK(content(folder / "deep/er/a") == "text");
}

TEST_CASE("Two unfinished files of one name do not meet") {
  const TemporaryFolder folder;
  AtomicFile first(folder / "a");
  AtomicFile second(folder / "a");
  first.write("first");
  second.write("second");
  first.commit();
  second.commit();
  CHECK(content(folder / "a") == "second");
}

TEST_CASE("A link stays a link to the file that is replaced") {
  const TemporaryFolder folder;
  put(folder / "real", "old");
  fs::create_symlink(folder / "real", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content(folder / "real") == "new");
}

TEST_CASE("Devices are written directly") {
  CHECK_NOTHROW(write_file("/dev/null", "gone"));
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("Errors name the path and the reason of the system") {
  const TemporaryFolder folder;
  put(folder / "file", "");
  CHECK_THROWS_WITH(write_file(folder / "file/a", ""),
                    (folder / "file/a") + ": cannot be written: " + std::strerror(ENOTDIR));
  CHECK_THROWS_WITH(write_file(folder / "", ""),
                    Catch::EndsWith(std::string(": cannot be written: ") + std::strerror(EISDIR)));
  CHECK_THROWS_AS(write_file("", ""), Error);
  CHECK(folder.entries() == 1);
}

TEST_CASE("A folder appears with its whole content when it is committed") {
  const TemporaryFolder folder;
  AtomicFolder results(folder / "results/run", kMarker);
  put(results.temporary() + "/result.json", "{}");
  CHECK_FALSE(fs::exists(folder / "results/run"));
  results.commit();
  CHECK(content(folder / "results/run/result.json") == "{}");
}

TEST_CASE("A folder that is not committed vanishes with everything in it") {
  const TemporaryFolder folder;
  {
    AtomicFolder results(folder / "results/run/", kMarker);
    put(results.temporary() + "/result.json", "{}");
  }
  CHECK(folder.entries() == 0);
}

TEST_CASE("An earlier result folder is replaced as a whole") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "run");
  put(folder / "run/result.json", kMarked);
  put(folder / "run/extra", "old");
  AtomicFolder results(folder / "run", kMarker);
  put(results.temporary() + "/result.json", "new");
  results.commit();
  CHECK(content(folder / "run/result.json") == "new");
  CHECK_FALSE(fs::exists(folder / "run/extra"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("A folder with other things in it is never replaced") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "home");
  put(folder / "home/thesis.tex", "precious");
  CHECK_THROWS_WITH(AtomicFolder(folder / "home", kMarker),
                    Catch::EndsWith("is not empty and has no result.json of schema test-result-1 "
                                    "in it, so it is not replaced"));
  put(folder / "file", "");
  CHECK_THROWS_WITH(AtomicFolder(folder / "file", kMarker),
                    Catch::Contains("cannot be replaced by a folder"));
  CHECK(content(folder / "home/thesis.tex") == "precious");
}

// {} as a manifest.json was enough to lose the folder that it stood in.
TEST_CASE("A folder is replaced only for a marker of our schema, of whatever version") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "run");
  for (const std::string marker : {"{}", "", "[]", "null", R"({"schema": 1})",
                                   R"({"schema": "vega-lite-1"})", R"({"schema": ""})"}) {
    put(folder / "run/result.json", marker);
    CHECK_THROWS_WITH(AtomicFolder(folder / "run", kMarker),
                      Catch::Contains("of schema test-result-1"));
  }
  put(folder / "run/result.json", R"({"schema": "test-result-7"})");
  CHECK_NOTHROW(AtomicFolder(folder / "run", kMarker));
  fs::remove(folder / "run/result.json");
  fs::create_directory(folder / "run/result.json");
  CHECK_THROWS_AS(AtomicFolder(folder / "run", kMarker), Error);
}

// "." was refused for the temporary folder in it, after the run.
TEST_CASE("A folder that cannot be replaced is refused at once") {
  for (const std::string target : {".", "..", "x/..", "/", "/proc"}) {
    CHECK_THROWS_AS(AtomicFolder(target, kMarker), Error);
  }
  CHECK_THROWS_WITH(AtomicFolder(".", kMarker), Catch::Contains("name a folder in it"));
  CHECK_THROWS_WITH(AtomicFolder("/proc", kMarker), Catch::Contains("mount point"));
}

TEST_CASE("What a process that was killed has left over is removed by the next that writes there") {
  const TemporaryFolder folder;
  const pid_t killed = fork();
  if (killed == 0) {
    const AtomicFolder results(folder / "run", kMarker);
    put(results.temporary() + "/half", "half");
    kill(getpid(), SIGKILL);
  }
  waitpid(killed, nullptr, 0);
  CHECK(folder.entries() == 1);
  AtomicFolder alive(folder / "other", kMarker);
  CHECK(folder.entries() == 1);
  const AtomicFolder beside(folder / "third", kMarker);
  CHECK(folder.entries() == 2);  // that of a process that is there stays
  CHECK(fs::exists(alive.temporary()));
}

TEST_CASE("What is locked is not left over, nor is what only looks like it") {
  const TemporaryFolder folder;
  pid_t gone = fork();
  if (gone == 0) {
    _exit(0);
  }
  waitpid(gone, nullptr, 0);
  const std::string number = std::to_string(gone);
  fs::create_directory(folder / (".a.dsmsim-tmp-" + number + "-1"));
  fs::create_directory(folder / (".b.tmp-" + number + "-1"));
  fs::create_directory(folder / ("c.dsmsim-tmp-" + number + "-1"));
  fs::create_directory(folder / (".d.dsmsim-tmp-" + number));
  FolderLock lock;
  REQUIRE(lock.lock(folder / (".a.dsmsim-tmp-" + number + "-1")));
  sweep_left_overs(folder / "x");
  CHECK(folder.entries() == 4);
}

TEST_CASE("Whether a file can be written is known before the work, and asking leaves nothing") {
  const TemporaryFolder folder;
  CHECK_NOTHROW(check_writable(folder / "deep/a.json"));
  CHECK(folder.entries() == 0);
  CHECK_THROWS_AS(check_writable(folder / ""), Error);
}
