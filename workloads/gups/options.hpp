#pragma once
// The parameters of random updates (gups.hpp).

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// How a word is updated.
enum class GupsUpdate : unsigned char { atomic_add, write };
constexpr auto config_values(GupsUpdate) {
  using enum GupsUpdate;
  return std::to_array<config::Value<GupsUpdate>>({
      {atomic_add, "atomic_add", "the old value comes back"},
      {write, "write", "overwritten; nothing comes back"},
  });
}

struct GupsOptions {
  config::Sources sources;
  std::uint32_t threads_per_server = 64;
  std::uint64_t words = 1 << 20;   ///< of eight bytes, in all
  std::uint64_t updates = 1 << 8;  ///< of each thread
  Bytes chunk = Bytes(64 << 10);   ///< the table is allocated in objects of this size
  GupsUpdate update = GupsUpdate::atomic_add;
  bool verify = false;
};

void describe(config::Fields& fields, GupsOptions& options);

}  // namespace dsmsim
