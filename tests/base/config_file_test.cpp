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

struct Box {
  int width = 0;
  int height = 7;
  config::Sources sources;
};

void describe(config::Fields& f, Box& b) {
  f.sources(b.sources);
  f.required("width", b.width, "to the right");
  f.optional("height", b.height, "upwards");
}

struct Shelf {
  Box box;
  config::Tagged engine;
};

const config::Registry& completed_engines() {
  static const config::Registry registry = [] {
    config::Registry result("engine", "engines");
    result.complete_from_files().read_properties("box");
    result.add(config::variant<Box>("box", "a box"));
    return result;
  }();
  return registry;
}

void describe(config::Fields& f, Shelf& s) {
  f.reference("box", s.box, "boxes", "a box");
  f.tagged("engine", s.engine, completed_engines(), "an engine");
}

// "/protocol/costs is missing", whatever the file of that name says.
TEST_CASE("An object with a name takes what it leaves out from the file of that name") {
  const Folder search;
  search.write("boxes/big.json", R"({"width": 90, "height": 80, "description": "big"})");
  search.write("engines/box.json", R"({"name": "box", "width": 1, "height": 2})");
  search.write("engines/flat.json", R"({"name": "box", "width": 5, "height": 1})");
  const auto read = [&](const std::string& text) {
    config::Document document = config::parse(text, "x.json", {}, {search.path()});
    return config::read<Shelf>(document);
  };
  const Shelf shelf =
      read(R"({"box": {"name": "big", "height": 3}, "engine": {"name": "box", "height": 9}})");
  CHECK(shelf.box.width == 90);
  CHECK(shelf.box.height == 3);
  CHECK(shelf.box.sources.json == R"({"description":"big"})");
  CHECK(shelf.engine.options<Box>().width == 1);
  CHECK(shelf.engine.options<Box>().height == 9);
  const Shelf flat = read(R"({"box": {"width": 1}, "engine": {"name": "flat", "width": 6}})");
  CHECK(flat.box.height == 7);
  CHECK(flat.engine.name() == "box");
  CHECK(flat.engine.options<Box>().height == 1);
  CHECK(read(R"({"box": "big", "engine": {"extends": "engines/flat.json", "width": 6}})")
            .engine.options<Box>()
            .height == 1);
  CHECK_THROWS_WITH(
      read(R"({"box": {"name": "bigg", "height": 3}, "engine": "flat"})"),
      Catch::Contains(R"(/box/name  there is no "bigg" in boxes; did you mean "big")"));
  CHECK_THROWS_WITH(read(R"({"box": "big", "engine": {"name": "boxx", "width": 6}})"),
                    Catch::Contains(R"(/engine/name  unknown engine "boxx")"));
}

struct Tuned {
  config::File properties;
  double frac_two = 1;
  bool flag = false;
  std::string text = "-";
  Bytes size = Bytes(4);
};

void describe(config::Fields& f, Tuned& t) {
  f.properties("properties", t.properties, "tuned", "what is left out");
  f.optional("frac_two", t.frac_two, "a number");
  f.optional("flag", t.flag, "a flag");
  f.optional("text", t.text, "a text");
  f.optional("size", t.size, "a size", config::positive_or_bare());
}

TEST_CASE("A properties file stands for the fields that an object leaves out") {
  const Folder folder;
  folder.write(
      "p", "# comment\n! too\n\n frac.two = 0.5 \r\nflag:true\ntext=zipfian\nsize=100\nsize=200\n");
  const std::string file = folder.write("x.json", R"({"properties": "p", "text": "mine"})");
  config::Document document = config::load(file);
  const auto tuned = config::read<Tuned>(document);
  CHECK(tuned.frac_two == 0.5);
  CHECK(tuned.flag);
  CHECK(tuned.text == "mine");
  CHECK(tuned.size == Bytes(200));
  CHECK(config::write(tuned).dump() ==
        R"({"frac_two":0.5,"flag":true,"text":"mine","size":"200B"})");

  folder.write("p", "flag=true\nfracc=1\nsize=-1\n");
  document = config::load(file);
  CHECK_THROWS_WITH(
      config::read<Tuned>(document),
      Catch::Contains("p:2:1  /fracc  unknown key \"fracc\"") && Catch::Contains("p:3:1  /size"));
}

namespace {

enum class Ripeness { green, ripe };
constexpr auto kBothRipe = std::to_array<config::Value<Ripeness>>(
    {{Ripeness::green, "green", ""}, {Ripeness::ripe, "ripe", ""}, {Ripeness::ripe, "mature", ""}});
constexpr auto kSwapped = std::to_array<config::Value<Ripeness>>(
    {{Ripeness::ripe, "ripe", ""}, {Ripeness::green, "green", ""}});
constexpr auto kWithoutLast =
    std::to_array<config::Value<Ripeness>>({{Ripeness::green, "green", ""}});

}  // namespace

TEST_CASE("A table of values has a row for each enumerator, or one for each of its spellings") {
  STATIC_REQUIRE(config::detail::has_all(kBothRipe));
  STATIC_REQUIRE_FALSE(config::detail::has_all(kSwapped));
  STATIC_REQUIRE_FALSE(config::detail::has_all(kWithoutLast));
}

TEST_CASE("The rows of a description name every option with its type and value") {
  const Folder search;
  search.write("engines/flat.json", R"({"name": "box", "width": 5})");
  config::Document document =
      config::parse(R"({"box": {"width": 1}, "engine": "flat"})", "x.json", {}, {search.path()});
  const auto rows = config::option_rows(config::read<Shelf>(document).engine, completed_engines());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].path == "width");
  CHECK(rows[0].value == "5");
  CHECK(rows[0].help == "to the right");
  CHECK_THAT(rows[0].type, Catch::StartsWith("whole number"));
  CHECK(rows[1].value == "7");
}

}  // namespace example
