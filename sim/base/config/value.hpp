#pragma once
// The values of an enumeration as configuration files write them: one table, beside the
// declaration, which argument-dependent lookup finds.
//
//   enum class Refetch { from_log, wait };
//   constexpr auto config_values(Refetch) {
//     using enum Refetch;
//     return std::to_array<config::Value<Refetch>>({
//         {from_log, "from_log", "takes them from there"},
//         {wait, "wait", "waits until the memory node has applied them"},
//     });
//   }
//
// Reading, the effective configuration, the schema and `dsmsim describe` know a value by its row.

#include <array>
#include <cstddef>
#include <string_view>

#include "sim/base/enumeration.hpp"

namespace dsmsim::config {

template <class Enum>
struct Value {
  Enum value;
  std::string_view text;  ///< as files write it
  std::string_view help;
};

namespace detail {

/// Whether each enumerator has a row, in order: one row, or one for each spelling of it.
template <class Enum, std::size_t Rows>
consteval bool has_all(const std::array<Value<Enum>, Rows>& table) {
  std::size_t next = 0;
  for (const Value<Enum>& row : table) {
    const auto value = static_cast<std::size_t>(row.value);
    if (value != next && value + 1 != next) {
      return false;
    }
    next = value + 1;
  }
  return next == kEnumerators<Enum>;
}
template <class Enum>
consteval auto checked_values() {
  constexpr auto table = config_values(Enum{});
  static_assert(has_all(table), "an enumerator without a row in config_values");
  return table;
}

}  // namespace detail

template <class Enum>
inline constexpr auto kValues = detail::checked_values<Enum>();

}  // namespace dsmsim::config
