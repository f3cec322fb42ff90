#include "sim/dsm/contract/counters.hpp"

#include <catch2/catch.hpp>

#include "sim/dsm/contract/counters_json.hpp"

namespace dsmsim {
namespace {

#define PING_COUNTERS(COUNTER)                           \
  COUNTER(Count, pings, "pings", "that were sent")       \
  COUNTER(Bytes, most, "bytes_peak", "most memory used") \
  COUNTER(double, share, "times.share", "of the time")   \
  COUNTER(Microseconds, mean, "times.mean_us", "of a ping")
DSMSIM_COUNTERS(PingCounters, PING_COUNTERS)

}  // namespace

TEST_CASE("Counters are plain numbers that begin at zero, add up, and report in their order") {
  PingCounters one;
  ++one.pings;
  one.most += Bytes(64);
  PingCounters both = one;
  both.pings += one.pings;
  both.mean = {2.5};
  CounterReport report;
  report.add(both);
  report.group("none");
  CHECK(to_json(report).dump() ==
        R"({"pings":2,"bytes_peak":64,"times":{"share":0.0,"mean_us":2.5},"none":{}})");
}

TEST_CASE("A report with two numbers of one name is a mistake of whoever writes it") {
  CounterReport report;
  report.add("pings", Count(1));
  report.add("pings", Count(2));
  if constexpr (kContracts) {
    CHECK_THROWS_AS(to_json(report), std::logic_error);
  }
}

TEST_CASE("The type of a counter says its unit") {
  std::vector<std::string> units;
  for (const CounterRow& row : counter_rows_of<PingCounters>()) {
    units.push_back(std::string(row.name) + " " + std::string(row.unit));
  }
  CHECK(units ==
        std::vector<std::string>{"pings 1", "bytes_peak B", "times.share 1", "times.mean_us us"});
}

#define PONG_COUNTERS(COUNTER)           \
  COUNTER(Count, pongs, "pongs", "sent") \
  COUNTER(Bytes, bytes, "bytes", "in them")
DSMSIM_COUNTERS(PongCounters, PONG_COUNTERS)

TEST_CASE("Counters of another server are added field by field") {
  PongCounters all{.pongs = 1, .bytes = Bytes(8)};
  all += PongCounters{.pongs = 3, .bytes = Bytes(16)};
  CHECK(all.pongs == 4);
  CHECK(all.bytes == Bytes(24));
}

}  // namespace dsmsim
