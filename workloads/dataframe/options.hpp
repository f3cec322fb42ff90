#pragma once
// The parameters of the data frame (dataframe.hpp); the defaults are those of DRust's evaluation
// (OSDI'24 section 7, repository uclasystem/DRust drust/src/app/dataframe), at 1/64 of its rows.

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// What the program says about what goes together (Ma et al., DRust, OSDI'24, Fig. 6).
enum class FrameAffinity : unsigned char { none, spawn_to, tbox, tbox_spawn_to };
constexpr auto config_values(FrameAffinity) {
  using enum FrameAffinity;
  return std::to_array<config::Value<FrameAffinity>>({
      {none, "none", "nothing: a task goes to the first free slot"},
      {spawn_to, "spawn_to",
       "an aggregate goes to the server of its column, or to the next free slot"},
      {tbox, "tbox", "the chunks of a column go with its headers"},
      {tbox_spawn_to, "tbox_spawn_to", "both"},
  });
}

/// What becomes of a chunk that a server has read.
enum class ChunkCopies : unsigned char { kept, dropped };
constexpr auto config_values(ChunkCopies) {
  using enum ChunkCopies;
  return std::to_array<config::Value<ChunkCopies>>({
      {kept, "kept",
       "its first reference on each server is never given back, as in the released code, where the "
       "copies of nested vectors are not dropped"},
      {dropped, "dropped", "every reference is given back when it has been used"},
  });
}

struct DataframeOptions {
  config::Sources sources;
  double scale = 1.0 / 64;  ///< of bytes and work
  std::uint64_t rows = 100'000'000;
  std::uint64_t groups_per_key = 100;  ///< K of the table: ids have K values, or rows / K
  Bytes chunk_size = Bytes(1 << 20);   ///< at scale 1
  std::uint32_t repetitions = 3;       ///< of the nine small queries
  std::uint32_t large_queries = 2;     ///< by all six ids
  Duration head_start = Duration::picoseconds(100'000'000'000);  ///< of these, at scale 1
  FrameAffinity affinity = FrameAffinity::spawn_to;
  ChunkCopies chunk_copies = ChunkCopies::kept;
  std::uint32_t slots_per_server = 1;
  std::uint32_t workers = 16;                           ///< threads of a task
  Duration group_by = Duration::picoseconds(796'000);   ///< of a thread, per row
  Duration take = Duration::picoseconds(675'000);       ///< per group
  Duration aggregate = Duration::picoseconds(362'000);  ///< per row
  Bytes access = Bytes(0);           ///< of one read or write; zero: of a whole object at once
  std::uint32_t access_threads = 1;  ///< that share the accesses to an object

  std::uint64_t scaled_rows() const;
  Bytes chunk() const;
  Duration scaled_head_start() const;
  std::uint64_t chunks(Bytes width) const;
};
void describe(config::Fields& fields, DataframeOptions& options);

}  // namespace dsmsim
