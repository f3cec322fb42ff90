#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/base/config_example.hpp"

using namespace example;
using Lines = std::vector<std::string>;

namespace {

Experiment read_text(const std::string& text, const Lines& overrides = {}) {
  config::Document document = config::parse(text, "a.json", overrides);
  return config::read<Experiment>(document);
}

/// The complaint about one more member of an otherwise good experiment, which starts at column 48.
std::string complaint_about(const std::string& member) {
  const Lines lines = complaints(std::string(kGoodExperiment) + ",\n " + member + "}");
  REQUIRE(lines.size() == 1);
  return lines[0];
}

}  // namespace

TEST_CASE("Every kind of member is read") {
  const Experiment e = read_text(R"({
    "servers": 8, "load": 0.25, "offset": -128, "label": "first", "transport": "ud",
    "counts": [1, 2, 3], "delays": ["1us", "2.5ns"], "limit": "1GiB", "weights": {"a": 1, "b": 0.5},
    "extra": {"deep": [1, null, "x", true, -1.5]},
    "nic": {"name": "test", "post": "350ns", "mtu": "2KiB", "link": "100Gbps", "copy": "0.25ns/B",
            "cache": {"entries": 16}, "source": "a paper", "_note": [1]},
    "engine": {"name": "gam", "block": "512B", "workers": 2},
    "others": ["drust", {"name": "drust", "lazy": false}]})");
  CHECK(e.servers == 8);
  CHECK(e.load == 0.25);
  CHECK(e.offset == -128);
  CHECK(e.label == "first");
  CHECK(e.transport == Transport::ud);
  CHECK(e.counts == std::vector{1, 2, 3});
  CHECK(e.delays == std::vector{1_us, 2500_ps});
  CHECK(e.limit == 1_GiB);
  CHECK(e.weights == std::map<std::string, double>{{"a", 1}, {"b", 0.5}});
  CHECK(e.extra.dump() == R"({"deep":[1,null,"x",true,-1.5]})");
  CHECK(e.nic.post == 350_ns);
  CHECK(e.nic.mtu == 2_KiB);
  CHECK(e.nic.link == 100_Gbps);
  CHECK(e.nic.copy.ns() == 0.25);
  CHECK(e.nic.cache.entries == 16);
  CHECK(e.nic.cache.miss == 400_ns);
  CHECK(e.nic.sources.json == R"({"source":"a paper","_note":[1]})");
  CHECK(e.engine.name() == "gam");
  CHECK(e.engine.options<Directory>().block == 512_B);
  CHECK(e.engine.options<Directory>().workers == 2);
  REQUIRE(e.others.size() == 2);
  CHECK(e.others[0].options<Ownership>().lazy);
  CHECK_FALSE(e.others[1].options<Ownership>().lazy);
}

TEST_CASE("What is left out keeps its default") {
  const Experiment e = read_text(std::string(kGoodExperiment) + "}");
  CHECK(e.servers == 4);
  CHECK(e.transport == Transport::rc);
  CHECK_FALSE(e.limit.has_value());
  CHECK(e.nic.mtu == 4096_B);
  CHECK(e.engine.name() == "local");
}

TEST_CASE("Null empties an optional member and 1e3 is a whole number") {
  const Experiment e =
      read_text(std::string(kGoodExperiment) + R"(, "limit": null, "servers": 1e3})");
  CHECK_FALSE(e.limit.has_value());
  CHECK(e.servers == 1000);
}

TEST_CASE("An unknown key is located and the meant one is suggested") {
  CHECK(complaint_about(R"("sevrers": 8)") ==
        R"(a.json:2:2  /sevrers  unknown key "sevrers"; did you mean "servers")");
  CHECK(complaint_about(R"("engine": {"name": "drust", "colour": 1})") ==
        R"(a.json:2:30  /engine/colour  unknown key "colour"; known are "name", "cache", "lazy")");
  CHECK(complaint_about(R"("a/b~c": 8)").substr(0, 33) == R"(a.json:2:2  /a~1b~0c  unknown key)");
}

TEST_CASE("Keys for sources are refused where a struct has none") {
  CHECK(complaint_about(R"("engine": {"name": "drust", "_x": 1})") ==
        R"(a.json:2:30  /engine/_x  unknown key "_x"; known are "name", "cache", "lazy")");
}

