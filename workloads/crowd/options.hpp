#pragma once
// The parameters of a crowd (crowd.hpp).

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// Where the threads start.
enum class CrowdStart : unsigned char { server0, placement };
constexpr auto config_values(CrowdStart) {
  using enum CrowdStart;
  return std::to_array<config::Value<CrowdStart>>({
      {server0, "server0", "all on the server of the first thread"},
      {placement, "placement", "where the system puts them"},
  });
}

struct CrowdOptions {
  config::Sources sources;
  std::uint32_t threads = 32;
  CrowdStart start = CrowdStart::server0;
  std::uint32_t objects = 64;        ///< that each thread allocates and works on
  std::uint32_t shared_objects = 1;  ///< on each server, for the threads of others to read
  Bytes object_size = Bytes(4 << 10);
  std::uint32_t steps = 2000;                            ///< of each thread
  Duration compute = Duration::picoseconds(20'000'000);  ///< of each step
  double remote_share = 0.3;  ///< of the steps that read an object of another server
  double rewrite_share = 0;   ///< of those that write the object of the thread's server instead
};

void describe(config::Fields& fields, CrowdOptions& options);

}  // namespace dsmsim
