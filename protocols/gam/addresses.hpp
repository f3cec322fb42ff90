#pragma once
// The partitioned global address space (gam/include/structure.h:22-31): 16 bits of server, counted
// from 1, over 48 bits of offset in that server's partition. The server is the home of the address
// for ever; a block is named by the address of its first byte.

#include <tsl/robin_map.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <utility>

#include "sim/base/huge_pages.hpp"
#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim::gam {

class GlobalAddress {
 public:
  constexpr GlobalAddress() = default;
  constexpr GlobalAddress(NodeId server, Bytes offset)
      : value_(((std::uint64_t{server.value()} + 1) << kOffsetBits) | offset.count()) {}

  /// What value() gave.
  static constexpr GlobalAddress from_value(std::uint64_t value) { return GlobalAddress(value); }

  constexpr bool valid() const { return value_ != 0; }
  constexpr std::uint64_t value() const { return value_; }
  constexpr NodeId home() const {
    return NodeId(static_cast<std::uint32_t>((value_ >> kOffsetBits) - 1));
  }
  constexpr Bytes offset() const { return Bytes(value_ & ((std::uint64_t{1} << kOffsetBits) - 1)); }
  constexpr auto operator<=>(const GlobalAddress&) const = default;
  constexpr GlobalAddress operator+(Bytes bytes) const {
    return GlobalAddress(value_ + bytes.count());
  }
  constexpr Bytes operator-(GlobalAddress other) const { return Bytes(value_ - other.value_); }
  /// The block that holds this address; `block_size` is a power of two.
  constexpr GlobalAddress block(Bytes block_size) const {
    return GlobalAddress(value_ & ~(block_size.count() - 1));
  }

 private:
  static constexpr int kOffsetBits = 48;
  constexpr explicit GlobalAddress(std::uint64_t value) : value_(value) {}
  std::uint64_t value_ = 0;
};

/// Which of a server's lines holds a copy, and the how manieth block that it holds: the address of
/// a buffer, made unambiguous.
struct BufferId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  constexpr auto operator<=>(const BufferId&) const = default;
};

/// Spreads block addresses, whose low bits are all alike, over the buckets of a hash table.
struct AddressHash {
  std::size_t operator()(GlobalAddress address) const {
    const std::uint64_t mixed = address.value() * 0x9e3779b97f4a7c15;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }
};

/// What a server knows of blocks, of which it may have hundreds of thousands, used in no order.
template <class T>
using BlockMap = tsl::robin_map<GlobalAddress, T*, AddressHash, std::equal_to<>,
                                HugePages<std::pair<GlobalAddress, T*>>>;

}  // namespace dsmsim::gam
