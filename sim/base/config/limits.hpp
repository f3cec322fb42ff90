#pragma once
// Checks that a field of a description asks for: config::range(256_B, 4096_B), config::positive(),
// config::one_of({"a", "b"}). On a list or map they hold for every item.
//
// A quantity is checked whether its field asks or not: what lies outside sane() is a slip of the
// pen, and would end a run when simulated time is used up. A field that names a bound of its own
// has that in the place of the general one.

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/base/units.hpp"

namespace dsmsim::config {

/// A bound: its size for comparisons (ps, bytes, bit/s, ps/B; a long double holds every 64-bit
/// integer on the machines that we build for) and its text for messages.
struct Limit {
  long double size;
  std::string text;
};

struct Limits {
  std::optional<Limit> at_least;
  std::optional<Limit> at_most;
  bool positive = false;
  bool non_empty = false;          ///< of text and lists
  bool one_or_more = false;        ///< of lists: a text alone stands for the list of it
  std::vector<Limit> sizes;        ///< when not empty: the numbers that are allowed
  std::vector<std::string> words;  ///< when not empty: the texts that are allowed
  bool bare = false;               ///< of a size: a whole number without a unit is bytes

  /// "must be at least 1, is 0", or "" when all is well.
  std::string complaint(long double size, const std::string& printed) const;
};

struct AnyValue {};

/// Limits for fields whose values are U; positive() and non_empty() fit several types.
template <class U>
struct Check {
  Limits limits;
};

namespace detail {

template <class T>
inline constexpr bool is_quantity = std::is_same_v<T, Duration> || std::is_same_v<T, Bytes> ||
                                    std::is_same_v<T, Rate> || std::is_same_v<T, PerByte>;

inline Limit limit(Duration d) { return {static_cast<long double>(d.ps()), to_string(d)}; }
inline Limit limit(Bytes b) { return {static_cast<long double>(b.count()), to_string(b)}; }
inline Limit limit(Rate r) { return {r.bps(), to_string(r)}; }
inline Limit limit(PerByte c) { return {c.ps(), to_string(c)}; }
Limit limit(double value);
template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
Limit limit(T value) {
  return {static_cast<long double>(value), std::to_string(value)};
}

/// The type that a check on a field of type T looks at.
template <class T>
struct Element {
  using type = T;
};
template <class T>
struct Element<std::vector<T>> : Element<T> {};
template <class T>
struct Element<std::optional<T>> : Element<T> {};
template <class T>
struct Element<std::map<std::string, T>> : Element<T> {};

template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

template <class T, class U>
inline constexpr bool check_fits = std::is_same_v<U, AnyValue> ||
                                   std::is_same_v<typename Element<T>::type, U> ||
                                   (is_number<typename Element<T>::type> && is_number<U>);

}  // namespace detail

template <class U>
Check<U> at_least(U low) {
  Check<U> check;
  check.limits.at_least = detail::limit(low);
  return check;
}
template <class U>
Check<U> at_most(U high) {
  Check<U> check;
  check.limits.at_most = detail::limit(high);
  return check;
}
template <class U>
Check<U> range(U low, U high) {
  Check<U> check = at_least(low);
  check.limits.at_most = detail::limit(high);
  return check;
}
/// Greater than zero.
inline Check<AnyValue> positive() {
  Check<AnyValue> check;
  check.limits.positive = true;
  return check;
}
/// A size above zero; a whole number without a unit is bytes.
inline Check<AnyValue> positive_or_bare() {
  Check<AnyValue> check = positive();
  check.limits.bare = true;
  return check;
}
/// Text that is not "", or a list that has items.
inline Check<AnyValue> non_empty() {
  Check<AnyValue> check;
  check.limits.non_empty = true;
  return check;
}
/// A list of texts that may be written without brackets when it has one.
inline Check<AnyValue> one_or_more() {
  Check<AnyValue> check;
  check.limits.one_or_more = true;
  return check;
}
template <class U>
Check<U> positive_at_most(U high) {
  Check<U> check = at_most(high);
  check.limits.positive = true;
  return check;
}

/// The bounds of any quantity of a kind: an hour, a pebibyte, 1 kB/s to 1 Pb/s, 1 us/B.
Limits sane(Limits limits, Duration kind);
Limits sane(Limits limits, Bytes kind);
Limits sane(Limits limits, Rate kind);
Limits sane(Limits limits, PerByte kind);
/// The bound of a time within a run, or of its length: beyond it is the end of the clock.
inline constexpr Duration kLongestRun = Duration::picoseconds(8'640'000'000'000'000'000);  // 100 d

template <class U>
Check<U> one_of(std::initializer_list<U> values) {
  Check<U> check;
  for (const U& value : values) {
    check.limits.sizes.push_back(detail::limit(value));
  }
  return check;
}
inline Check<std::string> one_of(std::initializer_list<const char*> words) {
  Check<std::string> check;
  check.limits.words.assign(words.begin(), words.end());
  return check;
}

}  // namespace dsmsim::config
