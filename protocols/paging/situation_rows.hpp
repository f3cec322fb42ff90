#pragma once
// What the messages of a protocol can meet, as a table: a row says which message, what it meets,
// and that in words. The list that an exploration counts (sim/dsm/contract/inspection.hpp) and the
// place of a situation in it come from the rows.

#include <string>
#include <string_view>
#include <vector>

#include "sim/dsm/kit/messages.hpp"

namespace dsmsim::paging {

template <class Kind, class Met>
struct SituationRow {
  Kind kind;
  Met met;
  std::string_view words;
};

template <class Rows>
std::vector<std::string> situation_names(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) {
    names.push_back(std::string(row_of(row.kind).name) + ": " + std::string(row.words));
  }
  return names;
}

/// The index of the row; -1: nobody counts that.
template <class Rows, class Kind, class Met>
int situation_of(const Rows& rows, Kind kind, const Met& met) {
  int index = 0;
  for (const auto& row : rows) {
    if (row.kind == kind && row.met == met) {
      return index;
    }
    ++index;
  }
  return -1;
}

}  // namespace dsmsim::paging
