#include "sim/base/units.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>

#include "sim/base/error.hpp"
#include "sim/base/int128.hpp"

namespace dsmsim {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;  ///< in the smallest unit of the quantity: ps, bytes or bits per second
};

/// One kind of quantity: how it is called, an example for error messages, its units from small to
/// large.
struct Kind {
  std::string_view noun;
  std::string_view example;
  std::span<const Unit> units;
};

constexpr std::int64_t kKilo = 1000, kMega = 1000 * kKilo, kGiga = 1000 * kMega,
                       kTera = 1000 * kGiga, kPeta = 1000 * kTera;
constexpr std::int64_t kKibi = 1 << 10, kMebi = kKibi << 10, kGibi = kMebi << 10,
                       kTebi = kGibi << 10, kPebi = kTebi << 10;

constexpr Unit kDurationUnits[] = {
    {"ps", 1}, {"ns", kKilo}, {"us", kMega}, {"ms", kGiga}, {"s", kTera}};
constexpr Unit kBytesUnits[] = {{"B", 1},       {"kB", kKilo}, {"KiB", kKibi}, {"MB", kMega},
                                {"MiB", kMebi}, {"GB", kGiga}, {"GiB", kGibi}, {"TB", kTera},
                                {"TiB", kTebi}, {"PB", kPeta}, {"PiB", kPebi}};
constexpr Unit kRateUnits[] = {{"bps", 1},           {"kbps", kKilo},      {"Mbps", kMega},
                               {"Gbps", kGiga},      {"Tbps", kTera},      {"B/s", 8},
                               {"kB/s", 8 * kKilo},  {"KiB/s", 8 * kKibi}, {"MB/s", 8 * kMega},
                               {"MiB/s", 8 * kMebi}, {"GB/s", 8 * kGiga},  {"GiB/s", 8 * kGibi},
                               {"TB/s", 8 * kTera},  {"TiB/s", 8 * kTebi}};
constexpr Unit kPerByteUnits[] = {{"ps/B", 1}, {"ns/B", kKilo}, {"us/B", kMega}};

constexpr Kind kDuration{"duration", "1.9us", kDurationUnits};
constexpr Kind kBytes{"size", "4KiB", kBytesUnits};
constexpr Kind kRate{"rate", "40Gbps", kRateUnits};
constexpr Kind kPerByte{"cost per byte", "0.25ns/B", kPerByteUnits};

[[noreturn]] void reject(const Kind& kind, std::string_view text, std::string_view why) {
  std::string units;
  for (const Unit& unit : kind.units) {
    units += units.empty() ? "" : ", ";
    units += unit.name;
  }
  throw Error(fmt::format("\"{}\" {}; expected a {} such as \"{}\" (units: {})", text, why,
                          kind.noun, kind.example, units));
}

constexpr int kLargestExponent = 1000;  // beyond any quantity; adding two of them is no overflow

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The text taken apart: "1.9 us" is digits 19, exponent -1, unit us.
struct Parts {
  std::string_view number;
  Unit unit;
};

std::size_t number_length(std::string_view text) {
  std::size_t i = !text.empty() && text[0] == '-' ? 1 : 0;
  while (i < text.size() && (is_digit(text[i]) || text[i] == '.')) {
    ++i;
  }
  const bool exponent = i + 1 < text.size() && (text[i] == 'e' || text[i] == 'E');
  if (exponent) {
    std::size_t j = i + 1 + (text[i + 1] == '+' || text[i + 1] == '-' ? 1 : 0);
    while (j < text.size() && is_digit(text[j])) {
      i = ++j;
    }
  }
  return i;
}

Parts split(const Kind& kind, std::string_view text) {
  const std::size_t length = number_length(text);
  double ignored = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + length, ignored);
  if (length == 0 || status != std::errc() || end != text.data() + length) {
    reject(kind, text, "does not start with a number");
  }
  std::string_view rest = text.substr(length);
  while (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    reject(kind, text, "has no unit");
  }
  for (const Unit& unit : kind.units) {
    if (unit.name == rest) {
      return {text.substr(0, length), unit};
    }
  }
  reject(kind, text, fmt::format("has the unknown unit \"{}\"", rest));
}

/// A decimal number as mantissa * 10^exponent, exactly; false when it has more digits than any
/// quantity needs.
bool decimal(std::string_view number, Int128& mantissa, int& exponent) {
  mantissa = 0;
  exponent = 0;
  const bool negative = number[0] == '-';
  int digits = 0;
  bool fraction = false;
  for (std::size_t i = negative ? 1 : 0; i < number.size(); ++i) {
    if (number[i] == '.') {
      fraction = true;
    } else if (is_digit(number[i])) {
      mantissa = mantissa * 10 + (number[i] - '0');
      digits += mantissa != 0 ? 1 : 0;
      exponent -= fraction ? 1 : 0;
    } else {
      const std::string_view power = number.substr(number[i + 1] == '+' ? i + 2 : i + 1);
      int value = 0;
      const auto status = std::from_chars(power.data(), power.data() + power.size(), value).ec;
      if (status != std::errc() || value < -kLargestExponent || value > kLargestExponent) {
        return false;
      }
      exponent += value;
      break;
    }
    if (digits > 24) {
      return false;
    }
  }
  mantissa = negative ? -mantissa : mantissa;
  return true;
}

