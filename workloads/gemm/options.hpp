#pragma once
// The parameters of the matrix multiplication (gemm.hpp); the defaults are those of DRust's
// evaluation (OSDI'24 section 7, repository uclasystem/DRust drust/src/app/gemm), at 1/64 of its
// bytes and work.

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// Where the loops that prepare and combine run.
enum class GemmLoops : unsigned char { server0, at_homes };
constexpr auto config_values(GemmLoops) {
  using enum GemmLoops;
  return std::to_array<config::Value<GemmLoops>>({
      {server0, "server0", "on server 0, which reads and writes the matrices"},
      {at_homes, "at_homes",
       "where the elements are, as a parallel loop over a global array does: no element is sent, "
       "and it takes as long as one thread with memory of its own"},
  });
}

struct GemmOptions {
  config::Sources sources;
  double scale = 1.0 / 64;     ///< of bytes and work
  std::uint64_t size = 32768;  ///< rows and columns, before scaling
  std::uint64_t base = 16;     ///< of the blocks that a leaf multiplies the plain way
  std::uint32_t levels = 3;    ///< of Strassen's recursion above the leaves
  std::uint32_t slots_per_server = 16;
  std::uint32_t branches = 21;  ///< multiplications on server 0 that wait for leaves, at once
  Bytes element = Bytes(4);
  Duration base_product = Duration::picoseconds(8'000'000);  ///< of two blocks, all inclusive
  Duration push = Duration::picoseconds(1'900);              ///< per element that is made or copied
  Duration add = Duration::picoseconds(100);                 ///< per element of a += b
  Duration time_slice = Duration::picoseconds(10'000'000'000);  ///< at scale 1; zero: none
  GemmLoops loops = GemmLoops::server0;
  Bytes access = Bytes(0);           ///< of one read or write; zero: of a whole matrix at once
  std::uint32_t access_threads = 1;  ///< that share the reads or writes of a matrix

  /// Rows of a matrix so many levels below the top, scaled.
  std::uint64_t rows(std::uint32_t level) const;
  Bytes bytes(std::uint32_t level) const { return element * (rows(level) * rows(level)); }
  std::uint64_t leaves() const;
  /// CPU time of one leaf.
  Duration leaf_work() const;
  /// How long a thread works while others wait for its core.
  Duration turn() const;

 private:
  /// The bytes of a matrix are so much of those of the published one.
  double shrunk() const;
};
void describe(config::Fields& fields, GemmOptions& options);

}  // namespace dsmsim
