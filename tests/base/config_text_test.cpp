#include <catch2/catch.hpp>

#include "tests/base/config_example.hpp"

using namespace example;
using Lines = std::vector<std::string>;

namespace {

Lines complaint_lines_of(const std::string& member) {
  return complaints(std::string(kGoodExperiment) + ", " + member + "}");
}

}  // namespace

TEST_CASE("Syntax errors carry the line and column where they were noticed") {
  CHECK(complaints("{\n  \"a\": 1,\n  b: 2}") ==
        Lines{"a.json:3:3  /  syntax error while parsing object key - invalid literal; last read: "
              "'1,<U+000A>  b'; expected string literal"});
  CHECK_THAT(complaints("").at(0), Catch::StartsWith("a.json:1:1  /  syntax error"));
  CHECK_THAT(complaints("{\"a\": [1, 2").at(0), Catch::StartsWith("a.json:1:12  /a  syntax error"));
  CHECK_THAT(complaints("{} x").at(0), Catch::StartsWith("a.json:1:4  /  syntax error"));
}

TEST_CASE("A key that stands twice is located at its second place") {
  CHECK(complaints(std::string(kGoodExperiment) + ",\n  \"load\": 1,\n  \"load\": 1}") ==
        Lines{R"(a.json:3:3  /load  the key "load" stands twice in this object)"});
}

TEST_CASE("Text that is not UTF-8 is refused") {
  const Lines lines = complaints("{\"label\": \"\xff\"}");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("a.json:1:12  /label") && Catch::Contains("UTF-8"));
}

TEST_CASE("Numbers beyond the range of double are refused") {
  const Lines lines = complaints("{\"load\": 1e999}");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Contains("a.json:1:14  /load  number overflow parsing '1e999'"));
}

TEST_CASE("Whole numbers beyond 64 bits are refused where a whole number belongs") {
  CHECK(complaints(std::string(kGoodExperiment) + ",\n\"servers\": 99999999999999999999999}") ==
        Lines{"a.json:2:12  /servers  expected a whole number, got the number 1e+23"});
}

TEST_CASE("Text that is nested too deeply is refused") {
  const Lines lines = complaints("{\"extra\": " + std::string(100'000, '[') + "}");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("a.json:1:110  /extra/0/0/") &&
                           Catch::EndsWith("nested deeper than 100 levels"));
}

TEST_CASE("A mistake is one line without control characters, whatever the file holds") {
  CHECK(
      complaint_lines_of(R"("label": "a\n\u001b[31m")") ==
      Lines{
          R"(a.json:1:53  /label  unknown value "a\u000a\u001b[31m"; known are "", "first", "second")"});
}

// A key was cut within its last character, and what is kept of "_" keys could not be written.
TEST_CASE("A key that is too long is cut at a character") {
  const Lines lines = complaint_lines_of("\"_" + std::string(254, 'a') + "\u00e9\u00e9\": 1");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0],
             Catch::EndsWith("/_" + std::string(254, 'a') + "  the key is longer than 256 bytes"));
}

TEST_CASE("A byte order mark before the text is no character") {
  CHECK(complaints("\xef\xbb\xbf{\"nic\": 1}").at(0).substr(0, 18) == "a.json:1:9  /nic  ");
}

TEST_CASE("More than a hundred mistakes are counted rather than printed") {
  std::string text = kGoodExperiment;
  for (int i = 0; i < 150; ++i) {
    text += ", \"unknown" + std::to_string(i) + "\": 1";
  }
  const Lines lines = complaints(text + "}");
  CHECK(lines.size() == 101);
  CHECK(lines.back() == "... and 50 more");
}
