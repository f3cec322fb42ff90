#pragma once
// The parameters of GAM's distributed hash table (dht.hpp); the defaults are those of
// dht/kvbench.cc of ooibc88/gam, at a smaller scale.

#include "sim/base/units.hpp"
#include "workloads/generators/key_files.hpp"

namespace dsmsim {

/// Whose operations `operations` counts.
enum class OperationsOf : unsigned char { driver, all };
constexpr auto config_values(OperationsOf) {
  using enum OperationsOf;
  return std::to_array<config::Value<OperationsOf>>({
      {driver, "driver", "of each driver: more servers do more"},
      {all, "all", "of all drivers together: more servers do the same in less time"},
  });
}

/// The file that a driver measures with.
enum class MeasuredFile : unsigned char { own, next };
constexpr auto config_values(MeasuredFile) {
  using enum MeasuredFile;
  return std::to_array<config::Value<MeasuredFile>>({
      {own, "own", "the one that it has populated with"},
      {next, "next", "the one that the next driver has populated with"},
  });
}

/// Which PUTs of the populating are done, which nobody measures.
enum class DhtPopulating : unsigned char { all, first_puts };
constexpr auto config_values(DhtPopulating) {
  using enum DhtPopulating;
  return std::to_array<config::Value<DhtPopulating>>({
      {all, "all", "every one"},
      {first_puts, "first_puts", "the first of each driver of each key, which allocates its value"},
  });
}

struct DhtOptions {
  config::Sources sources;
  double scale = 1;  ///< of operations, keys and buckets: see scaled()
  std::uint64_t operations = 2'000;
  OperationsOf operations_of = OperationsOf::driver;
  DhtPopulating populating = DhtPopulating::all;
  bool warm_up = true;
  MeasuredFile measured_file = MeasuredFile::own;
  std::uint32_t threads_per_server = 1;
  double get_ratio = 0.9;
  std::uint64_t keys = 50'000;
  Popularity popularity;
  KeyFiles files = KeyFiles::shared;
  KeyOrder key_order = KeyOrder::hashed;
  std::uint64_t buckets = std::uint64_t{1} << 18;  ///< of one server's table
  std::uint32_t bucket_shift = 11;
  Bytes bucket_size = Bytes(128);
  std::uint32_t buckets_per_object = 1;
  Bytes value_size = Bytes(58);
  GetLock get_lock = GetLock::shared;
  Duration compute = Duration::picoseconds(75'000);

  KeySpace key_space() const { return {keys, buckets, bucket_shift, files, key_order}; }
  /// These options with `scale` 1 and the numbers that it makes smaller. How often a bucket and a
  /// block of memory is used does not depend on the scale.
  DhtOptions scaled() const;
};
void describe(config::Fields& fields, DhtOptions& options);

}  // namespace dsmsim
