#pragma once
// The parameters of a pipeline (pipeline.hpp).

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/library/arc.hpp"

namespace dsmsim {

/// How the workers share the table.
enum class PipelineTable : unsigned char { arc, rwlock };
constexpr auto config_values(PipelineTable) {
  using enum PipelineTable;
  return std::to_array<config::Value<PipelineTable>>({
      {arc, "arc", "an Arc: read only, and each worker has a handle"},
      {rwlock, "rwlock", "behind a reader lock; who comes last to a round's end writes some of it"},
  });
}

struct PipelineOptions {
  config::Sources sources;
  std::uint32_t producers = 8;
  std::uint32_t workers = 8;
  std::uint32_t rounds = 10;
  std::uint32_t items = 100;  ///< of each producer in each round
  Bytes item_size = Bytes(1 << 10);
  Bytes message_size = Bytes(16);  ///< beside the Box
  PipelineTable table = PipelineTable::arc;
  library::ArcCount arc_count = library::ArcCount::inside;
  Bytes table_size = Bytes(64 << 10);
  std::uint32_t lookups = 2;  ///< of each item
  Bytes lookup_size = Bytes(64);
  Duration compute = Duration::picoseconds(2'000'000);  ///< of each item
  Duration patience = Duration::picoseconds(10'000'000'000'000);
};

void describe(config::Fields& fields, PipelineOptions& options);

}  // namespace dsmsim
