#pragma once
// What an engine counts, said once: a list of rows, from which the struct of its counters, the
// report in result.json, the unit in tables and the list in `dsmsim describe` follow.
//
//   #define PING_COUNTERS(COUNTER)
//     COUNTER(Count, pings, "pings", "that were sent")
//     COUNTER(Bytes, most, "bytes_peak", "most memory in use")
//   DSMSIM_COUNTERS(PingCounters, PING_COUNTERS);
//
// makes `struct PingCounters { Count pings{}; Bytes most{}; }`: plain numbers, bumped where the
// event happens; `counters = {}` starts anew, `+=` adds those of another server. What is computed
// for the report only is a row, too, set in a copy just before. The type says the unit.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "sim/base/enumeration.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

using Count = std::uint64_t;
/// Of computed values: a mean of durations is no whole number of picoseconds.
struct Nanoseconds {
  double value = 0;
};
struct Microseconds {
  double value = 0;
};

/// What result.json can hold of a counter.
using CounterValue = std::variant<std::uint64_t, double, bool>;

inline CounterValue value_of(Count count) { return count; }
inline CounterValue value_of(double share) { return share; }
inline CounterValue value_of(Bytes bytes) { return bytes.count(); }
inline CounterValue value_of(Nanoseconds time) { return time.value; }
inline CounterValue value_of(Microseconds time) { return time.value; }

template <class T>
constexpr std::string_view unit_of() {
  return std::is_same_v<T, Bytes>          ? "B"
         : std::is_same_v<T, Nanoseconds>  ? "ns"
         : std::is_same_v<T, Microseconds> ? "us"
                                           : "1";
}

/// One counter, as documents and tables know it.
struct CounterRow {
  std::string_view name;  ///< below `engine` in result.json; of a group, that of the group
  std::string_view unit;
  std::string_view help;
};

/// What an engine or a program says of a run, in the order in which result.json has it.
class CounterReport {
 public:
  struct Entry {
    std::string name;                   ///< "requests.read" is "read" in the group "requests"
    std::optional<CounterValue> value;  ///< nothing: a group, which may stay empty
  };
  /// All of a struct of counters.
  template <class Counters>
  void add(const Counters& counters) {
    for (const auto& row : counter_rows(counters)) {
      entries_.push_back({std::string(row.name), row.value(counters)});
    }
  }
  /// What has no row: the numbers of programs, those of one server.
  void add(std::string name, CounterValue value) { entries_.push_back({std::move(name), value}); }
  void group(std::string name) { entries_.push_back({std::move(name), std::nullopt}); }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// The row of one field of a struct of counters.
template <class Counters>
struct FieldRow : CounterRow {
  CounterValue (*value)(const Counters&);
};

consteval bool counters_are_told_apart(const auto& rows) {
  const auto has_help = [](const CounterRow& row) { return !row.help.empty(); };
  return have_names_of_their_own(rows) && std::all_of(std::begin(rows), std::end(rows), has_help);
}

// NOLINTBEGIN(bugprone-macro-parentheses): the names of types have none
#define DSMSIM_COUNTER_FIELD(Type, field, ...) Type field{};
#define DSMSIM_COUNTER_ADD(Type, field, ...) field += other.field;
#define DSMSIM_COUNTER_ROW(Type, field, name, help) \
  {{name, ::dsmsim::unit_of<Type>(), help},         \
   [](const Self& counters) { return ::dsmsim::value_of(counters.field); }},
#define DSMSIM_COUNTERS(Struct, LIST)                                               \
  struct Struct {                                                                   \
    LIST(DSMSIM_COUNTER_FIELD)                                                      \
    template <class Same = Struct>                                                  \
    Struct& operator+=(const Same& other) {                                         \
      LIST(DSMSIM_COUNTER_ADD)                                                      \
      return *this;                                                                 \
    }                                                                               \
  };                                                                                \
  inline std::span<const ::dsmsim::FieldRow<Struct>> counter_rows(const Struct&) {  \
    using Self = Struct;                                                            \
    static constexpr ::dsmsim::FieldRow<Self> kRows[] = {LIST(DSMSIM_COUNTER_ROW)}; \
    static_assert(::dsmsim::counters_are_told_apart(kRows),                         \
                  "two counters of one name, or one without help");                 \
    return kRows;                                                                   \
  }
// NOLINTEND(bugprone-macro-parentheses)

/// The rows of several structs of counters, one after the other, behind those of `groups`.
template <class... Counters>
std::vector<CounterRow> counter_rows_of(std::span<const CounterRow> groups = {}) {
  std::vector<CounterRow> all(groups.begin(), groups.end());
  (
      [&all] {
        const auto rows = counter_rows(Counters{});
        all.insert(all.end(), rows.begin(), rows.end());
      }(),
      ...);
  return all;
}

}  // namespace dsmsim
