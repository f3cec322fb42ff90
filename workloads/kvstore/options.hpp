#pragma once
// The parameters of the key-value store (kvstore.hpp); the defaults are those of DRust's evaluation
// (OSDI'24 section 7, repository uclasystem/DRust drust/src/app/kv), at a smaller scale.

#include "sim/base/units.hpp"
#include "workloads/generators/popularity.hpp"

namespace dsmsim {

/// What a key is, given the popularity rank of an item.
enum class KeyOrder : unsigned char { hashed, ranked };
constexpr auto config_values(KeyOrder) {
  using enum KeyOrder;
  return std::to_array<config::Value<KeyOrder>>({
      {hashed, "hashed",
       "FNV-64 of the item, as YCSB makes keys: popular keys lie in buckets of their own"},
      {ranked, "ranked", "the item itself: the 2^bucket_shift most popular keys share bucket 0"},
  });
}

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

/// When drivers look at the array of bucket handles.
enum class HandleAccess : unsigned char { none, at_start, each_operation };
constexpr auto config_values(HandleAccess) {
  using enum HandleAccess;
  return std::to_array<config::Value<HandleAccess>>({
      {none, "none", "nobody reads it"},
      {at_start, "at_start", "each driver reads the array once, before it populates"},
      {each_operation, "each_operation", "and then the handle of its bucket in every operation"},
  });
}

enum class GetLock : unsigned char { exclusive, shared };
constexpr auto config_values(GetLock) {
  using enum GetLock;
  return std::to_array<config::Value<GetLock>>({
      {exclusive, "exclusive", "a mutex"},
      {shared, "shared", "a reader lock, as in GAM's kvbench"},
  });
}

struct KvstoreOptions {
  config::Sources sources;
  std::uint64_t operations = 100'000;
  std::uint64_t populate_operations = 100'000;
  std::uint32_t threads_per_server = 1;
  double get_ratio = 0.9;
  std::uint64_t keys = std::uint64_t{1} << 27;
  Popularity popularity;
  KeyOrder key_order = KeyOrder::hashed;
  std::uint64_t buckets = std::uint64_t{1} << 16;
  std::uint32_t bucket_shift = 11;
  Bytes key_size = Bytes(8);
  Bytes value_size = Bytes(32);
  EntryPlacement placement = EntryPlacement::spread;
  GetLock get_lock = GetLock::exclusive;
  HandleAccess handle_array = HandleAccess::at_start;
  Bytes handle_size = Bytes(16);
  Bytes handle_chunk = Bytes(1 << 20);
  Duration compute = Duration::picoseconds(75'000);

  Bytes entry_size() const { return key_size + value_size; }
};
void describe(config::Fields& fields, KvstoreOptions& options);

}  // namespace dsmsim
