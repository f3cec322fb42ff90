#pragma once
// The table and the queries of DRust's data frame application (uclasystem/DRust,
// drust/src/app/dataframe/benchmark/groupby.rs:65-433): h2oai's G1_1e8_1e2_0_0, and group-bys over
// it, each by some ids, with some aggregates. Which function an aggregate computes costs the same.

#include <array>
#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"

namespace dsmsim::dataframe {

enum Column : std::uint8_t { id1, id2, id3, id4, id5, id6, v1, v2, v3 };
inline constexpr std::size_t kColumns = 9;

inline constexpr Bytes width_of(std::size_t column) { return Bytes(column == v3 ? 8 : 4); }

struct Query {
  std::vector<Column> keys;
  std::vector<Column> values;  ///< one for each aggregate
};

/// The nine that are repeated.
inline const std::vector<Query>& small_queries() {
  static const std::vector<Query> queries = {
      {{id1}, {v1}},     {{id1, id2}, {v1}}, {{id3}, {v1, v3}},
      {{id4}, {v1, v3}}, {{id6}, {v1, v3}},  {{id4, id5}, {v3, v3}},
      {{id3}, {v1, v2}}, {{id6}, {v3}},      {{id2, id4}, {v1, v2}},
  };
  return queries;
}
inline Query large_query() { return {{id1, id2, id3, id4, id5, id6}, {v1, v3}}; }

}  // namespace dsmsim::dataframe
