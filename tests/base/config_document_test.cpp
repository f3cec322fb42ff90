#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "sim/base/error.hpp"
#include "tests/base/config_example.hpp"

using namespace example;
using Lines = std::vector<std::string>;

namespace {

Experiment read_file(const std::string& path, const Lines& overrides = {}, const Lines& dirs = {}) {
  config::Document document = config::load(path, overrides, dirs);
  return config::read<Experiment>(document);
}

std::string file_complaint(const std::string& path, const Lines& dirs = {}) {
  try {
    read_file(path, {}, dirs);
    return "";
  } catch (const dsmsim::InputErrors& errors) {
    return errors.what();
  }
}

}  // namespace

TEST_CASE("An object extends others: objects merge deeply and the nearer value wins") {
  const Folder folder;
  folder.write("base.json",
               R"({"servers": 2, "counts": [1, 2], "nic": {"name": "b", "post": "1ns"}})");
  folder.write("more.json", R"({"servers": 3, "load": 1})");
  const std::string file = folder.write(
      "a.json", R"({"extends": ["base.json", "more.json"], "counts": [3], "nic": {"name": "a"}})");
  const Experiment e = read_file(file);
  CHECK(e.servers == 3);
  CHECK(e.load == 1);
  CHECK(e.counts == std::vector{3});
  CHECK(e.nic.name == "a");
  CHECK(e.nic.post == 1_ns);
}

TEST_CASE("What an object extends is looked for in the search directories too") {
  const Folder folder;
  folder.write("lib/nics/fast.json", R"({"name": "fast", "post": "1ns"})");
  const std::string file =
      folder.write("x/a.json", R"({"nic": {"extends": "nics/fast.json", "mtu": "1KiB"}})");
  CHECK(read_file(file, {}, {folder.path() + "/lib"}).nic.name == "fast");
}

TEST_CASE("A mistake in a file that is extended is located in that file") {
  const Folder folder;
  const std::string base =
      folder.write("base.json", "{\"servers\": 0,\n \"nic\": {\"name\": \"b\"}}");
  const std::string file = folder.write("a.json", "{\"extends\": \"base.json\"}");
  CHECK(file_complaint(file) == base + ":1:13  /servers  must be greater than zero, is 0\n" + base +
                                    ":2:9  /nic/post  is missing (CPU time to build a WQE)");
}

// Opening a pipe that nobody writes to waited for ever.
TEST_CASE("Pipes and devices cannot be extended") {
  const Folder folder;
  const std::string pipe = folder.path() + "/pipe.json";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string file = folder.write("a.json", "{\"extends\": [\"pipe.json\", \"/dev/zero\"]}");
  CHECK(file_complaint(file) ==
        file + ":1:14  /extends/0  there is no file \"pipe.json\" to extend\n" + file +
            ":1:27  /extends/1  there is no file \"/dev/zero\" to extend");
}

TEST_CASE("A file that extends itself is refused") {
  const Folder folder;
  const std::string a = folder.write("a.json", "{\"extends\": \"b.json\"}");
  const std::string b = folder.write("b.json", "{\"extends\": \"a.json\"}");
  CHECK(file_complaint(a) ==
        b + ":1:13  /extends  \"" + a + "\" extends itself through other files");
}

TEST_CASE("A missing base is reported without complaints about what it would have held") {
  const Folder folder;
  const std::string a = folder.write("a.json", "{\"extends\": \"none.json\", \"servers\": 0}");
  CHECK(file_complaint(a) == a + ":1:13  /extends  there is no file \"none.json\" to extend\n" + a +
                                 ":1:37  /servers  must be greater than zero, is 0");
}

TEST_CASE("Only paths of files with an object can be extended") {
  const Folder folder;
  const std::string list = folder.write("list.json", "[1]");
  const std::string a = folder.write("a.json", "{\"extends\": [1, \"list.json\"]}");
  CHECK(file_complaint(a) ==
        a + ":1:14  /extends/0  expected the path of a file to extend, got the number 1\n" + a +
            ":1:17  /extends/1  \"" + list + "\" holds a list, only an object can be extended");
}

TEST_CASE("Files that multiply each other are refused") {
  const Folder folder;
  for (int i = 0; i < 12; ++i) {
    const std::string next = "\"" + std::to_string(i + 1) + ".json\"";
    folder.write(std::to_string(i) + ".json", "{\"extends\": [" + next + ", " + next + "]}");
  }
  folder.write("12.json", "{}");
  CHECK_THAT(file_complaint(folder.path() + "/0.json"),
             Catch::Contains("more than 1000 files are involved"));
}

TEST_CASE("A file that cannot be read is named with the reason") {
  const Folder folder;
  CHECK(file_complaint(folder.path() + "/none.json") ==
        folder.path() + "/none.json:1:1  /  cannot be read: " + std::strerror(ENOENT));
  CHECK(file_complaint(folder.path()) == folder.path() + ":1:1  /  is a folder, not a file");
}

TEST_CASE("A text where a struct belongs names a file of the folder for such structs") {
  const Folder folder;
  folder.write("nics/fast.json", R"({"name": "fast", "post": "1ns"})");
  const std::string file = folder.write("a.json", R"({"nic": "fast"})");
  CHECK(read_file(file, {}, {folder.path()}).nic.name == "fast");
}

