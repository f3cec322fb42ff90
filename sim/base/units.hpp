#pragma once
// Quantities with their units: the only numbers that public headers exchange.
//
// Duration and Time are integer picoseconds (design: "Time is an integer count of picoseconds"),
// Bytes are integer bytes, Rate is bits per second. They convert into each other only where physics
// says so (bytes / rate = duration). Durations and times never wrap: sums, products and what is
// converted from a real number stop at Duration::max(), 2^63 - 1 ps or 106.75 days, on either side
// of zero; EventQueue refuses to schedule anything for then. Text forms are "1.9us", "4KiB",
// "40Gbps": parse_* throw dsmsim::Error, which names the text and the accepted units, on a missing
// or unknown unit; durations are rounded to the picosecond, sizes must be whole. to_string prints
// the shortest form that parse_* reads back as the same value.

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsmsim {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration picoseconds(std::int64_t ps) { return Duration(ps); }
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }
  constexpr std::int64_t ps() const { return ps_; }
  // Divided, not multiplied by 1e-3: that rounds to the double that prints shortest.
  constexpr double ns() const { return static_cast<double>(ps_) / 1e3; }
  constexpr double us() const { return static_cast<double>(ps_) / 1e6; }
  constexpr double seconds() const { return static_cast<double>(ps_) / 1e12; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(ps_, o.ps_, &sum)) [[unlikely]] {
      return farthest(ps_ < 0);
    }
    return Duration(sum);
  }
  constexpr Duration operator-(Duration o) const {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(ps_, o.ps_, &difference)) [[unlikely]] {
      return farthest(ps_ < 0);
    }
    return Duration(difference);
  }
  constexpr Duration operator-() const { return Duration() - *this; }
  template <std::integral N>
  constexpr Duration operator*(N n) const {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(ps_, n, &product)) [[unlikely]] {
      return farthest((ps_ < 0) != std::cmp_less(n, 0));
    }
    return Duration(product);
  }
  constexpr Duration operator/(std::int64_t n) const { return Duration(ps_ / n); }
  constexpr std::int64_t operator/(Duration o) const { return ps_ / o.ps_; }
  constexpr Duration& operator+=(Duration o) { return *this = *this + o; }
  constexpr Duration& operator-=(Duration o) { return *this = *this - o; }

 private:
  constexpr explicit Duration(std::int64_t ps) : ps_(ps) {}
  static constexpr Duration farthest(bool negative) {
    return negative ? Duration(-max().ps_) : max();
  }
  std::int64_t ps_ = 0;
};

/// A duration or none, for functions that are asked millions of times a second: it comes back in a
/// register, where GCC 12 returns a std::optional<Duration> through memory and stalls on it.
class MaybeDuration {
 public:
  constexpr MaybeDuration() = default;
  constexpr MaybeDuration(std::nullopt_t) {}
  constexpr MaybeDuration(Duration duration) : ps_(duration.ps()) {}
  constexpr explicit operator bool() const { return ps_ != kNone; }
  constexpr Duration operator*() const { return Duration::picoseconds(ps_); }

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  std::int64_t ps_ = kNone;
};

/// The least number of picoseconds, 2^63, that a Duration cannot hold.
inline constexpr double kWrapsPs = 9223372036854775808.0;

/// Rounds to the nearest picosecond; what is no number is the longest duration.
constexpr Duration from_ps(double ps) {
  const double rounded = ps + (ps < 0 ? -0.5 : 0.5);
  if (rounded > -kWrapsPs && rounded < kWrapsPs) [[likely]] {
    return Duration::picoseconds(static_cast<std::int64_t>(rounded));
  }
  return ps < 0 ? -Duration::max() : Duration::max();
}
constexpr Duration from_seconds(double s) { return from_ps(s * 1e12); }
constexpr Duration from_ns(double ns) { return from_seconds(ns * 1e-9); }

/// A point of simulated time: picoseconds since the start of the run. 2^63 ps is 106 days.
class Time {
 public:
  constexpr Time() = default;
  static constexpr Time at(Duration since_start) { return Time(since_start); }
  static constexpr Time never() { return Time(Duration::max()); }
  constexpr Duration since_start() const { return d_; }
  constexpr std::int64_t ps() const { return d_.ps(); }
  constexpr double seconds() const { return d_.seconds(); }
  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time operator+(Duration d) const { return Time(d_ + d); }
  constexpr Time operator-(Duration d) const { return Time(d_ - d); }
  constexpr Duration operator-(Time o) const { return d_ - o.d_; }
  constexpr Time& operator+=(Duration d) { return d_ += d, *this; }

