#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/base/config_example.hpp"

namespace example {

struct Recording {
  config::File file;
};

void describe(config::Fields& f, Recording& r) {
  f.file("file", r.file, "traces", "what was recorded");
}

TEST_CASE("A file is found beside the configuration, then in the folder of the search path") {
  const Folder beside, search;
  const std::string config = beside.write("run.json", R"({"file": "a.trace"})");
  const std::string there = search.write("traces/a.trace", "");
  config::Document document = config::load(config, {}, {search.path()});
  CHECK(config::read<Recording>(document).file.path == there);

  const std::string here = beside.write("a.trace", "");
  document = config::load(config, {}, {search.path()});
  const auto recording = config::read<Recording>(document);
  CHECK(recording.file.path == here);
  CHECK(config::write(recording).dump() == R"({"file":"a.trace"})");
}

TEST_CASE("A file that is not there is a located error") {
  config::Document document = config::parse("{\n \"file\": \"b.trace\"}", "run.json");
  CHECK_THROWS_WITH(config::read<Recording>(document),
                    Catch::Contains("run.json:2:10  /file  there is no file \"b.trace\""));
}

TEST_CASE("A file is text in the schema") {
  const auto schema = config::schema<Recording>("recording");
  CHECK(schema["properties"]["file"]["type"] == "string");
  CHECK(schema["anyOf"][0]["required"][0] == "file");
}

}  // namespace example
