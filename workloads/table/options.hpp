#pragma once
// The parameters of a table (table.hpp).

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// What the program says about what goes together: the three configurations of Ma et al., DRust,
/// OSDI'24, Fig. 6.
enum class TableAffinity : unsigned char { none, tbox, tbox_spawn_to };
constexpr auto config_values(TableAffinity) {
  using enum TableAffinity;
  return std::to_array<config::Value<TableAffinity>>({
      {none, "none", "nothing"},
      {tbox, "tbox", "the chunks of a column go with the column"},
      {tbox_spawn_to, "tbox_spawn_to", "and a query starts where the column is that it aggregates"},
  });
}

struct TableOptions {
  config::Sources sources;
  TableAffinity affinity = TableAffinity::none;
  std::uint32_t columns = 16;  ///< the k-th on server k mod servers
  std::uint32_t chunks = 16;   ///< of each column
  Bytes chunk_size = Bytes(64 << 10);
  std::uint32_t queries = 64;
  std::uint32_t keys = 2;                                 ///< columns that a query groups by
  Duration compute = Duration::picoseconds(100'000'000);  ///< on one chunk of all its columns
  Bytes result_size = Bytes(4 << 10);                     ///< of a query
};

void describe(config::Fields& fields, TableOptions& options);

}  // namespace dsmsim
