#include "sim/base/units.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "sim/base/error.hpp"
#include "sim/base/random.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;

TEST_CASE("Durations are read in every unit") {
  CHECK(parse_duration("17ps") == 17_ps);
  CHECK(parse_duration("350ns") == 350_ns);
  CHECK(parse_duration("1.9us") == Duration::picoseconds(1'900'000));
  CHECK(parse_duration("3 ms") == 3_ms);
  CHECK(parse_duration("2s") == 2000_ms);
  CHECK(parse_duration("1e3ns") == 1_us);
  CHECK(parse_duration("25E-1ns") == 2500_ps);
  CHECK(parse_duration("-5ns") == -5_ns);
}

TEST_CASE("Durations are rounded to the nearest picosecond") {
  CHECK(parse_duration("0.2594ns") == 259_ps);
  CHECK(parse_duration("0.2596ns") == 260_ps);
  CHECK(parse_duration("0.00000000000000000000001s") == 0_ps);
  CHECK(parse_duration("1e-200s") == 0_ps);
}

// "0.0e-2147483648s": the places after the point and the exponent were added as int.
TEST_CASE("A zero with an absurd exponent is refused without overflow") {
  CHECK_THROWS_WITH(parse_duration("0.0e-2147483648s"), Catch::Contains("too many digits"));
  CHECK_THROWS_WITH(parse_bytes("0e2147483647B"), Catch::Contains("too many digits"));
}