TEST_CASE("A missing key is located at its object with what it is for") {
  CHECK(complaints("{\n  \"nic\": {\"name\": \"test\"}}") ==
        Lines{"a.json:2:10  /nic/post  is missing (CPU time to build a WQE)"});
  CHECK(complaints("{}") == Lines{"a.json:1:1  /nic  is missing (the NIC)"});
}

TEST_CASE("A wrong type is named together with what was found") {
  CHECK(complaint_about(R"("servers": "8")") ==
        R"(a.json:2:13  /servers  expected a whole number, got the text "8")");
  CHECK(complaint_about(R"("servers": 1.5)") ==
        R"(a.json:2:13  /servers  expected a whole number, got the number 1.5)");
  CHECK(complaint_about(R"("load": true)") == "a.json:2:10  /load  expected a number, got true");
  CHECK(complaint_about(R"("label": 3)") == "a.json:2:11  /label  expected text, got the number 3");
  CHECK(complaint_about(R"("counts": 3)") ==
        "a.json:2:12  /counts  expected a list, got the number 3");
  CHECK(complaint_about(R"("counts": [1, {}])") ==
        "a.json:2:16  /counts/1  expected a whole number, got an object");
  CHECK(complaint_about(R"("weights": [])") ==
        "a.json:2:13  /weights  expected an object, got a list");
  CHECK(complaint_about(R"("servers": null)") ==
        "a.json:2:13  /servers  expected a whole number, got null");
  CHECK(complaint_about(R"("transport": 1)") ==
        R"(a.json:2:15  /transport  expected one of "rc", "ud", got the number 1)");
  CHECK(complaint_about(R"("engine": {"name": "drust", "lazy": 0})") ==
        "a.json:2:38  /engine/lazy  expected true or false, got the number 0");
  CHECK(complaints("[]") == Lines{"a.json:1:1  /  expected an object, got a list"});
}

TEST_CASE("A bare number where a quantity belongs is an error that shows an example") {
  CHECK(
      complaint_about(R"("limit": 4096)") ==
      R"(a.json:2:11  /limit  expected a size with its unit, such as "4KiB", got the number 4096)");
  CHECK(
      complaint_about(R"("delays": [1])") ==
      R"(a.json:2:13  /delays/0  expected a duration with its unit, such as "1.9us", got the number 1)");
}

TEST_CASE("A wrong unit is named with the units that are accepted") {
  CHECK(complaint_about(R"("delays": ["1us", "1usec"])") ==
        R"(a.json:2:20  /delays/1  "1usec" has the unknown unit "usec"; )"
        R"(expected a duration such as "1.9us" (units: ps, ns, us, ms, s))");
  CHECK_THAT(complaint_about(R"("limit": "12")"), Catch::Contains(R"(/limit  "12" has no unit)"));
}

TEST_CASE("A value out of range is named with its bounds") {
  CHECK(complaint_about(R"("servers": 0)") ==
        "a.json:2:13  /servers  must be greater than zero, is 0");
  CHECK(complaint_about(R"("servers": 5000000000)") ==
        "a.json:2:13  /servers  must be between 0 and 4294967295, is 5000000000");
  CHECK(complaint_about(R"("offset": -129)") ==
        "a.json:2:12  /offset  must be between -128 and 127, is -129");
  CHECK(complaint_about(R"("load": 1.5)") == "a.json:2:10  /load  must be between 0 and 1, is 1.5");
  CHECK(complaint_about(R"("counts": [1, 101])") ==
        "a.json:2:16  /counts/1  must be at most 100, is 101");
  CHECK(complaint_about(R"("weights": {"x": -1})") ==
        "a.json:2:19  /weights/x  must be at least 0, is -1");
  CHECK(complaint_about(R"("delays": [])") == "a.json:2:12  /delays  must not be empty");
  CHECK(complaint_about(R"("delays": ["-1ns"])") ==
        "a.json:2:13  /delays/0  must not be negative, is -1ns");
  CHECK(complaint_about(R"("engine": {"name": "gam", "block": "1KiB"})") ==
        "a.json:2:37  /engine/block  must be one of 512B, 4KiB, is 1KiB");
  CHECK(complaint_about(R"("label": "frist")") ==
        R"(a.json:2:11  /label  unknown value "frist"; did you mean "first")");
  CHECK(complaint_about(R"("transport": "uc")") ==
        R"(a.json:2:15  /transport  unknown value "uc"; did you mean "rc")");
  CHECK(complaints(R"({"nic": {"name": "x", "post": "1ns", "mtu": "8KiB"}})") ==
        Lines{"a.json:1:45  /nic/mtu  must be between 256B and 4KiB, is 8KiB"});
}

