#pragma once
// The parameters of the key-value store (kvstore.hpp); the defaults are those of DRust's evaluation
// (OSDI'24 section 7, repository uclasystem/DRust drust/src/app/kv), at a smaller scale.

#include "sim/base/units.hpp"
#include "workloads/generators/key_files.hpp"

namespace dsmsim {

/// Where the entry of a bucket is allocated.
enum class EntryPlacement : unsigned char { spread, populate, server0 };
constexpr auto config_values(EntryPlacement) {
  using enum EntryPlacement;
  return std::to_array<config::Value<EntryPlacement>>({
      {spread, "spread", "bucket b on server b mod N"},
      {populate, "populate", "on the server whose driver is the first to put into the bucket"},
      {server0, "server0", "all on server 0"},
  });
}

/// Which PUTs of the populating are done, which nobody measures.
enum class Populating : unsigned char { all, first_touches };
constexpr auto config_values(Populating) {
  using enum Populating;
  return std::to_array<config::Value<Populating>>({
      {all, "all", "every one"},
      {first_touches, "first_touches",
       "the first of each driver into each bucket, which decides where the entry is when the "
       "measuring begins"},
  });
}

/// When drivers look at the array of bucket handles.
enum class HandleAccess : unsigned char { none, at_start, each_phase, each_operation };
constexpr auto config_values(HandleAccess) {
  using enum HandleAccess;
  return std::to_array<config::Value<HandleAccess>>({
      {none, "none", "nobody reads it"},
      {at_start, "at_start", "each driver reads the array once, before it populates"},
      {each_phase, "each_phase",
       "each driver reads the array before it populates and before it measures, and gives it back "
       "after each: the second time is measured"},
      {each_operation, "each_operation",
       "as at_start, and then the handle of its bucket in every operation"},
  });
}

/// What keeps drivers apart that use one entry.
enum class EntryGuard : unsigned char { mutex, borrow };
constexpr auto config_values(EntryGuard) {
  using enum EntryGuard;
  return std::to_array<config::Value<EntryGuard>>({
      {mutex, "mutex", "the entry is the content of a mutex"},
      {borrow, "borrow",
       "nothing but the streams: a GET reads the entry and a PUT writes it, as through references "
       "that are made and dropped"},
  });
}

struct KvstoreOptions {
  config::Sources sources;
  double scale = 1;  ///< of operations, populate_operations, keys and buckets: see scaled()
  std::uint64_t operations = 100'000;
  std::uint64_t populate_operations = 100'000;
  Populating populating = Populating::all;
  std::uint32_t threads_per_server = 1;
  double get_ratio = 0.9;
  std::uint64_t keys = std::uint64_t{1} << 27;
  Popularity popularity;
  KeyFiles files = KeyFiles::shared;
  KeyOrder key_order = KeyOrder::hashed;
  std::uint64_t buckets = std::uint64_t{1} << 16;
  std::uint32_t bucket_shift = 11;
  Bytes key_size = Bytes(8);
  Bytes value_size = Bytes(32);
  EntryPlacement placement = EntryPlacement::spread;
  EntryGuard guard = EntryGuard::mutex;
  GetLock get_lock = GetLock::exclusive;
  HandleAccess handle_array = HandleAccess::at_start;
  Bytes handle_size = Bytes(16);
  Bytes handle_chunk = Bytes(1 << 20);
  Duration compute = Duration::picoseconds(75'000);
  Duration work = {};  ///< of the call, where the entry is

  Bytes entry_size() const { return key_size + value_size; }
  KeySpace key_space() const { return {keys, buckets, bucket_shift, files, key_order}; }
  /// These options with `scale` 1 and the numbers that it makes smaller or larger. How often a
  /// bucket is used, and how many buckets a driver uses per operation, does not depend on the
  /// scale; it does when operations alone are made fewer.
  KvstoreOptions scaled() const;
};
void describe(config::Fields& fields, KvstoreOptions& options);

}  // namespace dsmsim