TEST_CASE("A text may also be the path of a file beside the one that names it") {
  const Folder folder;
  folder.write("x/mine.json", R"({"name": "mine", "post": "1ns"})");
  const std::string file = folder.write("x/a.json", R"({"nic": "mine.json"})");
  CHECK(read_file(file).nic.name == "mine");
}

TEST_CASE("A name without a file is reported with the one that was meant") {
  const Folder folder;
  folder.write("nics/cx3-ib40.json", "{}");
  folder.write("nics/bf2.json", "{}");
  CHECK(complaints(R"({"nic": "cx3-ib4"})", {}, {folder.path()}) ==
        Lines{R"(a.json:1:9  /nic  there is no "cx3-ib4" in nics; did you mean "cx3-ib40")"});
  CHECK(complaints(R"({"nic": "mellanox"})", {}, {folder.path()}) ==
        Lines{R"(a.json:1:9  /nic  there is no "mellanox" in nics; known are "bf2", "cx3-ib40")"});
}

TEST_CASE("A mistake in a named file is located in that file, once") {
  const Folder folder;
  const std::string nic =
      folder.write("nics/fast.json", "{\"name\": \"fast\",\n \"post\": \"0ns\"}");
  CHECK(complaints(R"({"nic": "fast"})", {}, {folder.path()}) ==
        Lines{nic + ":2:10  /post  must be greater than zero, is 0s"});
  const std::string broken = folder.write("nics/broken.json", "{");
  CHECK_THAT(complaints(R"({"nic": "broken"})", {}, {folder.path()}).at(0),
             Catch::StartsWith(broken + ":1:2  /  syntax error"));
}

TEST_CASE("A variant may be a file that says which and with what options") {
  const Folder folder;
  folder.write("engines/paper.json", R"({"name": "gam", "block": "512B"})");
  config::Document document =
      config::parse(std::string(kGoodExperiment) + R"(, "engine": "paper"})", "a.json",
                    {"engine.workers=3"}, {folder.path()});
  const Experiment e = config::read<Experiment>(document);
  CHECK(e.engine.name() == "gam");
  CHECK(e.engine.options<Directory>().workers == 3);
}

TEST_CASE("Overrides set values, JSON or text, and make the objects on the way") {
  const Folder folder;
  folder.write("nics/fast.json", R"({"name": "fast", "post": "1ns", "cache": {"entries": 1}})");
  const std::string file =
      folder.write("a.json", R"({"nic": "fast", "counts": [1, 2], "engine": "drust"})");
  const Experiment e =
      read_file(file,
                {"servers=16", "nic.post=350ns", "nic.cache.entries=7", "counts.1=5", "label=first",
                 "weights.x=0.5", "engine.lazy=false", "extra=[1,2]", "delays=[\"1ns\"]"},
                {folder.path()});
  CHECK(e.servers == 16);
  CHECK(e.nic.name == "fast");
  CHECK(e.nic.post == 350_ns);
  CHECK(e.nic.cache.entries == 7);
  CHECK(e.counts == std::vector{1, 5});
  CHECK(e.label == "first");
  CHECK(e.weights.at("x") == 0.5);
  CHECK_FALSE(e.engine.options<Ownership>().lazy);
  CHECK(e.extra.dump() == "[1,2]");
  CHECK(e.delays == std::vector{1_ns});
}

TEST_CASE("A later override wins over an earlier one") {
  const std::string good = std::string(kGoodExperiment) + "}";
  CHECK(complaints(good, {"servers=0", "servers=1"}).empty());
}

TEST_CASE("A mistake in an override is located at the argument, after those of the files") {
  const std::string text = std::string(kGoodExperiment) + R"(, "servers": 0, "counts": [1]})";
  CHECK(complaints(text, {"nic.psot=1ns", "load=high", "counts.1=3", "load.x=1", "label.x=1",
                          "oops", "a..b=1", "label=\xff"}) ==
        Lines{"a.json:1:55  /servers  must be greater than zero, is 0",
              R"(--set nic.psot=1ns  /nic/psot  unknown key "psot"; did you mean "post")",
              R"(--set load=high  /load  expected a number, got the text "high")",
              R"(--set counts.1=3  /counts/1  there is no item "1" in the list of 1 (a.json:1:68))",
              R"(--set load.x=1  /load/x  there is no "x" in the text "high" (--set load=high))",
              R"(--set label.x=1  /label  expected text, got an object)",
              "--set oops  /  expected path=value, such as nic.mtu=1KiB",
              "--set a..b=1  /  the path has an empty part", "--set label=\xff  /  is not UTF-8"});
}

TEST_CASE("An override below a number is refused") {
  const std::string good = std::string(kGoodExperiment) + R"(, "servers": 1})";
  CHECK(complaints(good, {"servers.x=1"}) ==
        Lines{R"(--set servers.x=1  /servers/x  there is no "x" in the number 1 (a.json:1:55))"});
}

TEST_CASE("A value can be copied from another place and keeps the place") {
  const std::string text = std::string(kGoodExperiment) + ",\n \"extra\": {\"axis\": [2, \"x\"]}}";
  const config::Document axes = config::parse(text, "a.json");
  config::Document good = axes;
  good.copy("servers", axes, "/extra/axis/0");
  CHECK(config::read<Experiment>(good).servers == 2);
  config::Document bad = axes;
  bad.copy("servers", axes, "/extra/axis/1");
  CHECK_THROWS_WITH(config::read<Experiment>(bad),
                    R"(a.json:2:24  /extra/axis/1  expected a whole number, got the text "x")");
}