TEST_CASE("Sizes are read in binary and in decimal units") {
  CHECK(parse_bytes("64B") == 64_B);
  CHECK(parse_bytes("4KiB") == 4096_B);
  CHECK(parse_bytes("1.5KiB") == 1536_B);
  CHECK(parse_bytes("4kB") == 4000_B);
  CHECK(parse_bytes("16MiB") == 16_MiB);
  CHECK(parse_bytes("1GB") == Bytes(1'000'000'000));
  CHECK(parse_bytes("2TiB") == 2048_GiB);
  CHECK(parse_bytes("1PiB") == parse_bytes("1024TiB"));
  CHECK(to_string(parse_bytes("1024TiB")) == "1PiB");
}

TEST_CASE("Rates are read in bits and in bytes per second") {
  CHECK(parse_rate("40Gbps") == 40_Gbps);
  CHECK(parse_rate("100Mbps").bps() == 1e8);
  CHECK(parse_rate("4GB/s") == 32_Gbps);
  CHECK(parse_rate("2GiB/s").bytes_per_second() == 2147483648.0);
}

TEST_CASE("Costs per byte are read in picoseconds and nanoseconds") {
  CHECK(parse_per_byte("12ps/B").ns() == Approx(0.012));
  CHECK(parse_per_byte("0.2595ns/B") * 1000_B == 259500_ps);
}

TEST_CASE("Durations are printed in the largest unit that gives at least one") {
  CHECK(to_string(1900_ns) == "1.9us");
  CHECK(to_string(17_ps) == "17ps");
  CHECK(to_string(1234567_ps) == "1.234567us");
  CHECK(to_string(90'000_ms) == "90s");
  CHECK(to_string(-5_ns) == "-5ns");
  CHECK(to_string(0_ps) == "0s");
  CHECK(to_string(Time::at(2_us)) == "2us");
}

TEST_CASE("Sizes, rates and costs are printed in the unit that suits them") {
  CHECK(to_string(4096_B) == "4KiB");
  CHECK(to_string(1000_B) == "1000B");
  CHECK(to_string(0_B) == "0B");
  CHECK(to_string(3_GiB) == "3GiB");
  CHECK(to_string(40_Gbps) == "40Gbps");
  CHECK(to_string(Rate::bits_per_second(12.5e9)) == "12.5Gbps");
  CHECK(to_string(Rate::bits_per_second(0)) == "0bps");
  CHECK(to_string(parse_per_byte("0.2595ns/B")) == "0.2595ns/B");
}

TEST_CASE("Every quantity that is printed is read back as the same value") {
  RandomStream random(7, "units");
  for (int i = 0; i < 2000; ++i) {
    const auto bits = static_cast<std::int64_t>(random.next() >> (1 + random.below(63)));
    const Duration duration = Duration::picoseconds(random.chance(0.5) ? bits : -bits);
    REQUIRE(parse_duration(to_string(duration)) == duration);
    const Bytes bytes(static_cast<std::uint64_t>(bits));
    REQUIRE(parse_bytes(to_string(bytes)) == bytes);
    const Rate rate = Rate::bits_per_second(static_cast<double>(bits) * random.uniform());
    REQUIRE(parse_rate(to_string(rate)) == rate);
    const PerByte cost = PerByte::ns_per_byte(random.uniform());
    REQUIRE(parse_per_byte(to_string(cost)) == cost);
  }
  CHECK(parse_duration(to_string(Duration::max())) == Duration::max());
}

TEST_CASE("A quantity without a unit is refused with the accepted units") {
  CHECK_THROWS_WITH(
      parse_duration("350"),
      "\"350\" has no unit; expected a duration such as \"1.9us\" (units: ps, ns, us, ms, s)");
  CHECK_THROWS_WITH(parse_bytes("4096"),
                    Catch::Contains("\"4096\" has no unit") &&
                        Catch::Contains("B, kB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB"));
}

TEST_CASE("An unknown unit is named") {
  CHECK_THROWS_WITH(parse_duration("3 parsecs"), Catch::Contains("unknown unit \"parsecs\""));
  CHECK_THROWS_WITH(parse_rate("40GBPS"), Catch::Contains("unknown unit \"GBPS\""));
  CHECK_THROWS_WITH(parse_per_byte("1ns"), Catch::Contains("unknown unit \"ns\""));
  CHECK_THROWS_WITH(parse_bytes("4KiBB"), Catch::Contains("unknown unit \"KiBB\""));
}

TEST_CASE("Text that is no number is refused") {
  for (const char* text : {"", "us", "-", ".", "1.2.3us", "--1us", "inf s", "nan s", "+1us"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_duration(text), Catch::Contains("does not start with a number"));
    CHECK_THROWS_AS(parse_rate(text), Error);
  }
  CHECK_THROWS_WITH(parse_duration("1eus"), Catch::Contains("unknown unit \"eus\""));
}

TEST_CASE("Quantities that do not fit are refused") {
  CHECK_THROWS_WITH(parse_duration("1e7s"), Catch::Contains("is too large"));
  CHECK_THROWS_WITH(parse_duration("1e300s"), Catch::Contains("is too large"));
  CHECK_THROWS_AS(parse_duration("1e99999999999s"), Error);
  CHECK_THROWS_WITH(parse_bytes("9999999PiB"), Catch::Contains("is too large"));
  CHECK_THROWS_WITH(parse_rate("1e305Gbps"), Catch::Contains("is too large"));
  CHECK_THROWS_WITH(parse_duration("1234567890123456789012345678901234567890ps"),
                    Catch::Contains("too many digits"));
  CHECK_THROWS_WITH(parse_bytes("-1B"), Catch::Contains("is negative"));
  CHECK_THROWS_WITH(parse_bytes("0.5B"), Catch::Contains("is not a whole number of bytes"));
  CHECK_THROWS_WITH(parse_bytes("1e-60B"), Catch::Contains("is not a whole number of bytes"));
}

TEST_CASE("Bytes over a rate take the time that they occupy it") {
  CHECK(4096_B / 32_Gbps == 1024_ns);
}

TEST_CASE("A duration that may be missing tells none from zero") {
  CHECK_FALSE(MaybeDuration());
  CHECK_FALSE(MaybeDuration(std::nullopt));
  REQUIRE(MaybeDuration(Duration()));
  CHECK(*MaybeDuration(Duration()) == Duration());
  CHECK(*MaybeDuration(7_us) == 7_us);
}

// A latency of 9.2e6 s twice in a row gave an event at -46744 s.
TEST_CASE("Sums and products of durations stop at the longest one instead of wrapping") {
  const Duration longest = Duration::max();
  const Duration most = longest - 1_ns;
  CHECK(longest == Duration::picoseconds(9223372036854775807));
  CHECK(most + 1_ns == longest);
  CHECK(most + 2_ns == longest);
  CHECK(longest + longest == longest);
  CHECK(-longest - longest == -longest);
  CHECK(1_ns - -longest == longest);
  CHECK(-(-longest) == longest);
  CHECK(longest * 2 == longest);
  CHECK(longest * -2 == -longest);
  CHECK(-longest * 2 == -longest);
  CHECK(1_ps * std::numeric_limits<std::uint64_t>::max() == longest);
  CHECK(-(1_ps) * std::numeric_limits<std::uint64_t>::max() == -longest);
  CHECK(3_ps * std::size_t{5} == 15_ps);
  CHECK(Time::at(most) + 1_us == Time::never());
  Duration sum = most;
  sum += most;
  CHECK(sum == longest);
  sum -= longest;
  CHECK(sum == 0_ns);
  CHECK(to_string(longest) == "9223372.036854775807s");
}

TEST_CASE("A real number that no clock can hold is the longest duration on its side of zero") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(from_seconds(9.2e6) == Duration::picoseconds(9'200'000'000'000'000'000));
  CHECK(from_seconds(9.3e6) == Duration::max());
  CHECK(from_seconds(-9.3e6) == -Duration::max());
  CHECK(from_seconds(infinity) == Duration::max());
  CHECK(from_ns(-infinity) == -Duration::max());
  CHECK(from_seconds(std::numeric_limits<double>::quiet_NaN()) == Duration::max());
  CHECK(from_ps(-1.6) == -2_ps);
}

TEST_CASE("The time of more bytes than a clock can pass is the longest duration") {
  CHECK(Bytes(1 << 20) / Rate::bits_per_second(1e-9) == Duration::max());
  CHECK(1_B / Rate::bits_per_second(0) == Duration::max());
  CHECK(PerByte::ns_per_byte(1e9) * 1024_GiB == Duration::max());
}
