#include "sim/base/error.hpp"

#include <catch2/catch.hpp>

using namespace dsmsim;

TEST_CASE("Input errors keep their lines and print one a line") {
  const InputErrors errors({"a.json:1:2  /x  is wrong", "a.json:2:3  /y  is worse"});
  CHECK(errors.lines().size() == 2);
  CHECK(errors.code() == ExitCode::bad_input);
  CHECK(std::string(errors.what()) == "a.json:1:2  /x  is wrong\na.json:2:3  /y  is worse");
}

TEST_CASE("The closest known name is the one that was probably meant") {
  const std::vector<std::string> known{"drust", "gam", "local", "doorbell", "latency"};
  CHECK(closest("durst", known) == "drust");
  CHECK(closest("gm", known) == "gam");
  CHECK(closest("dorbel", known) == "doorbell");
  CHECK(closest("latncy", known) == "latency");
}

TEST_CASE("Nothing is suggested for a word that resembles no name") {
  CHECK(closest("coherence", {"drust", "gam"}).empty());
  CHECK(closest("", {"drust", "gam"}).empty());
  CHECK(closest("x", {"y"}).empty());
  CHECK(closest("drust", {}).empty());
  CHECK(closest(std::string(100'000, 'd'), {"drust"}).empty());
}

TEST_CASE("Input errors spell out control characters, which lines may quote from the input") {
  const InputErrors errors({"trace:1  \"a\x1b[31m\n\x7f\" is no line"});
  CHECK(errors.lines()[0] == "trace:1  \"a\\u001b[31m\\u000a\\u007f\" is no line");
  CHECK(errors.what() == errors.lines()[0]);
}
