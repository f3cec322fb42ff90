#pragma once
// The records in the order of their keys, for scans.
//
// A key is the text "user" and a number without leading zeros (YCSB's zeropadding=1), so the order
// is that of the numbers' decimal digits as text. The index is not part of what is simulated.

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "workloads/generators/fnv.hpp"
#include "workloads/ycsb/options.hpp"

namespace dsmsim {

class RecordIndex {
 public:
  explicit RecordIndex(InsertOrder order) : order_(order) {}

  void insert(std::uint64_t record) { records_.insert(key_of(record)); }
  /// The record with the next greater key.
  std::optional<std::uint64_t> after(std::uint64_t record) const {
    const auto next = records_.upper_bound(key_of(record));
    return next == records_.end() ? std::nullopt : std::optional(next->record);
  }

 private:
  struct Key {
    std::uint64_t digits;  // as text: moved to the left until there are nineteen
    int length;            // "12" stands before "120"
    std::uint64_t record;
    auto operator<=>(const Key&) const = default;
  };
  Key key_of(std::uint64_t record) const {
    constexpr std::uint64_t nineteen = 1'000'000'000'000'000'000;  // a hash has no more digits
    std::uint64_t digits = order_ == InsertOrder::hashed ? fnv64(record) : record;
    int length = 19;
    for (; digits < nineteen && length > 1; --length) {
      digits *= 10;
    }
    return {digits, length, record};
  }

  InsertOrder order_;
  std::set<Key> records_;
};

}  // namespace dsmsim
