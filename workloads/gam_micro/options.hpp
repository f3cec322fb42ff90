#pragma once
// The parameters of GAM's micro-benchmark (gam_micro.hpp). Ratios are 0 to 1; the original's
// percentages.

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// What one operation consists of (op_type 0 to 3 of the original).
enum class MicroOperation : unsigned char { access, lock, locked_access, try_locked_access };
constexpr auto config_values(MicroOperation) {
  using enum MicroOperation;
  return std::to_array<config::Value<MicroOperation>>({
      {access, "access", "a read or a write"},
      {lock, "lock", "a shared or an exclusive lock and its unlock, nothing else"},
      {locked_access, "locked_access", "shared lock and read, or exclusive lock and write; unlock"},
      {try_locked_access, "try_locked_access",
       "the same with try-locks; given up if the lock is not free"},
  });
}

struct GamMicroOptions {
  config::Sources sources;
  std::uint32_t threads_per_server = 1;
  std::uint64_t blocks = 4096;        ///< that each thread works on
  std::uint64_t operations = 20'000;  ///< of each thread, once to warm up and once measured
  Bytes block_size = Bytes(512);
  Bytes item_size = Bytes(8);
  double remote_ratio = 0;
  double shared_ratio = 0;
  double read_ratio = 1;
  double space_locality = 0;
  double time_locality = 0;
  MicroOperation operation = MicroOperation::access;
};

void describe(config::Fields& fields, GamMicroOptions& options);

}  // namespace dsmsim
