#include "workloads/gemm/options.hpp"

#include <cmath>

namespace dsmsim {
namespace {

bool is_power_of_two(std::uint64_t n) { return n > 0 && (n & (n - 1)) == 0; }

std::uint64_t power_of_seven(std::uint32_t exponent) {
  std::uint64_t power = 1;
  for (std::uint32_t i = 0; i < exponent; ++i) {
    power *= 7;
  }
  return power;
}

}  // namespace

std::uint64_t GemmOptions::rows(std::uint32_t level) const {
  const double leaf = static_cast<double>(size >> levels) * std::sqrt(scale);
  const auto rows = static_cast<std::uint64_t>(std::llround(leaf));
  return std::max<std::uint64_t>(rows, 1) << (levels - level);
}

std::uint64_t GemmOptions::leaves() const { return power_of_seven(levels); }

// The plain multiplications of a leaf of the published size, as far as the bytes have shrunk.
Duration GemmOptions::leaf_work() const {
  std::uint32_t depth = 0;
  while ((base << (levels + depth + 1)) <= size) {
    ++depth;
  }
  const double products = static_cast<double>(power_of_seven(depth)) * shrunk();
  return from_ps(static_cast<double>(base_product.ps()) * products);
}

Duration GemmOptions::turn() const {
  return from_ps(static_cast<double>(time_slice.ps()) * shrunk());
}

double GemmOptions::shrunk() const {
  const double side = static_cast<double>(rows(0)) / static_cast<double>(size);
  return side * side;
}

void describe(config::Fields& f, GemmOptions& o) {
  f.sources(o.sources);
  f.optional("scale", o.scale,
             "factor of the bytes and of the work; rows and columns shrink by its square root",
             config::range(1e-7, 1.0));
  f.optional("size", o.size, "rows and columns of the matrices at scale 1",
             config::range(std::uint64_t{8}, std::uint64_t{1} << 16));
  f.optional("base", o.base, "rows and columns of the blocks that a leaf multiplies the plain way",
             config::range(std::uint64_t{1}, std::uint64_t{1} << 12));
  f.optional("levels", o.levels, "of Strassen's recursion above the leaves", config::range(1u, 4u));
  f.optional("slots_per_server", o.slots_per_server, "leaves on a server at once",
             config::range(1, 1024));
  f.optional("branches", o.branches, "multiplications on server 0 that wait for leaves, at once",
             config::range(1, 1 << 12));
  f.optional("element", o.element, "bytes of an element", config::range(Bytes(1), Bytes(16)));
  f.optional(
      "base_product", o.base_product,
      "CPU time of a leaf per product of two blocks, everything that the leaf does included");
  f.optional(
      "push", o.push,
      "CPU time per element of a matrix that is made from another, beside touching the bytes");
  f.optional("add", o.add, "the same of a += b");
  f.optional("time_slice", o.time_slice,
             "how long a thread works while others wait for its core, at scale 1; 0ns: until its "
             "work is done, as a task of a runtime does");
  f.optional("loops", o.loops, "where the loops that prepare and combine matrices run");
  f.optional("access", o.access,
             "bytes of one read or write; 0B: a matrix, or a quarter of one, is one object and is "
             "read and written as a whole");
  f.optional("access_threads", o.access_threads,
             "threads that share the reads or writes of a matrix, as a parallel loop does",
             config::range(1, 1 << 12));
  f.check(is_power_of_two(o.size), "size", "must be a power of two");
  f.check(is_power_of_two(o.base), "base", "must be a power of two");
  f.check((o.base << o.levels) <= o.size, "base", "must not be larger than a leaf");
}

}  // namespace dsmsim