struct Whole {
  std::int64_t value;
  bool exact;  ///< nothing was rounded away
};

/// number * unit, rounded to the nearest integer. Integer arithmetic throughout, so that text
/// written by to_string is read back as the same value over the whole range of 64 bits.
Whole parse_whole(const Kind& kind, std::string_view text) {
  const Parts parts = split(kind, text);
  Int128 value = 0;
  int exponent = 0;
  if (!decimal(parts.number, value, exponent)) {
    reject(kind, text, "has too many digits");
  }
  constexpr Int128 kLimit = Int128(std::numeric_limits<std::int64_t>::max());
  constexpr Int128 kRoom = (Int128(1) << 126) / 10;
  value *= parts.unit.factor;  // at most 10^24 * 2^40: fits
  for (; exponent > 0 && value != 0; --exponent) {
    if (value > kRoom || value < -kRoom) {
      reject(kind, text, "is too large");
    }
    value *= 10;
  }
  Int128 divisor = 1;
  for (; exponent < 0 && divisor < kRoom; ++exponent) {
    divisor *= 10;
  }
  const Int128 half = value < 0 ? -(divisor / 2) : divisor / 2;
  const Int128 rounded = (value + half) / divisor;
  if (rounded > kLimit || rounded < -kLimit) {
    reject(kind, text, "is too large");
  }
  return {static_cast<std::int64_t>(rounded), rounded * divisor == value && exponent == 0};
}

/// number * unit as a real number.
double parse_real(const Kind& kind, std::string_view text) {
  const Parts parts = split(kind, text);
  double value = 0;
  std::from_chars(parts.number.data(), parts.number.data() + parts.number.size(), value);
  value *= static_cast<double>(parts.unit.factor);
  if (!std::isfinite(value)) {
    reject(kind, text, "is too large");
  }
  return value;
}

/// magnitude / factor as an exact decimal number; factor is a power of ten.
std::string exact_decimal(std::uint64_t magnitude, std::uint64_t factor) {
  std::string text = std::to_string(magnitude / factor);
  std::uint64_t rest = magnitude % factor;
  if (rest != 0) {
    text += '.';
  }
  for (std::uint64_t place = factor / 10; rest != 0; place /= 10) {
    text += static_cast<char>('0' + rest / place);
    rest %= place;
  }
  return text;
}

/// The largest of the units that gives a number of at least one and is read back as the same value;
/// else the first.
std::string print_real(double value, std::span<const Unit> units,
                       double (*parse)(std::string_view)) {
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    const double scaled = value / static_cast<double>(unit->factor);
    std::string text = fmt::format("{}{}", scaled, unit->name);
    if (std::abs(scaled) >= 1 && parse(text) == value) {
      return text;
    }
  }
  return fmt::format("{}{}", value, units.front().name);
}

}  // namespace

Duration parse_duration(std::string_view text) {
  return Duration::picoseconds(parse_whole(kDuration, text).value);
}

Bytes parse_bytes(std::string_view text) {
  const Whole whole = parse_whole(kBytes, text);
  if (whole.value < 0) {
    reject(kBytes, text, "is negative");
  }
  if (!whole.exact) {
    reject(kBytes, text, "is not a whole number of bytes");
  }
  return Bytes(static_cast<std::uint64_t>(whole.value));
}

Rate parse_rate(std::string_view text) { return Rate::bits_per_second(parse_real(kRate, text)); }

PerByte parse_per_byte(std::string_view text) {
  return PerByte::ps_per_byte(parse_real(kPerByte, text));
}

std::string to_string(Duration d) {
  const bool negative = d.ps() < 0;
  const std::uint64_t magnitude =
      negative ? -static_cast<std::uint64_t>(d.ps()) : static_cast<std::uint64_t>(d.ps());
  if (magnitude == 0) {
    return "0s";
  }
  const Unit* unit = std::end(kDurationUnits) - 1;
  while (magnitude < static_cast<std::uint64_t>(unit->factor)) {
    --unit;
  }
  return fmt::format("{}{}{}", negative ? "-" : "",
                     exact_decimal(magnitude, static_cast<std::uint64_t>(unit->factor)),
                     unit->name);
}

std::string to_string(Time t) { return to_string(t.since_start()); }

std::string to_string(Bytes bytes) {
  constexpr Unit kBinary[] = {
      {"PiB", kPebi}, {"TiB", kTebi}, {"GiB", kGibi}, {"MiB", kMebi}, {"KiB", kKibi}};
  const std::uint64_t n = bytes.count();
  for (const Unit& unit : kBinary) {
    const auto factor = static_cast<std::uint64_t>(unit.factor);
    if (n >= factor && n % factor == 0) {
      return fmt::format("{}{}", n / factor, unit.name);
    }
  }
  return fmt::format("{}B", n);
}

std::string to_string(Rate rate) {
  return print_real(rate.bps(), std::span(kRateUnits).first(5),
                    [](std::string_view text) { return parse_real(kRate, text); });
}

std::string to_string(PerByte cost) {
  const double ps = cost.ps();
  const std::string text = fmt::format("{}ns/B", cost.ns());
  return parse_real(kPerByte, text) == ps ? text : fmt::format("{}ps/B", ps);
}

}  // namespace dsmsim
