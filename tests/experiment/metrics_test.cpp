#include "sim/experiment/metrics.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using dsmsim::csv_field;
using dsmsim::Metric;
using dsmsim::metrics_of;
using dsmsim::number_text;

namespace {

std::vector<std::string> recorded_lines(const char* result) {
  std::vector<std::string> lines;
  for (const Metric& metric : metrics_of(nlohmann::ordered_json::parse(result))) {
    lines.push_back(metric.path + " | " + metric.name + " | " + metric.labels + " | " +
                    number_text(metric.value) + " " + metric.unit);
  }
  return lines;
}

}  // namespace

TEST_CASE("Kinds, categories and types of messages are labels of a metric") {
  CHECK(recorded_lines(R"({"latency": {"get": {"mean_ns": 1.5}},
                     "breakdown": {"cpu_ns": 2},
                     "breakdown_by_kind": {"read": {"wire_ns": 3}},
                     "messages": [{"type": "fetch", "verb": "read", "payload_bytes": 64}]})") ==
        std::vector<std::string>{
            "latency.get.mean_ns | latency.mean_ns | kind=get | 1.5 ns",
            "breakdown.cpu_ns | breakdown | category=cpu | 2 ns",
            "breakdown_by_kind.read.wire_ns | breakdown_by_kind | kind=read;category=wire | 3 ns",
            "messages.fetch.payload_bytes | messages.payload_bytes | type=fetch | 64 B"});
}

TEST_CASE("Only numbers are metrics, and the configuration is none") {
  CHECK(recorded_lines(R"({"schema": "x", "config": {"seed": 1}, "amplification": {"read": null},
                     "operations": {"per_second": 10}, "engine": {"hits": [1, 2]},
                     "simulated_s": 0.25})") ==
        std::vector<std::string>{"operations.per_second | operations.per_second |  | 10 1/s",
                                 "engine.hits.0 | engine.hits.0 |  | 1 1",
                                 "engine.hits.1 | engine.hits.1 |  | 2 1",
                                 "simulated_s | simulated_s |  | 0.25 s"});
}

TEST_CASE("The row of an engine's counter says its unit, whatever its name") {
  CHECK(recorded_lines(R"({"config": {"protocol": {"name": "legoos"}},
                     "engine": {"misses": 1, "memory_used": 2, "memory": {"1": {"used": 3}}}})") ==
        std::vector<std::string>{"engine.misses | engine.misses |  | 1 1",
                                 "engine.memory_used | engine.memory_used |  | 2 B",
                                 "engine.memory.1.used | engine.memory.1.used |  | 3 B"});
}

TEST_CASE("Numbers are written as the shortest text that reads back the same") {
  CHECK(number_text(3) == "3");
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(1e15) == "1000000000000000");
  CHECK(std::stod(number_text(1.0 / 3)) == 1.0 / 3);
}

TEST_CASE("Fields of a CSV file are quoted only where they must be") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"hi\"") == "\"say \"\"hi\"\"\"");
}