 private:
  constexpr explicit Time(Duration d) : d_(d) {}
  Duration d_;
};

class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::uint64_t n) : n_(n) {}
  constexpr std::uint64_t count() const { return n_; }
  constexpr auto operator<=>(const Bytes&) const = default;
  constexpr Bytes operator+(Bytes o) const { return Bytes(n_ + o.n_); }
  constexpr Bytes operator-(Bytes o) const { return Bytes(n_ - o.n_); }
  constexpr Bytes operator*(std::uint64_t k) const { return Bytes(n_ * k); }
  constexpr Bytes operator/(std::uint64_t k) const { return Bytes(n_ / k); }
  constexpr Bytes& operator+=(Bytes o) { return n_ += o.n_, *this; }
  constexpr Bytes& operator-=(Bytes o) { return n_ -= o.n_, *this; }

 private:
  std::uint64_t n_ = 0;
};

/// Bits per second, as cables and NICs are rated.
class Rate {
 public:
  constexpr Rate() = default;
  static constexpr Rate bits_per_second(double bps) { return Rate(bps); }
  constexpr double bps() const { return bps_; }
  constexpr double bytes_per_second() const { return bps_ / 8; }
  constexpr auto operator<=>(const Rate&) const = default;

 private:
  constexpr explicit Rate(double bps) : bps_(bps) {}
  double bps_ = 0;
};

/// Time that `bytes` occupy a server of rate `rate`, rounded to the nearest picosecond.
constexpr Duration operator/(Bytes bytes, Rate rate) {
  return from_seconds(static_cast<double>(bytes.count()) / rate.bytes_per_second());
}

/// A cost per byte, such as the LogGP gap G. Kept in picoseconds per byte as a real number
/// ("0.2595ns/B").
class PerByte {
 public:
  constexpr PerByte() = default;
  static constexpr PerByte ns_per_byte(double ns) { return PerByte(ns * 1e3); }
  static constexpr PerByte ps_per_byte(double ps) { return PerByte(ps); }
  constexpr double ps() const { return ps_; }
  constexpr double ns() const { return ps_ * 1e-3; }
  constexpr auto operator<=>(const PerByte&) const = default;
  /// Rounded to the nearest picosecond, for costs that are not negative.
  constexpr Duration operator*(Bytes b) const {
    const double time = ps_ * static_cast<double>(b.count()) + 0.5;
    return time < kWrapsPs ? Duration::picoseconds(static_cast<std::int64_t>(time))
                           : Duration::max();
  }

 private:
  constexpr explicit PerByte(double ps) : ps_(ps) {}
  double ps_ = 0;
};

Duration parse_duration(std::string_view text);  ///< "350ns", "1.9us", "3ms", "2s", "17ps"
Bytes parse_bytes(
    std::string_view text);  ///< "64B", "4KiB", "16MiB", "1GiB", "2TiB", also kB, MB, GB (decimal)
Rate parse_rate(std::string_view text);         ///< "40Gbps", "100Mbps"; "4GB/s", "3.2GiB/s"
PerByte parse_per_byte(std::string_view text);  ///< "0.2595ns/B", "12ps/B"

std::string to_string(Duration d);
std::string to_string(Time t);
std::string to_string(Bytes bytes);
std::string to_string(Rate rate);
std::string to_string(PerByte cost);

namespace literals {
constexpr Duration operator""_ps(unsigned long long n) {
  return Duration::picoseconds(static_cast<std::int64_t>(n));
}
constexpr Duration operator""_ns(unsigned long long n) {
  return Duration::picoseconds(static_cast<std::int64_t>(n) * 1000);
}
constexpr Duration operator""_us(unsigned long long n) {
  return Duration::picoseconds(static_cast<std::int64_t>(n) * 1'000'000);
}
constexpr Duration operator""_ms(unsigned long long n) {
  return Duration::picoseconds(static_cast<std::int64_t>(n) * 1'000'000'000);
}
constexpr Duration operator""_ns(long double n) { return from_ns(static_cast<double>(n)); }
constexpr Duration operator""_us(long double n) { return from_ns(static_cast<double>(n) * 1e3); }
constexpr Bytes operator""_B(unsigned long long n) { return Bytes(n); }
constexpr Bytes operator""_KiB(unsigned long long n) { return Bytes(n << 10); }
constexpr Bytes operator""_MiB(unsigned long long n) { return Bytes(n << 20); }
constexpr Bytes operator""_GiB(unsigned long long n) { return Bytes(n << 30); }
constexpr Rate operator""_Gbps(unsigned long long n) {
  return Rate::bits_per_second(static_cast<double>(n) * 1e9);
}
}  // namespace literals

}  // namespace dsmsim
