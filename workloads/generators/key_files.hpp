#pragma once
// The keys that the drivers of a key-value store use: each has a file of them, which in the
// original was read from a disk and here is a stream of random numbers (GAM's dht/kvbench.cc of
// ooibc88/gam; drust/src/app/kv of uclasystem/DRust). An item of the popularity's distribution is
// made a key, and the key a bucket of the table.

#include <algorithm>
#include <memory>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/generators/fnv.hpp"
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

/// Which keys are in the file of a driver.
enum class KeyFiles : unsigned char { shared, disjoint };
constexpr auto config_values(KeyFiles) {
  using enum KeyFiles;
  return std::to_array<config::Value<KeyFiles>>({
      {shared, "shared", "all keys, in every stream: every bucket is everybody's"},
      {disjoint, "disjoint",
       "as many for each, in buckets of their own: stream i has those of the i-th part of the "
       "table, as DRust's key files"},
  });
}

/// The lock that a GET takes.
enum class GetLock : unsigned char { exclusive, shared };
constexpr auto config_values(GetLock) {
  using enum GetLock;
  return std::to_array<config::Value<GetLock>>({
      {exclusive, "exclusive", "a mutex"},
      {shared, "shared", "a reader lock, as in GAM's kvbench"},
  });
}

/// What all files of a run have in common.
struct KeySpace {
  std::uint64_t keys = 1;
  std::uint64_t buckets = 1;
  std::uint32_t bucket_shift = 0;  ///< bucket = (key >> bucket_shift) mod buckets
  KeyFiles files = KeyFiles::shared;
  KeyOrder order = KeyOrder::hashed;
};

/// The keys of one file, by number, and the buckets that they are in.
struct KeyFile {
  std::uint64_t first_key = 0;
  std::uint64_t first_bucket = 0;
  std::uint64_t buckets = 0;
};

/// A key by its number, 0 to keys-1, and its bucket.
struct KeyPlace {
  std::uint64_t key = 0;
  std::uint64_t bucket = 0;
};

/// One file for each driver.
class KeyFileSet {
 public:
  KeyFileSet(const KeySpace& space, const Popularity& popularity, std::size_t drivers)
      : space_(space), drivers_(drivers) {
    const std::size_t files = space.files == KeyFiles::disjoint ? drivers : 1;
    items_ = make_generator(popularity, std::max<std::uint64_t>(space.keys / files, 1));
  }

  KeyFile of(std::size_t driver) const {
    if (space_.files == KeyFiles::shared) {
      return {.first_key = 0, .first_bucket = 0, .buckets = space_.buckets};
    }
    const std::uint64_t first = space_.buckets * driver / drivers_;
    const std::uint64_t end = space_.buckets * (driver + 1) / drivers_;
    return {.first_key = space_.keys / drivers_ * driver,
            .first_bucket = std::min(first, space_.buckets - 1),
            .buckets = std::max<std::uint64_t>(end - first, 1)};
  }

  /// The next line of the file.
  KeyPlace next(const KeyFile& file, RandomStream& random) const {
    const std::uint64_t item = items_->next(random);
    return {.key = file.first_key + item, .bucket = bucket_of(file, item)};
  }

 private:
  std::uint64_t bucket_of(const KeyFile& file, std::uint64_t item) const {
    if (space_.order == KeyOrder::ranked) {
      return file.first_bucket + (item >> space_.bucket_shift) % file.buckets;
    }
    const std::uint64_t key = fnv64(file.first_key + item);
    if (space_.files == KeyFiles::shared) {
      return (key >> space_.bucket_shift) % file.buckets;
    }
    // The keys that are in the part. FNV leaves patterns, and their number would depend on the
    // scale.
    return file.first_bucket + RandomStream::scale(SplitMix64(key).next(), file.buckets);
  }

  KeySpace space_;
  std::size_t drivers_;
  std::unique_ptr<ItemGenerator> items_;  // of one file
};

/// Which of the things numbered from `first` on a driver has used.
class Touched {
 public:
  Touched(std::uint64_t first, std::uint64_t count) : first_(first), used_(count) {}
  bool is_first(std::uint64_t number) {
    auto used = used_[number - first_];
    const bool is_first = !used;
    used = true;
    return is_first;
  }

 private:
  std::uint64_t first_;
  std::vector<bool> used_;
};

}  // namespace dsmsim
