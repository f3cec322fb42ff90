#pragma once
// Linear addresses of the global heap, and the core that each belongs to.
//
// Blocks of 64 bytes go round the cores of the whole cluster, so every array of some size is spread
// over all of them (Nelson et al., Grappa, USENIX ATC'15, section 3.1; uwsampa/grappa
// system/Addressing.hpp:203-235). Cores are numbered server by server. There is no other kind of
// place: a block never moves, and nobody else ever keeps a copy of it.

#include <bit>
#include <compare>
#include <cstdint>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim::grappa {

/// One core of the cluster: an MPI process with its own scheduler.
using CoreId = Id<struct GrappaCoreTag, std::uint32_t>;

/// A byte of the global heap.
class LinearAddress {
 public:
  constexpr LinearAddress() = default;
  constexpr explicit LinearAddress(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  constexpr bool valid() const { return value_ != ~std::uint64_t{0}; }
  constexpr LinearAddress operator+(Bytes bytes) const {
    return LinearAddress(value_ + bytes.count());
  }
  constexpr auto operator<=>(const LinearAddress&) const = default;

 private:
  std::uint64_t value_ = ~std::uint64_t{0};
};

/// Which core has which bytes.
class Layout {
 public:
  /// `block` is a power of two.
  Layout(Bytes block, std::uint32_t servers, std::uint32_t cores_per_server)
      : shift_(std::countr_zero(block.count())),
        servers_(servers),
        cores_(servers * cores_per_server),
        cores_per_server_(cores_per_server) {}

  Bytes block() const { return Bytes(std::uint64_t{1} << shift_); }
  std::uint32_t servers() const { return servers_; }
  std::uint32_t cores() const { return cores_; }
  std::uint32_t cores_per_server() const { return cores_per_server_; }

  CoreId home(LinearAddress address) const {
    return CoreId(static_cast<std::uint32_t>((address.value() >> shift_) % cores_));
  }
  /// The place in its home core's part of the heap.
  Bytes local(LinearAddress address) const {
    const std::uint64_t row = (address.value() >> shift_) / cores_;
    return Bytes((row << shift_) + within_block(address).count());
  }
  /// The address of that place: the inverse of home() and local().
  LinearAddress linear(CoreId core, Bytes local) const {
    const std::uint64_t row = local.count() >> shift_;
    const std::uint64_t within = local.count() & (block().count() - 1);
    return LinearAddress(((row * cores_ + core.value()) << shift_) + within);
  }
  Bytes within_block(LinearAddress address) const {
    return Bytes(address.value() & (block().count() - 1));
  }
  NodeId server(CoreId core) const { return NodeId(core.value() / cores_per_server_); }
  std::uint32_t place_on_server(CoreId core) const { return core.value() % cores_per_server_; }
  CoreId core(NodeId server, std::uint32_t place) const {
    return CoreId(server.value() * cores_per_server_ + place);
  }

 private:
  int shift_;
  std::uint32_t servers_;
  std::uint32_t cores_;
  std::uint32_t cores_per_server_;
};

}  // namespace dsmsim::grappa