TEST_CASE("A rule between fields is reported at the field that it names") {
  CHECK(complaints(R"({"nic": {"name": "x", "post": "500ns"}})") ==
        Lines{"a.json:1:31  /nic/post  must be shorter than a cache miss"});
}

TEST_CASE("A rule between fields is silent while one of them is wrong") {
  CHECK(complaints(R"({"nic": {"name": "x", "post": "500ns", "cache": {"miss": 1}}})").size() == 1);
}

TEST_CASE("An unknown variant is an error with a suggestion") {
  CHECK(complaint_about(R"("engine": "durst")") ==
        R"(a.json:2:12  /engine  unknown engine "durst"; did you mean "drust")");
  CHECK(complaint_about(R"("engine": {"name": "mesi", "x": 1})") ==
        R"(a.json:2:21  /engine/name  unknown engine "mesi"; known are "drust", "gam", "local")");
  CHECK(complaint_about(R"("engine": {"cache": "1MiB"})") ==
        R"(a.json:2:12  /engine/name  is missing (which engine: "drust", "gam", "local"))");
  CHECK(complaint_about(R"("engine": 3)") ==
        R"(a.json:2:12  /engine  expected a name or an object with a "name", got the number 3)");
  CHECK(complaint_about(R"("engine": "gam")") ==
        "a.json:2:12  /engine/block  is missing (coherence unit)");
}

TEST_CASE("Five different mistakes in one text give five lines in the order of the text") {
  CHECK(
      complaints(R"({
  "servers": "four",
  "lod": 0.5,
  "nic": {"name": "x", "post": 350, "mtu": "9KiB"},
  "engine": "gma"
})") ==
      Lines{
          R"(a.json:2:14  /servers  expected a whole number, got the text "four")",
          R"(a.json:3:3  /lod  unknown key "lod"; did you mean "load")",
          R"(a.json:4:32  /nic/post  expected a duration with its unit, such as "1.9us", got the number 350)",
          "a.json:4:44  /nic/mtu  must be between 256B and 4KiB, is 9KiB",
          R"(a.json:5:13  /engine  unknown engine "gma"; did you mean "gam")"});
}

TEST_CASE("Columns count characters, not bytes") {
  CHECK(
      complaints(R"({"comment": "µµµ", "nic": 1})") ==
      Lines{
          "a.json:1:27  /nic  expected an object or the name of a file in nics, got the number 1"});
}

TEST_CASE("A rule that no description knows is reported where the value was read") {
  config::Document document =
      config::parse(std::string(kGoodExperiment) + ",\n\"servers\": 9}", "a.json");
  config::read<Experiment>(document);
  document.problem("/servers", "more than the switch has ports");
  document.problem("/nic/cache/entries", "too few");
  CHECK_THROWS_WITH(document.throw_if_problems(),
                    "a.json:1:9  /nic/cache/entries  too few\n"
                    "a.json:2:12  /servers  more than the switch has ports");
}

// A latency of 10^6 s and a link of 1e-9 bit/s were taken at their word.
TEST_CASE("A quantity that must be a slip of the pen is refused, whatever its field") {
  CHECK(complaint_about("\"delays\": [\"1us\", \"1e6s\"]") ==
        "a.json:2:20  /delays/1  must be at most 3600s, is 1000000s");
  CHECK(complaint_about("\"limit\": \"1025TiB\"") ==
        "a.json:2:11  /limit  must be at most 1PiB, is 1025TiB");
  const auto nic = [](const std::string& setting) {
    const Lines lines = complaints(std::string(kGoodExperiment) + "}", {setting});
    REQUIRE(lines.size() == 1);
    return lines[0].substr(lines[0].find("must"));
  };
  CHECK(nic("nic.link=1bps") == "must be between 8kbps and 1000Tbps, is 1bps");
  CHECK(nic("nic.link=1e4Tbps") == "must be between 8kbps and 1000Tbps, is 10000Tbps");
  CHECK(nic("nic.copy=2us/B") == "must be at most 1000ns/B, is 2000ns/B");
}
