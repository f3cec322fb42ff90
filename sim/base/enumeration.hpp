#pragma once
// What the compiler knows of an enumeration of ours whose values count from 0 without a gap: how
// many there are and what they are called. So nobody counts enumerators by hand, and no table of
// them can lack one unnoticed (is_table_of).

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace dsmsim {
namespace detail {

/// "... Value = dsmsim::Verb::read]"; of a number that no enumerator has, "... = (dsmsim::Verb)7]".
template <auto Value>
consteval const char* text_of() {
  return __PRETTY_FUNCTION__;
}
template <auto Value>
consteval std::string_view name_of() {
  std::string_view text = text_of<Value>();
  text.remove_prefix(text.rfind("Value = ") + 8);
  text.remove_suffix(1);
  return text.front() == '(' ? std::string_view() : text.substr(text.rfind(':') + 1);
}
template <class Enum, std::size_t From = 0>
consteval std::size_t count_enumerators() {
  if constexpr (name_of<static_cast<Enum>(From)>().empty()) {
    return From;
  } else {
    return count_enumerators<Enum, From + 1>();
  }
}
template <class Enum, std::size_t... I>
consteval auto names_of(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{name_of<static_cast<Enum>(I)>()...};
}

}  // namespace detail

template <class Enum>
inline constexpr std::size_t kEnumerators = detail::count_enumerators<Enum>();

/// As the source spells them.
template <class Enum>
inline constexpr std::array<std::string_view, kEnumerators<Enum>> kEnumeratorNames =
    detail::names_of<Enum>(std::make_index_sequence<kEnumerators<Enum>>());

/// Whether no two rows of a table have the same `name`.
constexpr bool have_names_of_their_own(const auto& rows) {
  for (const auto& row : rows) {
    const auto same = [&row](const auto& each) { return each.name == row.name; };
    if (std::count_if(std::begin(rows), std::end(rows), same) > 1) {
      return false;
    }
  }
  return true;
}

/// Whether the table has one row for each value of the enumeration that `key` is of, in order.
template <class Row, std::size_t Rows, class Enum>
consteval bool is_table_of(const std::array<Row, Rows>& table, Enum Row::*key) {
  for (std::size_t i = 0; i < Rows; ++i) {
    if (table[i].*key != static_cast<Enum>(i)) {
      return false;
    }
  }
  return Rows == kEnumerators<Enum>;
}

}  // namespace dsmsim
