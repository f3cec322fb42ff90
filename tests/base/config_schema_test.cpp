#include <catch2/catch.hpp>

#include "tests/base/config_example.hpp"
#include "tests/support/json_schema.hpp"

using namespace example;

namespace {

const char* const kFull = R"({
  "servers": 8, "load": 0.25, "offset": -3, "label": "second", "transport": "ud",
  "counts": [1, 2], "delays": ["1.5us"], "limit": "3KiB", "weights": {"b": 0.5, "a": 1},
  "extra": {"z": [1, {"y": null}]}, "_note": "kept",
  "nic": {"name": "n", "post": "350ns", "copy": "0.2595ns/B", "sources": {"post": "a paper"}},
  "engine": {"name": "gam", "block": "4KiB"}, "others": ["drust", "local"]})";

using Texts = std::vector<std::string>;

/// What the schema of the example has against each text, or "".
Texts complaints_of_schema(const Texts& texts) {
  return test::schema_complaints(config::schema<Experiment>("experiment").dump(), texts);
}

}  // namespace

TEST_CASE("The effective configuration is read back as the same configuration") {
  config::Document document = config::parse(kFull, "a.json");
  const nlohmann::ordered_json written = config::write(config::read<Experiment>(document));
  config::Document again = config::parse(written.dump(), "b.json");
  CHECK(config::write(config::read<Experiment>(again)).dump() == written.dump());
}

TEST_CASE("The effective configuration shows defaults, units, sources and the chosen options") {
  config::Document document = config::parse(kFull, "a.json");
  const nlohmann::ordered_json written = config::write(config::read<Experiment>(document));
  CHECK(written["nic"].dump() ==
        R"({"name":"n","post":"350ns","mtu":"4KiB","link":"40Gbps","copy":"0.2595ns/B",)"
        R"("cache":{"entries":256,"miss":"400ns"},"sources":{"post":"a paper"}})");
  CHECK(written["engine"].dump() == R"({"name":"gam","workers":1,"block":"4KiB"})");
  CHECK(written["others"][1].dump() == R"({"name":"local"})");
  CHECK(written["transport"] == "ud");
  CHECK(written["_note"] == "kept");
}

TEST_CASE("The schema accepts what is read and what is written") {
  config::Document document = config::parse(kFull, "a.json");
  const std::string written = config::write(config::read<Experiment>(document)).dump();
  const Texts good = {kFull, std::string(kGoodExperiment) + "}", R"({"nic": "cx3-ib40"})",
                      R"({"extends": "base.json"})", written};
  CHECK(complaints_of_schema(good) == Texts(good.size()));
}

TEST_CASE("The schema rejects what reading rejects") {
  Texts bad = {"{}", R"({"nic": {"name": "x"}})"};
  for (const char* member : {R"("sevrers": 8)",
                             R"("servers": "8")",
                             R"("servers": 0)",
                             R"("servers": 1.5)",
                             R"("offset": -129)",
                             R"("load": 1.5)",
                             R"("label": "frist")",
                             R"("transport": "uc")",
                             R"("counts": [101])",
                             R"("counts": 3)",
                             R"("delays": [])",
                             R"("delays": [1])",
                             R"("delays": ["1usec"])",
                             R"("limit": "12")",
                             R"("weights": {"x": -1})",
                             R"("engine": {"name": "mesi"})",
                             R"("engine": {"name": "gam"})",
                             R"("engine": {"name": "gam", "block": "1KiB"})",
                             R"("engine": {"name": "drust", "block": "512B"})",
                             R"("engine": 3)"}) {
    bad.push_back(std::string(kGoodExperiment) + ", " + member + "}");
    CAPTURE(member);
    CHECK_FALSE(complaints(bad.back()).empty());
  }
  const Texts found = complaints_of_schema(bad);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO(bad[i]);
    CHECK(found.at(i) != "");
  }
}

TEST_CASE("The schema explains fields, their bounds and their defaults") {
  const nlohmann::ordered_json schema = config::schema<Experiment>("experiment");
  const auto& properties = schema["properties"];
  CHECK(properties["servers"].dump() ==
        R"({"description":"servers of the cluster","type":"integer","exclusiveMinimum":0,)"
        R"("minimum":0,"maximum":4294967295,"default":4})");
  const auto& mtu = properties["nic"]["anyOf"][1]["properties"]["mtu"];
  CHECK(mtu["description"] == "path MTU (at least 256B) (at most 4KiB)");
  CHECK(mtu["default"] == "4KiB");
  CHECK(properties["engine"]["default"] == "local");
  CHECK(properties["engine"]["anyOf"][1]["properties"]["name"]["const"] == "drust");
}
